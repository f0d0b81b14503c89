import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../config.ts';

/** Names of the protocol's contracts in the site's configuration. */
export type ContractName = Extract<keyof SiteConfig['contracts'], string>;

/** One line of a preview: what is so now and what will be so. */
export interface Change {
  readonly label: string;
  readonly before?: string;
  readonly after: string;
}

/** A transaction as a page wants it: what it calls, and what it means in words. */
export interface TransactionPlan {
  /** What the user does, as a verb: "Delegate your votes". */
  readonly title: string;
  readonly summary: readonly Change[];
  readonly to: ContractName;
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly valueWei?: bigint;
  /** ASSAY that leaves the account, and who may take it. */
  readonly spends?: { readonly amountWei: bigint; readonly spender: Address };
}

export interface TypedDataField {
  readonly name: string;
  readonly type: string;
}

/** EIP-712 data to sign. Nothing is sent by signing, but a permit lets its spender take tokens. */
export interface SignaturePlan {
  readonly title: string;
  readonly summary: readonly Change[];
  readonly typedData: {
    readonly domain: {
      readonly name?: string;
      readonly version?: string;
      readonly chainId?: number | bigint;
      readonly verifyingContract?: Address;
      readonly salt?: Hex;
    };
    readonly types: Readonly<Record<string, readonly TypedDataField[]>>;
    readonly primaryType: string;
    readonly message: Readonly<Record<string, unknown>>;
  };
  readonly spends?: { readonly amountWei: bigint; readonly spender: Address; readonly deadline?: bigint };
}

import type { Address, Digest, Hex } from './hex.ts';

/**
 * The signed claim that comes with every answer: "program P on input I gives output O". It is slashable evidence.
 * EIP-712 type: `Receipt(bytes32 jobId,uint256 versionId,bytes32 programRoot,bytes32 inputRoot,bytes32 outputRoot,address worker,uint64 issuedAt)`,
 * domain `{ name: "Assay", version: "1", chainId, verifyingContract: JobMarket }`. Twin: contracts/market/JobMarket.sol `hashReceipt`.
 */
export interface Receipt {
  /** Id of the paid job (JobMarket), or 32 zero bytes when the answer was free. */
  readonly jobId: Digest;
  readonly versionId: bigint;
  readonly programRoot: Digest;
  /** Tensor commitment T of the input (verification.md 3.2). */
  readonly inputRoot: Digest;
  /** Tensor commitment T of the output. */
  readonly outputRoot: Digest;
  /** The worker's owner address (his identity in WorkerRegistry); the signature is his hot key's. */
  readonly worker: Address;
  /** Unix seconds, the worker's clock. Informative. */
  readonly issuedAt: bigint;
}

export interface ReceiptDomain {
  readonly chainId: bigint;
  /** JobMarket. */
  readonly verifyingContract: Address;
}

export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly domain: ReceiptDomain;
  /** 65 bytes r || s || v. */
  readonly signature: Hex;
}

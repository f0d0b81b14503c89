import type { Address } from '../../core/codec/hex.ts';
import { ESCROW_SCHEME, type Payment } from '../../core/codec/payment.ts';

/** The part of a job that is counted. */
export interface Debt {
  readonly payment: Pick<Payment, 'scheme'>;
  readonly payer: Address;
  readonly feeWei: bigint;
  /** The fee was in escrow when the payment was taken: nothing is owed. */
  readonly funded?: true;
}

export interface Caps {
  readonly maxExposureWei: bigint;
  readonly maxPayerExposureWei: bigint;
}

/** Sums over the jobs that are reserved or served and not yet on chain. */
export class Books {
  /** By payer: what his balance must still cover. */
  readonly #owed = new Map<string, bigint>();
  /** By payer: the part of it that was served on his word. An `exact` payment moves before the answer leaves. */
  readonly #credit = new Map<string, bigint>();
  /** Payers who took back what they had signed, with the number of such jobs. */
  readonly #defaults = new Map<string, bigint>();
  #exposureWei = 0n;
  #unlocked = 0n;

  /** All credit together (threats K7). */
  get exposureWei(): bigint {
    return this.#exposureWei;
  }

  /** Escrow jobs that will still need a claim lock. */
  get unlocked(): bigint {
    return this.#unlocked;
  }

  owedBy(payer: Address): bigint {
    return this.#owed.get(payer.toLowerCase()) ?? 0n;
  }

  hasDefaulted(payer: Address): boolean {
    return this.#defaults.has(payer.toLowerCase());
  }

  /** @param sign 1n when the job is taken, -1n when the chain has it or it ended */
  count({ payment, payer, feeWei, funded }: Debt, sign: 1n | -1n): void {
    const onEscrow = payment.scheme === ESCROW_SCHEME;
    if (onEscrow) this.#unlocked += sign;
    if (funded) return;
    add(this.#owed, payer, sign * feeWei);
    if (!onEscrow) return;
    add(this.#credit, payer, sign * feeWei);
    this.#exposureWei += sign * feeWei;
  }

  countDefault({ payer }: Debt, sign: 1n | -1n): void {
    add(this.#defaults, payer, sign);
  }

  /** Why `payer` gets no more credit, or undefined. Whoever owes nothing may always have one job while there is room. */
  overCap(payer: Address, feeWei: bigint, { maxExposureWei, maxPayerExposureWei }: Caps): string | undefined {
    if (this.#exposureWei + feeWei > maxExposureWei)
      return `${this.#exposureWei} wei are served and not settled, the cap is ${maxExposureWei} wei`;
    const owed = this.#credit.get(payer.toLowerCase()) ?? 0n;
    if (owed > 0n && owed + feeWei > maxPayerExposureWei)
      return `${owed} wei are served to this account and not settled, the cap is ${maxPayerExposureWei} wei`;
    return undefined;
  }
}

function add(sums: Map<string, bigint>, payer: Address, by: bigint): void {
  const key = payer.toLowerCase();
  const sum = (sums.get(key) ?? 0n) + by;
  if (sum === 0n) sums.delete(key);
  else sums.set(key, sum);
}

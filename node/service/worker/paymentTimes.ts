import { ESCROW_SCHEME, EXACT_SCHEME, type Payment } from '../../core/codec/payment.ts';

/** Longest validity of an `exact` payment, seconds: rows of payments that never end could never be swept. */
const LONGEST_VALIDITY = 86_400n;

/** What a payment must leave room for. All times are chain time, Unix seconds. */
export interface TimeLimits {
  readonly now: bigint;
  /** Least seconds from now to the end of the payment. */
  readonly margin: bigint;
  /** Most seconds from now to the expiry of a job. */
  readonly longestJob: bigint;
}

/** Why the payment cannot be brought to the chain in time, as a sentence, or undefined. */
export function outOfTime(payment: Payment, { now, margin, longestJob }: TimeLimits): string | undefined {
  const { validAfter, validBefore } = payment;
  if (validAfter >= now) return `it is valid only after ${validAfter}, the chain is at ${now}`;
  if (validBefore <= now + margin) return `it ends at ${validBefore}, less than ${margin} s after the chain's ${now}`;
  if (payment.scheme === EXACT_SCHEME)
    return validBefore <= now + LONGEST_VALIDITY
      ? undefined
      : `it ends at ${validBefore}, more than ${LONGEST_VALIDITY} s after the chain's ${now}`;
  const { expiresAt } = payment.terms;
  if (expiresAt <= now + margin)
    return `the job expires at ${expiresAt}, less than ${margin} s after the chain's ${now}`;
  if (expiresAt > now + longestJob)
    return `the job expires at ${expiresAt}, more than ${longestJob} s after the chain's ${now}`;
  return undefined;
}

/** Chain time from which nobody can use the payment any more. */
export function endOf(payment: Payment): bigint {
  const { validBefore } = payment;
  if (payment.scheme !== ESCROW_SCHEME || validBefore < payment.terms.expiresAt) return validBefore;
  return payment.terms.expiresAt;
}

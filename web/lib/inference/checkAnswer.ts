import { type Answer, encodeAnswer } from '../../../node/core/codec/answerFile.ts';
import { type Address, type Digest, sameAddress, toHex } from '../../../node/core/codec/hex.ts';
import { type ReceiptDomain, receiptDigest, verifyReceipt } from '../../../node/core/codec/receipt.ts';
import { requireFacts, requireRoot } from '../../../node/core/dispute/verifyClaim.ts';
import { ProtocolError } from '../../../node/core/errors.ts';
import type { SiteConfig } from '../config.ts';
import { formatAgo, shortHex } from '../format.ts';
import { type Problem, problemOf } from '../problem.ts';
import type { VersionClaim } from './artifact.ts';
import type { Judgement } from './messages.ts';

export interface AnswerCheck {
  readonly title: string;
  readonly state: 'passed' | 'failed';
  readonly found: string;
}

export interface AnswerVerdict {
  /** The receipt is genuine and says what was asked and answered. */
  readonly genuine: boolean;
  /** The answer is what the program gives; undefined when it was not recomputed. */
  readonly right?: boolean;
  readonly checks: readonly AnswerCheck[];
  readonly problem?: Problem;
}

/** What the chain says, and how to recompute; given so that the order of checks can be tested without a network. */
export interface AnswerFacts {
  readonly claim: VersionClaim;
  /** The worker's hot key, read from the chain. */
  readonly hotKey: Address;
  /** The worker that was asked; undefined: the one that the receipt names, whose hot key is `hotKey`. */
  readonly worker?: Address;
  /** This network. */
  readonly domain: ReceiptDomain;
  readonly chainTime: bigint;
  readonly jobId?: Digest;
  /** It was given a moment ago, and has to say so. */
  readonly fresh?: boolean;
  judge(answer: string): Promise<Judgement>;
}

/** What the court allows between a receipt's date and its filing (contracts/disputes/ReceiptCourt.sol), seconds. */
const MAX_SKEW_SECONDS = 900n;
const MONTH = 30n * 86_400n;

export const receiptDomainOf = ({ chainId, contracts }: Pick<SiteConfig, 'chainId' | 'contracts'>): ReceiptDomain => ({
  chainId: BigInt(chainId),
  verifyingContract: contracts.market,
});

/** Repeats everything that makes an answer true, in this browser, and tells every step. */
export async function checkAnswer(
  answer: Answer,
  facts: AnswerFacts,
  onCheck: (check: AnswerCheck) => void,
): Promise<AnswerVerdict> {
  const checks: AnswerCheck[] = [];
  const say = (title: string, passed: boolean, found: string): boolean => {
    const check: AnswerCheck = { title, state: passed ? 'passed' : 'failed', found };
    checks.push(check);
    onCheck(check);
    return passed;
  };
  /** A check of the core throws what it finds. */
  const holds = (title: string, found: string, body: () => void): boolean => {
    try {
      body();
      return say(title, true, found);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return say(title, false, error.why);
    }
  };
  const { receipt } = answer.receipt;
  const { claim, hotKey, jobId, worker, domain } = facts;
  const expected = {
    versionId: claim.versionId,
    programRoot: claim.programRoot,
    domain,
    ...(worker === undefined ? {} : { worker }),
    ...(jobId === undefined ? {} : { jobId }),
  };
  const genuine =
    holds('The receipt is about this version and this job', shortHex(receipt.programRoot, 10, 8), () =>
      requireFacts(answer.receipt, expected),
    ) &&
    holds('It names this input', shortHex(receipt.inputRoot, 10, 8), () =>
      requireRoot(answer.receipt, 'inputRoot', answer.input),
    ) &&
    holds('It names this answer', shortHex(receipt.outputRoot, 10, 8), () =>
      requireRoot(answer.receipt, 'outputRoot', answer.output),
    ) &&
    say(
      'Its key is the one that the worker registered',
      sameAddress(answer.hotKey, hotKey),
      sameAddress(answer.hotKey, hotKey) ? shortHex(hotKey, 10, 8) : `the chain says ${shortHex(hotKey, 10, 8)}`,
    ) &&
    holds('The worker signed it', shortHex(answer.receipt.signature, 10, 8), () =>
      verifyReceipt(answer.receipt, hotKey),
    ) &&
    say('Its date is one that a court takes', isDated(receipt.issuedAt, facts), datedAs(receipt.issuedAt));
  if (!genuine) return { genuine, checks };
  try {
    const verdict = await facts.judge(encodeAnswer(answer));
    const agreed = say(
      'Recomputed twice, by onnxruntime and in exact integers',
      verdict.agreed,
      verdict.agreed ? 'both came to the same bits' : 'they differ: this browser cannot judge',
    );
    if (!agreed) return { genuine, checks };
    const { divergence } = verdict;
    const difference =
      verdict.refused ??
      (divergence === undefined ? 'another answer' : `first difference at element ${divergence.element}`);
    say('The answer is what the program gives', verdict.equal, verdict.equal ? 'equal, bit for bit' : difference);
    return { genuine, right: verdict.equal, checks };
  } catch (error) {
    return { genuine, checks, problem: problemOf(error) };
  }
}

const isDated = (issuedAt: bigint, { chainTime: now, fresh }: AnswerFacts): boolean =>
  issuedAt <= now + MAX_SKEW_SECONDS && issuedAt + (fresh === true ? MAX_SKEW_SECONDS : MONTH) >= now;

const datedAs = (issuedAt: bigint): string => formatAgo(issuedAt, Date.now() / 1000);

/** EIP-712 digest of the receipt: the `deliverable` of its job, and part of the claim's id. */
export const deliverableOf = ({ receipt }: Answer): Digest =>
  toHex(receiptDigest(receipt.receipt, receipt.domain)) as Digest;

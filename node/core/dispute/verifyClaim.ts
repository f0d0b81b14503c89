import type { Address, Digest } from '../codec/hex.ts';
import { sameAddress, toHex } from '../codec/hex.ts';
import { type ReceiptDomain, type SignedReceipt, verifyReceipt } from '../codec/receipt.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant, ProtocolError } from '../errors.ts';
import { ExactInputRefused } from '../exact/errors.ts';
import { checkInput, runProgram } from '../exact/interpreter.ts';
import { programFromModel } from '../exact/load.ts';
import { type Program, programRoot } from '../exact/program.ts';
import { tensorCommitment } from '../merkle/tensorCommitment.ts';
import { decodeModel } from '../onnx/decode.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Divergence, firstDifference } from './firstDifference.ts';

/** What the chain, or the client himself, says about the claim; whatever is given must hold. */
export interface ClaimFacts {
  readonly jobId?: Digest;
  readonly versionId?: bigint;
  readonly programRoot?: Digest;
  readonly worker?: Address;
  /** Chain and job market: a court takes no receipt that was signed for others. */
  readonly domain?: ReceiptDomain;
  /** SHA-256 of the artifact. */
  readonly sha256?: Digest;
}

/** A claim, "program P on input I gives output O", with all that is needed to judge it. Everything in it is hostile. */
export interface Claim {
  /** The bytes of the exact ONNX file. */
  readonly artifact: Uint8Array;
  readonly receipt: SignedReceipt;
  /** The worker's hot key on chain, which must have signed. */
  readonly signer: Address;
  readonly input: Tensor;
  /** Without it a false claim is still found, but not where it is false. */
  readonly output?: Tensor;
}

/** A claim whose form, signature, artifact and input belong together; what it says is still unknown. */
export interface OpenClaim {
  readonly claim: Claim;
  readonly program: Program;
  /** Why the program does not take the input: the worker must not sign such an answer, whatever it says. */
  readonly refused?: ExactInputRefused;
}

/** Whether the signed output is the program's, bit for bit, and where it is not. */
export interface ClaimVerdict {
  readonly equal: boolean;
  /** T of the output that the program gives; absent when it takes no such input. */
  readonly computedRoot?: Digest;
  readonly claimedRoot: Digest;
  /** Present when the claim is false and its output is at hand. */
  readonly divergence?: Divergence;
  readonly refused?: ExactInputRefused;
}

/** A receipt that claims something else than what was asked or answered. */
export class ReceiptMismatch extends ProtocolError {
  override readonly code = 'RECEIPT_MISMATCH';
  constructor(name: string, actual: unknown, wanted: unknown, detail = '') {
    super({
      what: 'The receipt does not belong to this answer',
      why: `its ${name} is ${actual}, expected ${wanted}${detail}`,
      fix: 'Do not accept the answer; keep the receipt as evidence and ask another worker.',
      meta: { name, actual, wanted },
    });
  }
}

/** @throws {ReceiptMismatch} naming the first fact that does not hold */
export function requireFacts({ receipt, domain }: SignedReceipt, facts: Omit<ClaimFacts, 'sha256'>): void {
  for (const name of ['jobId', 'versionId', 'programRoot'] as const)
    if (facts[name] !== undefined && receipt[name] !== facts[name])
      throw new ReceiptMismatch(name, receipt[name], facts[name]);
  if (facts.worker !== undefined && !sameAddress(receipt.worker, facts.worker))
    throw new ReceiptMismatch('worker', receipt.worker, facts.worker);
  if (facts.domain !== undefined && domainText(domain) !== domainText(facts.domain))
    throw new ReceiptMismatch('domain', domainText(domain), domainText(facts.domain));
}

const domainText = ({ chainId, verifyingContract }: ReceiptDomain): string =>
  `${verifyingContract.toLowerCase()} on chain ${chainId}`;

/** @throws {ReceiptMismatch} when `name` is not T of `value` */
export function requireRoot(
  { receipt }: SignedReceipt,
  name: 'inputRoot' | 'outputRoot',
  value: Tensor,
  sha256: Sha256 = portable,
): void {
  const root = tensorCommitment(value, { sha256 });
  if (receipt[name] !== root) throw new ReceiptMismatch(name, receipt[name], root);
}

/**
 * Everything of a claim that needs no run: hash of the artifact, proofs of its program, `programRoot`, `inputRoot`, facts,
 * signature. The recomputation comes next, on any runtime: {@link judgeClaim}.
 * @throws {ReceiptMismatch} ReceiptForged SignatureMalformed, and everything that decoding and proving a hostile model may throw
 */
export function openClaim(claim: Claim, facts: ClaimFacts = {}, sha256: Sha256 = portable): OpenClaim {
  const { artifact, receipt, signer, input } = claim;
  requireFacts(receipt, facts);
  verifyReceipt(receipt, signer);
  requireRoot(receipt, 'inputRoot', input, sha256);
  const digest = toHex(sha256(artifact)) as Digest;
  if (facts.sha256 !== undefined && digest !== facts.sha256)
    throw new ReceiptMismatch('artifact', digest, facts.sha256, ' (SHA-256)');
  const program = programFromModel(decodeModel(artifact));
  requireFacts(receipt, { programRoot: programRoot(program, sha256) });
  const refused = refusal(program, input);
  return refused === undefined ? { claim, program } : { claim, program, refused };
}

function refusal(program: Program, input: Tensor): ExactInputRefused | undefined {
  try {
    checkInput(program, input);
    return undefined;
  } catch (error) {
    if (error instanceof ExactInputRefused) return error;
    throw error;
  }
}

/**
 * The verdict, given the output that some runtime computed from the claim's artifact and input; it computes nothing
 * for an input that was refused.
 * @throws {ReceiptMismatch} when the output at hand is not the signed one; it says where that leaves the program's
 */
export function judgeClaim(
  { claim, refused }: OpenClaim,
  computed: Tensor | undefined,
  sha256: Sha256 = portable,
): ClaimVerdict {
  invariant(computed !== undefined || refused !== undefined, 'an accepted input was run');
  const claimedRoot = claim.receipt.receipt.outputRoot;
  const divergence =
    claim.output === undefined || computed === undefined ? undefined : firstDifference(computed, claim.output);
  const atHand = claim.output === undefined ? claimedRoot : tensorCommitment(claim.output, { sha256 });
  if (atHand !== claimedRoot) throw new ReceiptMismatch('outputRoot', claimedRoot, atHand, whereOf(divergence));
  if (computed === undefined || refused !== undefined)
    return { equal: false, claimedRoot, ...(refused === undefined ? {} : { refused }) };
  const computedRoot = tensorCommitment(computed, { sha256 });
  return {
    equal: computedRoot === claimedRoot,
    computedRoot,
    claimedRoot,
    ...(divergence === undefined ? {} : { divergence }),
  };
}

const whereOf = (divergence: Divergence | undefined): string =>
  divergence === undefined
    ? ''
    : `; element ${divergence.element} of the output at hand is ${divergence.claimed}, the program gives ${divergence.expected}`;

/** {@link openClaim} and {@link judgeClaim} around a run of the interpreter, which needs no runtime. @throws what they throw */
export function verifyClaim(claim: Claim, facts: ClaimFacts = {}, sha256: Sha256 = portable): ClaimVerdict {
  const open = openClaim(claim, facts, sha256);
  const computed = open.refused === undefined ? runProgram(open.program, claim.input).output : undefined;
  return judgeClaim(open, computed, sha256);
}

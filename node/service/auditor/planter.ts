import { readTensor, type TensorJson, tensorJson } from '../../core/codec/answerFile.ts';
import { canarySeal } from '../../core/codec/audit.ts';
import { type Address, type Digest, toHex } from '../../core/codec/hex.ts';
import { authorizationDigest, type JobTerms, jobIdOf } from '../../core/codec/job.ts';
import { type Receipt, receiptDigest, type SignedReceipt } from '../../core/codec/receipt.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { runProgram } from '../../core/exact/interpreter.ts';
import type { Program } from '../../core/exact/program.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import { type Tensor, tensorBytes, zeros } from '../../core/tensor/tensor.ts';
import type { AuditRecord, Audits } from '../../ports/Audits.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Log } from '../../ports/Log.ts';
import type { Random } from '../../ports/Random.ts';
import type { ServedJob, Settlement } from '../../ports/Settlement.ts';
import type { Signer } from '../../ports/Signer.ts';

/** One canary on its way. `sealed`: not yet on chain; `shown`: the Court hears whoever knows better. */
export interface CanaryRow {
  readonly state: 'sealed' | 'submitted' | 'shown' | 'spared' | 'concluded';
  readonly job: ServedJob;
  readonly nonce: Digest;
  readonly lie: SignedReceipt;
  /** Signed again when it is filed: receipts can be filed for a limited time. */
  readonly proof: SignedReceipt;
  readonly filing?: true;
  readonly input: TensorJson;
}

export interface PlanterOptions {
  readonly audits: Audits;
  readonly settlement: Pick<Settlement, 'openAndSubmit' | 'jobStates'>;
  readonly journal: Journal;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly log: Log;
  /** Pays for the canary and is its client. */
  readonly client: Signer;
  /** Hot key of the planter's own worker: it signs the lie and the proof. */
  readonly hotKey: Signer;
  /** Owner of that worker. */
  readonly worker: Address;
  readonly chainId: bigint;
  readonly market: Address;
  readonly token: Address;
  readonly evaluator: Address;
}

/** What a canary asks. */
export interface CanaryPlan {
  readonly program: Program;
  readonly programRoot: Digest;
  readonly versionId: bigint;
  readonly feeWei: bigint;
  /** Longest time to the expiry of the job, seconds. */
  readonly jobSeconds: bigint;
  /** Absent: a random input, which a careful copycat can tell from real ones. */
  readonly input?: Tensor;
}

const FREE_JOB = `0x${'00'.repeat(32)}` as Digest;

/**
 * Plants canaries: paid jobs whose client sealed the true output in the salt and whose worker lies on purpose. The lie is
 * a claim like any other, so the planter's worker pays when it is challenged: that is the price of a canary. Every tick
 * reads journal and chain and does what is missing.
 */
export class Planter {
  readonly #options: PlanterOptions;
  readonly #rows: JournalTable<CanaryRow>;

  constructor(options: PlanterOptions) {
    this.#options = options;
    this.#rows = options.journal.table('canaries');
  }

  rows(): readonly (readonly [Digest, CanaryRow])[] {
    return [...this.#rows.entries()] as unknown as readonly (readonly [Digest, CanaryRow])[];
  }

  /** The input of a canary, for auditors. */
  json(jobId: Digest): TensorJson | undefined {
    return this.#rows.get(jobId)?.input;
  }

  /** The input by job or by its commitment, for the defence of the proof. */
  find(key: Digest): Tensor | undefined {
    const row = this.#rows.get(key) ?? this.rows().find(([, { job }]) => job.terms.inputRoot === key)?.[1];
    return row === undefined ? undefined : readTensor(row.input, 'input');
  }

  /** Seals a canary into the journal; {@link tick} brings it to the chain. Returns its job. */
  async plant(plan: CanaryPlan): Promise<Digest> {
    const { audits, random, sha256, worker, chainId, market, evaluator, client } = this.#options;
    const input = plan.input ?? randomInput(plan.program, random);
    const { output } = runProgram(plan.program, input);
    const truth = tensorCommitment(output, { sha256 });
    const nonce = toHex(random.bytes(32)) as Digest;
    const now = await audits.chainTime();
    const terms: JobTerms = {
      client: client.address,
      worker,
      versionId: plan.versionId,
      inputRoot: tensorCommitment(input, { sha256 }),
      feeWei: plan.feeWei,
      expiresAt: now + plan.jobSeconds,
      evaluator,
      salt: canarySeal(nonce, truth),
    };
    const jobId = jobIdOf(terms, chainId, market);
    const base: Receipt = {
      jobId,
      versionId: plan.versionId,
      programRoot: plan.programRoot,
      inputRoot: terms.inputRoot,
      outputRoot: tensorCommitment(altered(output, random), { sha256 }),
      worker,
      issuedAt: now,
    };
    const lie = this.#sign(base);
    const proof = this.#sign({ ...base, jobId: FREE_JOB, outputRoot: truth });
    const job = this.#paid(jobId, terms, toHex(this.#digestOf(lie.receipt)) as Digest);
    this.#rows.put(jobId, { state: 'sealed', job, nonce, lie, proof, input: tensorJson(input) });
    return jobId;
  }

  /** One round over all canaries. Returns how many still need something. */
  async tick(): Promise<number> {
    for (const [jobId, row] of this.rows()) await this.#advance(jobId, row);
    return this.rows().filter(([, { state }]) => state !== 'spared' && state !== 'concluded').length;
  }

  async #advance(jobId: Digest, row: CanaryRow): Promise<void> {
    const { audits, settlement } = this.#options;
    if (row.state === 'sealed') {
      const [state] = await settlement.jobStates([jobId]);
      if (state === 'none') await settlement.openAndSubmit([row.job]);
      this.#rows.put(jobId, { ...row, state: 'submitted' });
    } else if (row.state === 'submitted') {
      const audit = await audits.audit(jobId);
      await (audit === undefined ? this.#draw(jobId, row) : this.#play(jobId, row, audit));
    } else if (row.state === 'shown' && (await audits.endProof(row.proof))) {
      if ((await audits.audit(jobId))?.canary === 'pending') await audits.concludeCanary(jobId);
      this.#end(jobId, row, 'concluded');
    }
  }

  async #draw(jobId: Digest, row: CanaryRow): Promise<void> {
    const { audits } = this.#options;
    const { submittedAt, state } = await audits.job(jobId);
    const { terms } = await audits.pool();
    const isLate = submittedAt !== 0n && (await audits.chainTime()) >= submittedAt + terms.startSeconds;
    if (state !== 'submitted' || isLate) return this.#end(jobId, row, 'spared');
    const draw = await audits.roundOf(jobId, submittedAt);
    if (draw.state !== 'drawn') await audits.tick();
    else if (draw.auditors.length === 0) this.#end(jobId, row, 'spared');
    else await audits.start(jobId, draw.round);
  }

  async #play(jobId: Digest, row: CanaryRow, audit: AuditRecord): Promise<void> {
    const { audits } = this.#options;
    const now = await audits.chainTime();
    if (now < audit.commitEndsAt) return;
    if (now < audit.revealEndsAt) {
      if (audit.receiptRoot === undefined) await audits.revealReceipt(row.job.terms, row.lie.receipt);
      return;
    }
    if (audit.receiptRoot === undefined) return this.#end(jobId, row, 'spared');
    const fresh = row.filing ? row.proof : this.#sign({ ...row.proof.receipt, issuedAt: now });
    // In the journal before it is filed: the next life must not file another one.
    const filing: CanaryRow = { ...row, proof: fresh, filing: true };
    this.#rows.put(jobId, filing);
    if (audit.canary === 'none') {
      await audits.fileProof(fresh);
      await audits.revealCanary(row.job.terms, row.nonce, fresh.receipt);
    }
    this.#rows.put(jobId, { ...filing, state: 'shown' });
  }

  #end(jobId: Digest, row: CanaryRow, state: 'spared' | 'concluded'): void {
    this.#options.log.info('a canary ended', { jobId, state });
    this.#rows.put(jobId, { ...row, state });
  }

  #sign(receipt: Receipt): SignedReceipt {
    const { hotKey, chainId, market } = this.#options;
    const signature = hotKey.signDigest(this.#digestOf(receipt));
    return { receipt, domain: { chainId, verifyingContract: market }, signature };
  }

  #digestOf(receipt: Receipt): Uint8Array {
    const { chainId, market } = this.#options;
    return receiptDigest(receipt, { chainId, verifyingContract: market });
  }

  #paid(jobId: Digest, terms: JobTerms, deliverable: Digest): ServedJob {
    const { client, market, token, chainId } = this.#options;
    const validBefore = terms.expiresAt;
    const authorization = {
      from: terms.client,
      to: market,
      value: terms.feeWei,
      validAfter: 0n,
      validBefore,
      nonce: jobId,
    };
    const signature = client.signDigest(authorizationDigest('Receive', authorization, { chainId, token }));
    return { jobId, terms, validAfter: 0n, validBefore, signature, deliverable };
  }
}

/** One row of random values that the program takes. */
function randomInput({ input }: Program, random: Random): Tensor {
  const result = zeros(input.dtype, [1, ...input.dims]);
  const bytes = random.bytes(2 * result.data.length);
  const span = input.hi - input.lo + 1;
  for (let i = 0; i < result.data.length; i++)
    result.data[i] = input.lo + ((bytes[2 * i]! * 256 + bytes[2 * i + 1]!) % span);
  return result;
}

/** The output with one bit changed: a lie that only recomputing finds. */
function altered({ dtype, dims, data }: Tensor, random: Random): Tensor {
  const lie = { dtype, dims, data: data.slice() } as Tensor;
  const bytes = tensorBytes(lie);
  const [high, low] = random.bytes(2);
  const at = (high! * 256 + low!) % bytes.length;
  bytes[at] = bytes[at]! ^ 1;
  return lie;
}

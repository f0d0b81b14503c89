import { createAudits } from '../../node/chain/assay/audits.ts';
import { createCourt } from '../../node/chain/assay/court.ts';
import { tensorJson } from '../../node/core/codec/answerFile.ts';
import { type Address, type Digest, toHex } from '../../node/core/codec/hex.ts';
import { type JobTerms, jobIdOf } from '../../node/core/codec/job.ts';
import type { SignedReceipt } from '../../node/core/codec/receipt.ts';
import type { Truth } from '../../node/core/dispute/challengerMove.ts';
import { commitProgram, type ProgramCommitment } from '../../node/core/dispute/programCommitment.ts';
import { commitTrace, type TraceCommitment } from '../../node/core/dispute/traceCommitment.ts';
import { modelFromProgram } from '../../node/core/exact/modelFromProgram.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256, systemClock } from '../../node/host.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import type { Court } from '../../node/ports/Court.ts';
import type { Http } from '../../node/ports/Http.ts';
import type { Journal } from '../../node/ports/Journal.ts';
import type { Signer } from '../../node/ports/Signer.ts';
import { Challenger, type ChallengerOptions } from '../../node/service/challenger.ts';
import { Defender, type DefenderOptions } from '../../node/service/defender.ts';
import { truthOf } from '../../node/service/dispute/truth.ts';
import { Inputs } from '../../node/service/worker/inputs.ts';
import { memoryLog } from './anvilRpc.ts';
import type { Market } from './market.ts';
import { Seeded } from './seeded.ts';

export type Log = ReturnType<typeof memoryLog>;

/** What a worker's books hold of one job that he answered. */
export interface Answered {
  readonly jobId: Digest;
  readonly claimId: Digest;
  readonly signed: SignedReceipt;
  readonly input: Tensor;
  readonly honest: Truth;
}

/** One element of T_step made wrong, and the output too, so that the claim is false. */
export function lieAt(own: TraceCommitment, step: number, element: number): TraceCommitment {
  const count = own.values.length - 1;
  const tensors = own.values.slice(1).map(({ tensor: value }, at) => {
    if (at + 1 !== step && at + 1 !== count) return value;
    const place = at + 1 === step ? element % value.data.length : 0;
    return changed(value, place);
  });
  return commitTrace(own.program, own.values[0]!.tensor, tensors);
}

export function changed(value: Tensor, element: number): Tensor {
  const data = value.data.slice() as Uint8Array<ArrayBuffer>;
  data[element] = data[element]! ^ 1;
  return tensor(value.dtype, value.dims, data as never);
}

export function inputOf({ input }: Program, rows: number, seed = 1): Tensor {
  const random = new Seeded(seed);
  const size = input.dims.reduce((a, b) => a * b, rows);
  const values = Array.from({ length: size }, () => random.int(input.lo, input.hi));
  return input.dtype === 'uint8'
    ? tensor('uint8', [rows, ...input.dims], Uint8Array.from(values))
    : tensor('int8', [rows, ...input.dims], Int8Array.from(values));
}

/** One version on a market, and players about it. */
export class DisputeBench {
  readonly market: Market;
  readonly program: ProgramCommitment;
  readonly versionId: bigint;
  /** The file of the version, as it is registered. */
  readonly artifact: Uint8Array;
  readonly log = memoryLog();
  readonly #inputs = new Map<Digest, Tensor>();
  readonly #terms = new Map<Digest, JobTerms>();

  private constructor(market: Market, program: ProgramCommitment, versionId: bigint, artifact: Uint8Array) {
    this.market = market;
    this.program = program;
    this.versionId = versionId;
    this.artifact = artifact;
  }

  static async open(market: Market, program: Program, slug: string): Promise<DisputeBench> {
    const committed = commitProgram(program, sha256);
    const artifact = encodeModel(modelFromProgram(program));
    const { versionId } = await market.publish(slug, {
      programRoot: committed.root,
      sha256: toHex(sha256(artifact)) as Digest,
      sizeBytes: artifact.length,
    });
    return new DisputeBench(market, committed, versionId, artifact);
  }

  court(signer: Signer, journal: Journal = SqliteJournal.open(':memory:')): Court {
    return createCourt(this.market.writing(signer, { journal }));
  }

  /** A worker answers and submits; `claimed` is the trace that he stands by. */
  async answer(
    journal: Journal,
    input: Tensor,
    lie: (own: TraceCommitment) => TraceCommitment = (own) => own,
    over: { readonly issuedAt?: bigint } = {},
  ): Promise<Answered> {
    const { market, versionId } = this;
    const honest = truthOf(this.program, input);
    const claimed = lie(honest.own);
    const inputRoot = honest.own.facts.inputRoot;
    const payment = await market.escrow({ versionId, inputRoot });
    const { terms, validAfter, validBefore, signature } = payment;
    const jobId = jobIdOf(terms, 31337n, market.deployment.addresses.market);
    const signed = market.receipt(jobId, {
      versionId,
      programRoot: this.program.root,
      inputRoot,
      outputRoot: claimed.values.at(-1)!.committed.digest,
      issuedAt: over.issuedAt ?? (await market.chainTime()),
    });
    const deliverable = market.deliverable(signed);
    journal.table('jobs').put(jobId, {
      state: 'submitted',
      payment,
      payer: terms.client,
      feeWei: terms.feeWei,
      versionId,
      reservedAt: 0,
      receipt: signed,
      deliverable,
    });
    new Inputs({ journal, clock: systemClock }).keep(jobId, input);
    this.#inputs.set(jobId, input);
    this.#terms.set(jobId, terms);
    await market.settlement.openAndSubmit([{ jobId, terms, validAfter, validBefore, signature, deliverable }]);
    const claimId = this.court(market.people.other).claimIdOf(signed.receipt);
    return { jobId, claimId, signed, input, honest };
  }

  /** The worker's gateway, as far as challengers use it. */
  readonly http: Http = async (url) => {
    const jobId = /\/v1\/jobs\/(0x[0-9a-f]{64})\/input$/.exec(url)?.[1];
    const input = jobId === undefined ? undefined : this.#inputs.get(jobId as Digest);
    const body = new TextEncoder().encode(JSON.stringify(input === undefined ? {} : tensorJson(input)));
    const stream = (async function* () {
      yield body;
    })();
    return { status: input === undefined ? 404 : 200, headers: { get: () => null }, body: stream };
  };

  termsOf(jobId: Digest): JobTerms {
    return this.#terms.get(jobId)!;
  }

  /** As a worker keeps the input of a free answer. */
  keep(journal: Journal, key: Digest, input: Tensor): void {
    new Inputs({ journal, clock: systemClock }).keep(key, input);
  }

  /** The gateway no longer gives the input. */
  withhold(jobId: Digest): void {
    this.#inputs.delete(jobId);
  }

  defender(journal: Journal, over: Partial<DefenderOptions> = {}): Defender {
    const { market } = this;
    return new Defender({
      court: this.court(market.people.hot),
      programs: { of: async () => this.program },
      inputs: new Inputs({ journal, clock: systemClock }),
      journal,
      clock: market.clock,
      log: this.log,
      worker: market.people.owner.address,
      firstBlock: 0n,
      ...over,
    });
  }

  challenger(signer: Signer, over: Partial<ChallengerOptions> = {}): Challenger {
    const { market } = this;
    const writing = market.writing(signer);
    return new Challenger({
      court: this.court(signer),
      jobs: createAudits(writing),
      directory: market.directory,
      programs: { of: async () => this.program },
      http: this.http,
      journal: SqliteJournal.open(':memory:'),
      clock: market.clock,
      sha256,
      log: this.log,
      domain: { chainId: 31337n, verifyingContract: market.deployment.addresses.market },
      ...over,
    });
  }

  async balance(owner: Address): Promise<bigint> {
    return (
      (await this.market.settlement.balanceOf(owner)) + (await this.court(this.market.people.other).creditOf(owner))
    );
  }
}

export interface PlayOptions {
  /** Chain time that passes after each round. */
  readonly secondsPerRound?: number;
  readonly rounds?: number;
}

/** Ticks players in turn until `done`, letting time pass when nothing else can happen. */
export async function playUntil(
  bench: DisputeBench,
  players: readonly { tick(): Promise<void> }[],
  done: () => Promise<boolean>,
  { secondsPerRound = 0, rounds = 200 }: PlayOptions = {},
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const player of players) await player.tick();
    if (await done()) return;
    if (secondsPerRound > 0) await bench.market.pass(secondsPerRound);
  }
  throw new Error(`not done after ${rounds} rounds: ${bench.log.lines.slice(-12).join('\n')}`);
}

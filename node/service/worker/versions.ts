import type { Address } from '../../core/codec/hex.ts';
import { sameAddress } from '../../core/codec/hex.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import type { Program } from '../../core/exact/program.ts';
import { DEFAULT_BUDGET } from '../../core/onnx/budget.ts';
import { encodeModel } from '../../core/onnx/encode.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Directory, ModelRecord, Offering, VersionRecord } from '../../ports/Directory.ts';
import type { Journal, JournalTable } from '../../ports/Journal.ts';
import type { Log } from '../../ports/Log.ts';
import type { LoadOptions, Runtime, Session } from '../../ports/Runtime.ts';
import type { Budget, Store } from '../../ports/Store.ts';
import { ArtifactMismatch, checkArtifact, dagBytes } from '../artifact.ts';
import { Backoff } from '../backoff.ts';
import type { ServedVersion } from '../inference.ts';
import { batching } from './batching.ts';

/** A version in service: its proof, its process, its public face. */
export interface Loaded {
  readonly served: ServedVersion;
  readonly program: Program;
  readonly session: Session;
}

export interface VersionsOptions {
  readonly directory: Directory;
  readonly offering: Offering;
  readonly store: Store;
  readonly runtime: Runtime;
  /** Remembers what was offered, so that the next life takes back what it no longer serves. */
  readonly journal: Journal;
  readonly sha256: Sha256;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** Owner address of this worker: he does not fetch from himself. */
  readonly worker: Address;
  readonly feeWei: bigint;
  readonly load: LoadOptions;
  /** Versions served at the same time: each has a process of its own. @default 32 */
  readonly maxVersions?: number;
  /** Longest time that one fetch keeps a round, ms. @default 20000 */
  readonly fetchSliceMs?: number;
}

const isExact = (version: VersionRecord): boolean => !/^0x0*$/.test(version.programRoot);

/**
 * Keeps the loaded versions equal to what the DAO made live: fetch by CID, check, prove, load, offer. What fails is
 * tried again ever more slowly; whatever one model does, the others are served.
 */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #byModel = new Map<string, Loaded>();
  /** Versions that the registry shows under our name. */
  readonly #offers: JournalTable<{ readonly feeWei: bigint }>;
  /** Why a live version is not served, for status and log. */
  readonly #failures = new Map<bigint, string>();
  readonly #retries: Backoff;
  /** Fetches that did not end, by version: whose turn it is to be asked first. */
  readonly #turns = new Map<bigint, number>();
  #syncing: Promise<void> | undefined;

  constructor(options: VersionsOptions) {
    this.#options = options;
    this.#offers = options.journal.table('offers');
    this.#retries = new Backoff(options.clock, { firstMs: 500, mostMs: 60_000 });
  }

  all(): readonly Loaded[] {
    return [...this.#byModel.values()];
  }

  find(model: string, versionId?: bigint): Loaded | undefined {
    const loaded = this.#byModel.get(model);
    return versionId === undefined || loaded?.served.versionId === versionId ? loaded : undefined;
  }

  failures(): ReadonlyMap<bigint, string> {
    return this.#failures;
  }

  /** One comparison with the chain; concurrent calls share it. */
  sync(): Promise<void> {
    this.#syncing ??= this.#round().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async close(): Promise<void> {
    await Promise.all(this.all().map(({ session }) => session.close()));
    this.#byModel.clear();
  }

  async #round(): Promise<void> {
    for (const model of await this.#options.directory.models()) {
      const { slug, liveVersionId: live } = model;
      const current = this.#byModel.get(slug);
      if (live === 0n) {
        if (current !== undefined) await this.#attempt(slug, live, () => this.#retire(slug, current));
      } else if (current?.served.versionId !== live) await this.#attempt(slug, live, () => this.#serve(model, current));
    }
    const loaded = new Set(this.all().map(({ served }) => String(served.versionId)));
    for (const { served } of this.all()) {
      const { model, versionId } = served;
      if (this.#offers.get(String(versionId))?.feeWei !== this.#options.feeWei)
        await this.#attempt(model, versionId, () => this.#offer(versionId));
    }
    for (const [versionId] of this.#offers.entries())
      if (!loaded.has(versionId)) await this.#attempt('', BigInt(versionId), () => this.#withdraw(BigInt(versionId)));
  }

  async #attempt(model: string, versionId: bigint, body: () => Promise<void>): Promise<void> {
    const key = `${model}/${versionId}`;
    if (!this.#retries.due(key)) return;
    try {
      await body();
      this.#retries.forget(key);
      this.#failures.delete(versionId);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (this.#failures.get(versionId) !== why)
        this.#options.log.error('cannot serve a live version', { model, versionId, error });
      this.#failures.set(versionId, why);
      this.#retries.failed(key);
    }
  }

  async #serve(model: ModelRecord, previous: Loaded | undefined): Promise<void> {
    const { directory, store, runtime, sha256, log, load, feeWei, maxVersions = 32 } = this.#options;
    const version = await directory.version(model.liveVersionId);
    const { versionId, programRoot, cid, sizeBytes } = version;
    if (!isExact(version)) throw notServed(versionId, 'it has no programRoot: the float tier is not served');
    if (sizeBytes > DEFAULT_BUDGET.maxBytes)
      throw notServed(
        versionId,
        `its registered size is ${sizeBytes} bytes, at most ${DEFAULT_BUDGET.maxBytes} are read`,
      );
    if (previous === undefined && this.#byModel.size >= maxVersions)
      throw notServed(versionId, `this worker has room for ${maxVersions} versions (worker.maxVersions)`);
    const budget = { maxBytes: dagBytes(sizeBytes) };
    if (!(await this.#bring(version, budget))) return;
    const artifact = checkArtifact(await store.read(cid, budget), version, sha256);
    // Our own bytes of the model that was proven: the runtime cannot read the file in another way than we did.
    const loaded = await runtime.load(encodeModel(artifact.model), load);
    const session = batching(loaded, { inFlight: load.processes ?? 1 });
    const { inputs, outputs } = artifact.model.graph;
    this.#byModel.set(model.slug, {
      served: { model: model.slug, versionId, live: true, programRoot, cid, inputs, outputs, feeWei },
      program: artifact.program,
      session,
    });
    log.info('serving', { model: model.slug, versionId, cid, programRoot });
    if (previous !== undefined) await this.#close(previous);
  }

  /**
   * True when the file is here. A peer that drips must not hold up the other models: a fetch ends after a slice of time,
   * what it brought stays, and the next round goes on with the next peer first.
   */
  async #bring({ cid, versionId }: VersionRecord, budget: Budget): Promise<boolean> {
    const { store, fetchSliceMs = 20_000, log } = this.#options;
    const turn = this.#turns.get(versionId) ?? 0;
    const peers = await this.#providers();
    const first = peers.length === 0 ? 0 : turn % peers.length;
    const slice = AbortSignal.timeout(fetchSliceMs);
    try {
      const providers = [...peers.slice(first), ...peers.slice(0, first)];
      await store.fetch(cid, { ...budget, providers, signal: slice });
      this.#turns.delete(versionId);
      return true;
    } catch (error) {
      this.#turns.set(versionId, turn + 1);
      if (!slice.aborted || error !== slice.reason) throw error;
      log.info('a fetch goes on with the next peer', { cid, versionId, after: peers[first] });
      return false;
    }
  }

  async #retire(slug: string, loaded: Loaded): Promise<void> {
    this.#byModel.delete(slug);
    await this.#close(loaded);
  }

  async #close({ served, session }: Loaded): Promise<void> {
    await session.close();
    this.#options.log.info('retired', { model: served.model, versionId: served.versionId });
  }

  async #offer(versionId: bigint): Promise<void> {
    const { offering, feeWei } = this.#options;
    await offering.offer(versionId, feeWei);
    this.#offers.put(String(versionId), { feeWei });
  }

  async #withdraw(versionId: bigint): Promise<void> {
    await this.#options.offering.withdrawOffer(versionId);
    this.#offers.delete(String(versionId));
  }

  async #providers(): Promise<string[]> {
    const workers = await this.#options.directory.workers();
    return workers
      .filter(({ worker, active }) => active && !sameAddress(worker, this.#options.worker))
      .map(({ endpoint }) => endpoint);
  }
}

const notServed = (versionId: bigint, why: string): ArtifactMismatch =>
  new ArtifactMismatch({
    what: `Version ${versionId} is not served here`,
    why,
    fix: 'Its author can publish an exact version within the limits: `assay model exact`, then `assay model publish`.',
  });

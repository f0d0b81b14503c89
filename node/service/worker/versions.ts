import type { Address } from '../../core/codec/hex.ts';
import { sameAddress } from '../../core/codec/hex.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import type { Program } from '../../core/exact/program.ts';
import { encodeModel } from '../../core/onnx/encode.ts';
import type { Directory, ModelRecord, Offering, VersionRecord } from '../../ports/Directory.ts';
import type { Log } from '../../ports/Log.ts';
import type { LoadOptions, Runtime, Session } from '../../ports/Runtime.ts';
import type { Store } from '../../ports/Store.ts';
import { checkArtifact } from '../artifact.ts';
import type { ServedVersion } from '../inference.ts';

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
  readonly sha256: Sha256;
  readonly log: Log;
  /** Owner address of this worker: he does not fetch from himself. */
  readonly worker: Address;
  readonly feeWei: bigint;
  readonly load: LoadOptions;
}

/** CAR and inner-node overhead over the file itself: 1 % and one block. */
const dagBudget = (sizeBytes: number): number => sizeBytes + Math.ceil(sizeBytes / 100) + (1 << 20);

const isExact = (version: VersionRecord): boolean => !/^0x0*$/.test(version.programRoot);

/** Keeps the loaded versions equal to what the DAO made live: fetch by CID, check, prove, load, offer. */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #byModel = new Map<string, Loaded>();
  /** Why a live version is not served, for status and log. */
  readonly #failures = new Map<bigint, string>();
  #syncing: Promise<void> | undefined;

  constructor(options: VersionsOptions) {
    this.#options = options;
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

  /** One comparison with the chain; concurrent calls share it. One model's failure does not stop the others. */
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
    const models = await this.#options.directory.models();
    for (const model of models) {
      const current = this.#byModel.get(model.slug);
      if (current?.served.versionId === (model.liveVersionId === 0n ? undefined : model.liveVersionId)) continue;
      try {
        if (model.liveVersionId !== 0n) await this.#serve(model, current);
        else if (current !== undefined) await this.#retire(model.slug, current);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (this.#failures.get(model.liveVersionId) !== why)
          this.#options.log.error('cannot serve a live version', {
            model: model.slug,
            versionId: model.liveVersionId,
            error,
          });
        this.#failures.set(model.liveVersionId, why);
      }
    }
  }

  async #serve(model: ModelRecord, previous: Loaded | undefined): Promise<void> {
    const { directory, offering, store, runtime, sha256, log, load, feeWei } = this.#options;
    const version = await directory.version(model.liveVersionId);
    if (!isExact(version)) {
      this.#failures.set(version.versionId, 'it has no programRoot: the float tier is not served');
      return;
    }
    const budget = { maxBytes: dagBudget(version.sizeBytes) };
    await store.fetch(version.cid, { ...budget, providers: await this.#providers() });
    const artifact = checkArtifact(await store.read(version.cid, budget), version, sha256);
    // Our own bytes of the model that was proven: the runtime cannot read the file in another way than we did.
    const session = await runtime.load(encodeModel(artifact.model), load);
    const { inputs, outputs } = artifact.model.graph;
    const { versionId, programRoot, cid } = version;
    this.#byModel.set(model.slug, {
      served: { model: model.slug, versionId, live: true, programRoot, cid, inputs, outputs, feeWei },
      program: artifact.program,
      session,
    });
    this.#failures.delete(versionId);
    await offering.offer(versionId, feeWei);
    log.info('serving', { model: model.slug, versionId, cid, programRoot });
    if (previous !== undefined) await this.#release(previous);
  }

  async #retire(slug: string, loaded: Loaded): Promise<void> {
    this.#byModel.delete(slug);
    await this.#release(loaded);
  }

  async #release({ served, session }: Loaded): Promise<void> {
    await this.#options.offering.withdrawOffer(served.versionId);
    await session.close();
    this.#options.log.info('retired', { model: served.model, versionId: served.versionId });
  }

  async #providers(): Promise<string[]> {
    const workers = await this.#options.directory.workers();
    return workers
      .filter(({ worker, active }) => active && !sameAddress(worker, this.#options.worker))
      .map(({ endpoint }) => endpoint);
  }
}

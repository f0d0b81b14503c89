import { type Address, sameAddress } from '../../core/codec/hex.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { commitProgram, type ProgramCommitment } from '../../core/dispute/programCommitment.ts';
import type { Directory } from '../../ports/Directory.ts';
import type { Store } from '../../ports/Store.ts';
import { checkArtifact, dagBytes } from '../artifact.ts';

export interface ProgramsOptions {
  readonly directory: Pick<Directory, 'version' | 'workers'>;
  readonly store: Pick<Store, 'fetch' | 'read'>;
  readonly sha256: Sha256;
}

/** Programs kept ready: each holds its weights. */
const KEPT = 4;

/** Programs by version, proven here, with the trees that open them. */
export class Programs {
  readonly #options: ProgramsOptions;
  readonly #kept = new Map<bigint, ProgramCommitment>();

  constructor(options: ProgramsOptions) {
    this.#options = options;
  }

  /** @param suspect is asked for the file last @throws ArtifactMismatch StoreFetchFailed VersionUnknown */
  async of(versionId: bigint, suspect?: Address): Promise<ProgramCommitment> {
    const known = this.#kept.get(versionId);
    if (known !== undefined) return known;
    const { directory, store, sha256 } = this.#options;
    const version = await directory.version(versionId);
    const budget = { maxBytes: dagBytes(version.sizeBytes) };
    const isLast = (worker: Address): boolean => suspect !== undefined && sameAddress(worker, suspect);
    const providers = (await directory.workers())
      .toSorted((a, b) => Number(isLast(a.worker)) - Number(isLast(b.worker)))
      .map(({ endpoint }) => endpoint);
    await store.fetch(version.cid, { ...budget, providers });
    const { program } = checkArtifact(await store.read(version.cid, budget), version, sha256);
    const committed = commitProgram(program, sha256);
    this.#kept.set(versionId, committed);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return committed;
  }
}

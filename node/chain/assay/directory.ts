import type { Digest } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import { DEFAULT_BUDGET } from '../../core/onnx/budget.ts';
import type {
  Directory,
  ModelRecord,
  OfferRecord,
  RegisteredFile,
  VersionRecord,
  WorkerRecord,
} from '../../ports/Directory.ts';
import { marketLensAbi, modelRegistryAbi } from '../generated/contracts.ts';
import { pages, type Reading } from './context.ts';

/** Largest model card a worker keeps a copy of. */
const MAX_CARD_BYTES = 256 << 10;

export class VersionUnknown extends ProtocolError {
  override readonly code = 'VERSION_UNKNOWN';
}

/** The registries, read through the lens: a few calls whatever the number of models. */
export function createDirectory({ client, addresses }: Reading): Directory {
  const lens = { address: addresses.lens, abi: marketLensAbi } as const;
  const models = async (): Promise<readonly ModelRecord[]> => {
    const views = await pages((first, count) =>
      client.readContract({ ...lens, functionName: 'models', args: [first, count] }),
    );
    return views.map(({ modelId, model }) => ({
      modelId,
      slug: model.slug,
      author: model.author,
      liveVersionId: model.liveVersionId,
    }));
  };
  const version = async (versionId: bigint): Promise<VersionRecord> => {
    const count = await client.readContract({
      address: addresses.models,
      abi: modelRegistryAbi,
      functionName: 'versionCount',
    });
    if (versionId < 1n || versionId > count) {
      throw new VersionUnknown({
        what: `Version ${versionId} does not exist`,
        why: `the registry has ${count} versions`,
        fix: 'See `assay model show`.',
        meta: { versionId, count },
      });
    }
    return recordOf(await client.readContract({ ...lens, functionName: 'version', args: [versionId] }));
  };
  const versions = async (modelId: bigint): Promise<readonly VersionRecord[]> => {
    const views = await pages((first, count) =>
      client.readContract({ ...lens, functionName: 'versions', args: [modelId, first, count] }),
    );
    return views.map(recordOf);
  };
  const workers = async (): Promise<readonly WorkerRecord[]> => {
    const views = await pages((first, count) =>
      client.readContract({ ...lens, functionName: 'workers', args: [first, count] }),
    );
    return views.map(({ worker, record, active }) => ({
      worker,
      hotKey: record.hotKey,
      endpoint: record.endpoint,
      stakeWei: record.stakeWei,
      active,
    }));
  };
  const offers = async (versionId: bigint): Promise<readonly OfferRecord[]> => {
    const views = await pages((first, count) =>
      client.readContract({ ...lens, functionName: 'servers', args: [versionId, first, count] }),
    );
    return views
      .filter(({ active }) => active)
      .map(({ worker, hotKey, endpoint, stakeWei, active, feeWei }) => ({
        worker,
        hotKey,
        endpoint,
        stakeWei,
        active,
        feeWei,
      }))
      .sort((a, b) => (a.feeWei < b.feeWei ? -1 : a.feeWei > b.feeWei ? 1 : 0));
  };
  return {
    models,
    version,
    versions,
    workers,
    offers,
    registered: filesByCid(
      async () =>
        client.readContract({ address: addresses.models, abi: modelRegistryAbi, functionName: 'versionCount' }),
      version,
    ),
  };
}

interface VersionView {
  readonly versionId: bigint;
  readonly version: Omit<VersionRecord, 'versionId' | 'sha256' | 'sizeBytes' | 'programRoot'> & {
    readonly sha256Hash: string;
    readonly programRoot: string;
    readonly sizeBytes: bigint;
  };
}

function recordOf({ versionId, version }: VersionView): VersionRecord {
  const { modelId, cid, sha256Hash, programRoot, sizeBytes, licence, cardCid, parents } = version;
  return {
    versionId,
    modelId,
    cid,
    sha256: sha256Hash as Digest,
    programRoot: programRoot as Digest,
    sizeBytes: Number(sizeBytes),
    licence,
    cardCid,
    parents,
  };
}

/** Versions are immutable and numbered, so each is read once, whoever asks. */
function filesByCid(
  versionCount: () => Promise<bigint>,
  version: (id: bigint) => Promise<VersionRecord>,
): Directory['registered'] {
  const files = new Map<string, RegisteredFile>();
  let read = 0n;
  let reading: Promise<void> = Promise.resolve();
  const note = (cid: string, sizeBytes: number, versionId: bigint): void => {
    if (sizeBytes > DEFAULT_BUDGET.maxBytes) return;
    const known = files.get(cid);
    files.set(cid, {
      sizeBytes: Math.max(known?.sizeBytes ?? 0, sizeBytes),
      versionId: known?.versionId ?? versionId,
    });
  };
  const readOn = async (): Promise<void> => {
    const count = await versionCount();
    while (read < count) {
      const { cid, sizeBytes, cardCid } = await version(read + 1n);
      read += 1n;
      note(cid, sizeBytes, read);
      note(cardCid, MAX_CARD_BYTES, read);
    }
  };
  return async (cids) => {
    const turn = reading.then(readOn);
    reading = turn.catch(() => undefined);
    await turn;
    return new Map(
      cids.flatMap((cid) => {
        const file = files.get(cid);
        return file === undefined ? [] : [[cid, file] as const];
      }),
    );
  };
}

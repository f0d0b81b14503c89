import { type Complaint, ProtocolError } from '../core/errors.ts';

const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);

/** Text that is not a CID, or a CID of a kind that this store refuses (threats I9). */
export class StoreCidInvalid extends ProtocolError {
  override readonly code = 'STORE_CID_INVALID';
  constructor(text: string, why: string) {
    super({
      what: `${quoted(text)} is not a CID that this store accepts`,
      why,
      fix: 'Give a CID of version 1 in lower-case base32 with sha2-256 and codec raw or dag-pb (it starts with bafkrei or bafybei).',
      meta: { cid: text.slice(0, 200) },
    });
  }
}

export class StoreBlockMissing extends ProtocolError {
  override readonly code = 'STORE_BLOCK_MISSING';
  constructor(root: string, block: string) {
    super({
      what: `${root} is not complete in this store`,
      why: root === block ? 'its root block is absent' : `its block ${block} is absent`,
      fix: 'Fetch the CID from a node that has it; blocks that are already here are not transferred again.',
      meta: { root, block },
    });
  }
}

/** Bytes on disk that are not what their CID names; they are moved to quarantine/ before this is thrown (threats I8). */
export class StoreBlockCorrupt extends ProtocolError {
  override readonly code = 'STORE_BLOCK_CORRUPT';
  override readonly retryable = true;
  constructor(cid: string, why: string) {
    super({
      what: `The stored block ${cid} was corrupt and has been quarantined`,
      why,
      fix: 'Fetch the CID again: only this block is transferred. If it recurs, check the disk.',
      meta: { cid },
    });
  }
}

/** A sound block whose content breaks a rule: codec, hash, width, depth of encoding, or contradictory file sizes. */
export class StoreDagRefused extends ProtocolError {
  override readonly code = 'STORE_DAG_REFUSED';
  constructor(cid: string, why: string, cause?: unknown) {
    super({
      what: `The DAG node ${cid} is refused`,
      why,
      fix: 'Publish the file again with the UnixFS profile unixfs-v1-2025 (IPIP-0499), for example with `assay model publish`.',
      meta: { cid },
      cause,
    });
  }
}

export type Bound = 'bytes' | 'blocks' | 'depth';

/** The DAG is larger than its budget: a DAG bomb, or a declared size that lies (threats I3, I4, I5). */
export class StoreBudgetExceeded extends ProtocolError {
  override readonly code = 'STORE_BUDGET_EXCEEDED';
  constructor(root: string, bound: Bound, actual: number, limit: number) {
    super({
      what: `The DAG ${root} is larger than its budget`,
      why: `the walk reached ${actual} ${bound === 'depth' ? 'levels' : bound}, and the limit is ${limit}`,
      fix: 'Do not use this CID if the limit came from its registered size: the registration is false. Otherwise raise the limit.',
      meta: { root, bound, actual, limit },
    });
  }
}

/** What one provider did, for people to read. */
export interface ProviderFailure {
  readonly provider: string;
  readonly why: string;
}

export class StoreFetchFailed extends ProtocolError {
  override readonly code = 'STORE_FETCH_FAILED';
  override readonly retryable = true;
  readonly failures: readonly ProviderFailure[];
  constructor(cid: string, failures: readonly ProviderFailure[], keptBytes: number) {
    super({
      what: `No provider delivered ${cid}`,
      why:
        failures.length === 0
          ? 'no provider was given'
          : failures.map(({ provider, why }) => `${provider}: ${why}`).join('; '),
      fix: `Try again later or with other providers; ${keptBytes} verified bytes are kept and will not be transferred again.`,
      meta: { cid, failures, keptBytes },
    });
    this.failures = failures;
  }
}

/** One provider did not do what it was asked; {@link StoreFetchFailed} collects these. */
export class StoreProviderFailed extends ProtocolError {
  override readonly code = 'STORE_PROVIDER_FAILED';
  override readonly retryable = true;
  /** It sent something false: it is not asked again during this fetch. */
  readonly dishonest: boolean;
  constructor(provider: string, why: string, options: { readonly dishonest?: boolean; readonly cause?: unknown } = {}) {
    super({
      what: `The provider ${provider} failed`,
      why,
      fix: 'Use another provider.',
      meta: { provider },
      cause: options.cause,
    });
    this.dishonest = options.dishonest ?? false;
  }
}

/** Status of an answer that is not 200; the caller may know another way to ask. */
export class StoreProviderStatus extends StoreProviderFailed {
  readonly status: number;
  constructor(provider: string, status: number) {
    super(
      provider,
      status >= 300 && status < 400
        ? `it answered ${status}, and redirects are refused`
        : `it answered ${status}${status === 404 ? ' (it does not have the block)' : ''}`,
    );
    this.status = status;
  }
}

export class StoreCarMalformed extends ProtocolError {
  override readonly code = 'STORE_CAR_MALFORMED';
  constructor(why: string, cause?: unknown, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'The CAR is refused and nothing of it is kept',
      why,
      fix: 'Send a CARv1 with the requested CID as its only root and the blocks of its DAG depth first, complete and without others.',
      cause,
      meta,
    });
  }
}

/** ENOSPC, EDQUOT or EFBIG while writing; what was being written is removed, everything older stays. */
export class StoreFull extends ProtocolError {
  override readonly code = 'STORE_FULL';
  override readonly retryable = true;
  constructor(cause: unknown) {
    super({
      what: 'The block store cannot write',
      why: `the disk is full or a quota is reached (${codeOf(cause)})`,
      fix: 'Free disk space or remove models that are no longer served; nothing that was stored before is lost.',
      cause,
    });
  }
}

/** Any other failure of the file system: read-only disk, missing rights, too many open files, I/O error. */
export class StoreIoFailed extends ProtocolError {
  override readonly code = 'STORE_IO_FAILED';
  override readonly retryable = true;
  constructor(action: string, cause: unknown) {
    super({
      what: `The block store cannot ${action}`,
      why: `the operating system answered ${codeOf(cause)}`,
      fix: 'Check that the store folder is on a writable disk, belongs to this user, and that the open-file limit is not reached.',
      cause,
    });
  }
}

/** Kubo does not answer, or answers with an error of its own. */
export class StoreKuboFailed extends ProtocolError {
  override readonly code = 'STORE_KUBO_FAILED';
  override readonly retryable = true;
  constructor(action: string, url: string, cause: unknown) {
    super({
      what: `Kubo cannot ${action}`,
      why: `the RPC at ${url} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'Start it with `ipfs daemon`, check `store.url` (its RPC, port 5001), or set `store.kind` to embedded.',
      meta: { url },
      cause,
    });
  }
}

export class StoreClosed extends ProtocolError {
  override readonly code = 'STORE_CLOSED';
  constructor() {
    super({
      what: 'The block store is closed',
      why: 'an operation was asked after close() or was running when it was called',
      fix: 'Open the store again; verified blocks are kept.',
    });
  }
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** True when a file is simply not there. */
export const isAbsent = (error: unknown): boolean => codeOf(error) === 'ENOENT';

/** Translates a failure of the file system; errors of ours pass unchanged. */
export function ioFailure(action: string, error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  return FULL.has(codeOf(error)) ? new StoreFull(error) : new StoreIoFailed(action, error);
}

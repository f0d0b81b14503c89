import { ProtocolError } from '../core/errors.ts';

export class JournalKeyTaken extends ProtocolError {
  override readonly code = 'JOURNAL_KEY_TAKEN';
  constructor(table: string, key: string) {
    super({
      what: 'The journal already holds this row',
      why: `table ${table} has a row with key ${key.slice(0, 200)}`,
      fix: 'Read the existing row; it was recorded by an earlier call.',
      meta: { table, key: key.slice(0, 200) },
    });
  }
}

export class JournalLocked extends ProtocolError {
  override readonly code = 'JOURNAL_LOCKED';
  override readonly retryable = true;
  constructor(path: string, cause?: unknown) {
    super({
      what: 'The journal is in use',
      why: `another process (or another part of this one) has ${path} open`,
      fix: 'Stop the other node, or give this one a home folder of its own.',
      meta: { path },
      cause,
    });
  }
}

export class JournalTooNew extends ProtocolError {
  override readonly code = 'JOURNAL_TOO_NEW';
  constructor(path: string, found: number, known: number) {
    super({
      what: 'The journal was written by a newer version of this program',
      why: `${path} has schema ${found}, this program knows schemas up to ${known}`,
      fix: 'Run the newer version again, or give this one another home folder; the file was left as it is.',
      meta: { path, found, known },
    });
  }
}

export class JournalCorrupt extends ProtocolError {
  override readonly code = 'JOURNAL_CORRUPT';
  constructor(path: string, why: string, cause?: unknown) {
    super({
      what: 'The journal cannot be read',
      why: `${path}: ${why}`,
      fix: 'Restore it from a backup. Without one, move it away and start again: money that was served and not yet settled is then lost, everything else is rebuilt from the chain and IPFS.',
      meta: { path },
      cause,
    });
  }
}

export class JournalWriteFailed extends ProtocolError {
  override readonly code = 'JOURNAL_WRITE_FAILED';
  override readonly retryable = true;
  constructor(path: string, why: string, cause?: unknown) {
    super({
      what: 'The journal cannot be written',
      why: `${path}: ${why}`,
      fix: 'Free disk space or make the folder writable; the change was rolled back and everything recorded earlier stands.',
      meta: { path },
      cause,
    });
  }
}

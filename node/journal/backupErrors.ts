import { ProtocolError } from '../core/errors.ts';

export class BackupMalformed extends ProtocolError {
  override readonly code = 'BACKUP_MALFORMED';
  constructor(path: string, why: string, cause?: unknown) {
    super({
      what: 'The backup cannot be used',
      why: `${path}: ${why}`,
      fix: 'Nothing was restored. Take an older backup; `assay backup verify FILE` says whether one is sound.',
      meta: { path },
      cause,
    });
  }
}

export class BackupNotWritten extends ProtocolError {
  override readonly code = 'BACKUP_NOT_WRITTEN';
  override readonly retryable = true;
  constructor(path: string, cause: unknown) {
    super({
      what: 'The backup could not be written',
      why: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'Name a file that does not exist, in a folder that you may write to and that has room.',
      meta: { path },
      cause,
    });
  }
}

/** A home without keys: nothing in it could not be rebuilt. */
export class BackupEmpty extends ProtocolError {
  override readonly code = 'BACKUP_EMPTY';
  constructor(home: string) {
    super({
      what: 'There is nothing to back up',
      why: `${home} has no keystores`,
      fix: 'Name the home of a node with --home.',
      meta: { home },
    });
  }
}

/** What is in the home was written after the backup: going back would forget signatures. */
export class BackupOlderThanHome extends ProtocolError {
  override readonly code = 'BACKUP_OLDER_THAN_HOME';
  constructor(file: string, writtenAt: string, createdAt: string) {
    super({
      what: 'This backup is older than what it would replace',
      why: `${file} was written at ${writtenAt}, the backup was made at ${createdAt}`,
      fix: 'Start the node with the newer files. If they are damaged, move them away yourself and restore again.',
      meta: { file, writtenAt, createdAt },
    });
  }
}

export class BackupWouldReplace extends ProtocolError {
  override readonly code = 'BACKUP_WOULD_REPLACE';
  constructor(file: string, why: string) {
    super({
      what: 'The backup is not restored',
      why: `${file} ${why}`,
      fix: 'Restore into an empty home with --home FOLDER; --replace overwrites older journals and settings, never keys.',
      meta: { file },
    });
  }
}

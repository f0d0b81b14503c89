import { ProtocolError } from '../core/errors.ts';

/** The operating system said no: no room, no right, no such file. Neither our bug nor the network's fault. */
export class SystemRefused extends ProtocolError {
  override readonly code = 'SYSTEM_REFUSED';
}

const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space there, then run the command again.',
  EDQUOT: 'Free some space there, then run the command again.',
  EFBIG: 'Raise the limit on file sizes (`ulimit -f`), then run the command again.',
  EACCES: 'Give this user the right to it, or name another folder or file.',
  EPERM: 'Give this user the right to it, or name another folder or file.',
  EROFS: 'Name a folder that can be written.',
  ENOENT: 'Correct the path.',
  ENOTDIR: 'Correct the path: a part of it is a file.',
  EISDIR: 'Name a file; this is a folder.',
  EMFILE: 'Raise the limit on open files (`ulimit -n`).',
  ENFILE: 'Close other programs: the system has no file handles left.',
  EIO: 'Look at the disk: reading or writing it failed.',
};

/** What a system call refused, as people read it; undefined when the error is something else. */
export function systemRefusal(error: unknown): SystemRefused | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  const fix = code === undefined || syscall === undefined ? undefined : FIXES[code];
  if (fix === undefined || (code === 'ENOENT' && path === undefined)) return undefined;
  return new SystemRefused({
    what: 'The system refused',
    why: error.message,
    fix,
    meta: { code, syscall, ...(path === undefined ? {} : { path }) },
    cause: error,
  });
}

import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneLine } from '../../core/codec/plainText.ts';

const CHUNK_BYTES = 1 << 16;
const POLL_MS = 150;
/** A line that is longer is shown in parts. */
const MAX_LINE = 1 << 16;

/** The last lines of a log, then, when following, every new one until the signal. Survives truncation and absence. */
export async function* logLines(
  path: string,
  options: { readonly lines: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const state = { offset: 0, rest: '' };
  const first = await readOn(path, state);
  yield* options.lines === 0 ? [] : first.slice(-options.lines);
  if (state.rest !== '' && !options.follow) yield state.rest;
  while (options.follow && !options.signal.aborted) {
    yield* await readOn(path, state);
    await sleep(POLL_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function readOn(path: string, state: { offset: number; rest: string }): Promise<string[]> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return [];
  const lines: string[] = [];
  try {
    const { size } = await file.stat();
    if (size < state.offset) Object.assign(state, { offset: 0, rest: '' });
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, state.offset);
      if (bytesRead === 0) return lines;
      state.offset += bytesRead;
      const parts = `${state.rest}${buffer.subarray(0, bytesRead).toString('utf8')}`.split('\n');
      state.rest = parts.pop() ?? '';
      lines.push(...parts.filter((line) => line !== ''));
      if (state.rest.length > MAX_LINE) {
        lines.push(state.rest);
        state.rest = '';
      }
    }
  } finally {
    await file.close();
  }
}

/** A line as an object: events of the log as they are, anything else as `{ line }`. */
export function eventOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return { line };
  } catch {
    return { line };
  }
}

/** An event for people: time, level, message, fields. */
export function describeEvent(event: Readonly<Record<string, unknown>>): string {
  const { time, level, msg, line, ...fields } = event;
  if (line !== undefined) return oneLine(String(line));
  const rest = Object.entries(fields)
    .map(([key, value]) => `${key}=${forPeople(value)}`)
    .join(' ');
  if (msg === undefined) return oneLine(rest);
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  return oneLine(`${clock} ${String(level ?? '').padEnd(5)} ${String(msg)}${rest === '' ? '' : `  ${rest}`}`);
}

/** An error is what it says; its stack is in the file, and with --json. */
function forPeople(value: unknown): string {
  if (typeof value === 'string') return value;
  const isError = typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
  if (!isError) return JSON.stringify(value);
  const name = 'code' in value ? value.code : 'name' in value ? value.name : 'Error';
  return `${String(name)}: ${String(value.message)}`;
}

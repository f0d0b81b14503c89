import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliProcess {
  readonly process: ChildProcess;
  /** What it said so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<CliResult>;
  /** Resolves with the first match on standard output or error; fails when the process ends before. */
  saw(pattern: RegExp, ms?: number): Promise<RegExpExecArray>;
}

/** Everything any `assay` process of this test file said, for the scan for secrets. */
export const SAID: string[] = [];

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** A process group of its own, like a terminal's job. */
  readonly detached?: boolean;
}

/** Starts the real command line in a process of its own. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    // Compiled code is kept between the many starts of a test run.
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(tmpdir(), 'assay-test-compile-cache'), ...options.env },
  });
  const said = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      SAID.push(text);
      for (const look of [...watchers]) look();
    });
  }
  child.stdin?.on('error', () => undefined).end(options.input);
  const ended = new Promise<CliResult>((done) =>
    child.once('close', (code, signal) => done({ code, signal, ...said })),
  );
  const saw = (pattern: RegExp, ms = 60_000): Promise<RegExpExecArray> =>
    new Promise((done, fail) => {
      const finish = (end: () => void): void => {
        clearTimeout(timer);
        watchers.delete(look);
        end();
      };
      const complain = (how: string): void =>
        finish(() => fail(new Error(`${how} before ${pattern} was seen; it said:\n${said.stdout}\n${said.stderr}`)));
      const look = (): void => {
        const match = pattern.exec(said.stdout) ?? pattern.exec(said.stderr);
        if (match !== null) finish(() => done(match));
      };
      const timer = setTimeout(() => complain(`${ms} ms passed`), ms);
      watchers.add(look);
      void ended.then(({ code, signal }) => {
        if (watchers.has(look)) complain(`assay ended with ${signal ?? code}`);
      });
      look();
    });
  return { process: child, stdout: () => said.stdout, stderr: () => said.stderr, ended, saw };
}

/** Runs a command to its end. */
export const runCli = (args: readonly string[], options: CliOptions = {}): Promise<CliResult> =>
  startCli(args, options).ended;

export interface CliFailure {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly retryable: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The one JSON object on standard output. */
export function jsonOf<T = Record<string, unknown>>({ stdout, stderr }: CliResult): T {
  const lines = stdout.trim().split('\n');
  if (lines.length !== 1) throw new Error(`expected one line of JSON, got:\n${stdout}\n${stderr}`);
  const value: unknown = JSON.parse(lines[0]!);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`expected a JSON object, got ${lines[0]!.slice(0, 200)}`);
  return value as T;
}

export const failureOf = (result: CliResult): CliFailure => jsonOf<{ error: CliFailure }>(result).error;

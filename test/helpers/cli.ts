import { type ChildProcess, spawn } from 'node:child_process';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_SCHEMA, OUTPUT_SCHEMAS } from '../../node/cli/schemas.ts';
import { COMPILE_CACHE } from './testRun.ts';

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

/** Commands whose output was checked against its schema in this test file. */
export const CHECKED = new Set<string>();

/** Why an output with `--json` is not what docs/schemas promises; undefined when it is. */
export function schemaComplaint(args: readonly string[], stdout: string): string | undefined {
  const words = args.filter((word) => !word.startsWith('-'));
  const command = [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => Object.hasOwn(OUTPUT_SCHEMAS, name));
  if (command === undefined) return undefined;
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const value: unknown = JSON.parse(line);
    const isError = typeof value === 'object' && value !== null && Object.keys(value).join() === 'error';
    const result = (isError ? ERROR_SCHEMA : OUTPUT_SCHEMAS[command]!).safeParse(value);
    if (!result.success)
      return `assay ${command} --json is not what its schema says: ${JSON.stringify(result.error.issues).slice(0, 1000)}\n${line.slice(0, 1000)}`;
    if (!isError) CHECKED.add(command);
  }
  return undefined;
}

const running = new Set<ChildProcess>();
// A command that a failed test left behind would keep its file, and the whole run, from ending.
if (process.env['NODE_TEST_CONTEXT'] !== undefined)
  after(() => {
    for (const child of running) child.kill('SIGKILL');
  });

/** Starts the real command line in a process of its own. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env },
  });
  running.add(child);
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
  const ended = new Promise<CliResult>((done, failed) =>
    child.once('close', (code, signal) => {
      running.delete(child);
      const complaint = args.includes('--json') && signal === null ? schemaComplaint(args, said.stdout) : undefined;
      if (complaint === undefined) done({ code, signal, ...said });
      else failed(new Error(complaint));
    }),
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

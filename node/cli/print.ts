import { constants } from 'node:os';
import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { harmlessJson, oneLine, plainText } from '../core/codec/plainText.ts';
import { ProtocolError } from '../core/errors.ts';
import { systemRefusal } from './systemRefused.ts';

/** Exit codes, documented in docs/cli.md and in `assay --help`. */
export const EXIT = { ok: 0, bug: 1, usage: 2, refused: 3, unreachable: 4, differs: 5 } as const;

/** A signal ended the command before its work was done. Exit code 128 + signal, as shells have it. */
export class Interrupted extends ProtocolError {
  override readonly code = 'INTERRUPTED';
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super({
      what: 'Stopped before the end',
      why: `the process got ${signal}`,
      fix: 'Run the command again: what was done is kept, and nothing is done or paid twice.',
      meta: { signal },
    });
    this.exitCode = 128 + (constants.signals[signal] ?? 0);
  }
}

type Style = Parameters<typeof styleText>[0];

/**
 * Everything the command line says. People read standard error for progress and standard output for results;
 * programs read `--json` on standard output: one JSON object, or one per line for streams.
 */
export class Printer {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly #out: NodeJS.WritableStream;
  readonly #err: NodeJS.WriteStream;
  #line = false;

  constructor(
    options: {
      json?: boolean;
      quiet?: boolean;
      verbose?: boolean;
      out?: NodeJS.WritableStream;
      err?: NodeJS.WriteStream;
    } = {},
  ) {
    this.json = options.json ?? false;
    this.quiet = options.quiet ?? false;
    this.verbose = options.verbose ?? false;
    this.#out = options.out ?? process.stdout;
    this.#err = options.err ?? process.stderr;
  }

  /** The same for a step of a larger command: progress is shown, its result is not. */
  hushed(): Printer {
    return new Printer({
      json: this.json,
      quiet: this.quiet,
      verbose: this.verbose,
      out: new Writable({ write: (_chunk, _encoding, done) => done() }),
      err: this.#err,
    });
  }

  /** The command's result: an object for programs, lines for people. */
  result(value: unknown, people: () => string): void {
    this.#clear();
    this.#out.write(this.json ? `${toJson(value)}\n` : `${harmless(people())}\n`);
  }

  /** One step of progress, for people only. */
  step(text: string): void {
    if (this.json || this.quiet) return;
    this.#clear();
    this.#err.write(`${this.paint('cyan', '•')} ${oneLine(text)}\n`);
  }

  done(text: string): void {
    if (this.json || this.quiet) return;
    this.#clear();
    this.#err.write(`${this.paint('green', '✓')} ${oneLine(text)}\n`);
  }

  warn(text: string): void {
    this.#clear();
    this.#err.write(`${this.paint('yellow', '!')} ${oneLine(text)}\n`);
  }

  /** A bar that rewrites its line on a terminal and stays silent elsewhere. `total` undefined: a counter. */
  progress(label: string, done: number, total: number | undefined, unit: string): void {
    if (this.json || this.quiet || !this.#err.isTTY) return;
    const share = total === undefined || total === 0 ? 0 : Math.min(1, done / total);
    const bar = total === undefined ? '' : `${'█'.repeat(Math.round(share * 24)).padEnd(24, '░')} `;
    this.#err.write(
      `\r\x1b[K  ${bar}${oneLine(label)} ${done}${total === undefined ? '' : `/${total}`} ${oneLine(unit)}`,
    );
    this.#line = true;
  }

  /** A transfer: `share` of 1 as a bar, undefined while its size is unknown. On a terminal only. */
  transfer(label: string, share: number | undefined, text: string): void {
    if (this.json || this.quiet || !this.#err.isTTY) return;
    const bar = share === undefined ? '' : `${'█'.repeat(Math.round(Math.min(1, share) * 24)).padEnd(24, '░')} `;
    this.#err.write(`\r\x1b[K  ${bar}${oneLine(text)} ${this.paint('dim', oneLine(label))}`);
    this.#line = true;
  }

  /** What failed, why, what to do; the cause chain with `--verbose`. Returns the exit code. */
  failure(caught: unknown): number {
    this.#clear();
    const error = systemRefusal(caught) ?? caught;
    if (error instanceof ProtocolError) {
      if (this.json)
        this.#out.write(
          `${toJson({ error: { code: error.code, what: error.what, why: error.why, fix: error.fix, retryable: error.retryable, meta: error.meta } })}\n`,
        );
      else
        this.#err.write(
          `${this.paint('red', '✗')} ${oneLine(error.what)}\n  why: ${oneLine(error.why)}\n  fix: ${oneLine(error.fix)}\n  code: ${error.code}\n`,
        );
      if (this.verbose) this.#causes(error.cause);
      if (error instanceof Interrupted) return error.exitCode;
      return error.retryable ? EXIT.unreachable : EXIT.refused;
    }
    const text = error instanceof Error ? error.message : String(error);
    if (this.json)
      this.#out.write(
        `${toJson({ error: { code: 'BUG', what: 'Assay has a bug', why: text, fix: 'Run again with --verbose and report the output.' } })}\n`,
      );
    else
      this.#err.write(
        `${this.paint('red', '✗')} Assay has a bug: ${oneLine(text)}\n  fix: run again with --verbose and report the output\n`,
      );
    if (this.verbose && error instanceof Error) this.#err.write(`${plainText(error.stack ?? '')}\n`);
    return EXIT.bug;
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const [titles = [], ...body] = [head, ...rows].map((cells) => cells.map(oneLine));
    const widths = titles.map((title, i) => Math.max(title.length, ...body.map((row) => (row[i] ?? '').length)));
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd();
    return [this.paint('dim', line(titles)), ...body.map(line)].join('\n');
  }

  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#err, validateStream: true });
  }

  #causes(cause: unknown): void {
    for (let error = cause; error !== undefined; error = error instanceof Error ? error.cause : undefined) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#err.write(`  caused by: ${plainText(text)}\n`);
    }
  }

  #clear(): void {
    if (this.#line) this.#err.write('\r\x1b[K');
    this.#line = false;
  }
}

/** The colours that {@link Printer.paint} makes; a stranger's text may have them too, and can hide nothing with them. */
const COLOURS = new RegExp(`(${'\x1b'}\\[(?:1|2|22|31|32|33|36|39)m)`);

/** Text of ours with texts of strangers in it: colours and line breaks stay, everything else a terminal obeys goes. */
const harmless = (text: string): string =>
  text
    .split(COLOURS)
    .map((part, i) => (i % 2 === 1 ? part : plainText(part)))
    .join('');

/** JSON in which bigints are decimal strings, and nothing is a command to a terminal. */
export const toJson = (value: unknown): string =>
  harmlessJson(JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)));

/** Wei as tokens, exact, without trailing zeros: 1500000000000000000n -> '1.5'. */
export function formatTokens(wei: bigint): string {
  const sign = wei < 0n ? '-' : '';
  const digits = (wei < 0n ? -wei : wei).toString().padStart(19, '0');
  const fraction = digits.slice(-18).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -18)}${fraction === '' ? '' : `.${fraction}`}`;
}

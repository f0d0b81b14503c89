import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A child process that says lines and is told when to go on. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #name: string;
  #text = '';

  constructor(file: string, args: readonly (string | number)[]) {
    this.#name = [file, ...args].join(' ').slice(0, 120);
    this.#child = spawn(file, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8');
  }

  /** What it says, once it says something that matches. */
  said(what: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const check = (text: string): void => {
        this.#text += text;
        const match = what.exec(this.#text);
        if (match === null) return;
        this.#child.stdout.off('data', check);
        resolve(match);
      };
      this.#child.stdout.on('data', check);
      this.#child.once('error', reject);
      this.#child.once('close', () => reject(new Error(`${this.#name} ended without saying ${what}: ${this.#text}`)));
      check('');
    });
  }

  goOn(): void {
    this.#child.stdin.write('\n');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

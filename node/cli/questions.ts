import { createInterface } from 'node:readline/promises';
import { ProtocolError } from '../core/errors.ts';

/** A question that nobody is there to answer, and that has no default. */
export class AnswerMissing extends ProtocolError {
  override readonly code = 'ANSWER_MISSING';
  constructor(question: string, flag: string) {
    super({
      what: `${question}?`,
      why: 'nobody is at a terminal to answer',
      fix: `Give ${flag}.`,
      meta: { flag },
    });
  }
}

export interface Question {
  readonly text: string;
  /** The flag that answers it without asking. */
  readonly flag: string;
  /** What the flag said. */
  readonly given: string | undefined;
  /** Taken by Enter, by `--yes`, and when nobody is at a terminal. */
  readonly fallback?: string;
}

export interface Asker {
  /** A terminal, and not `--yes`. */
  readonly interactive: boolean;
  ask(question: Question): Promise<string>;
  close(): void;
}

/** Asks on the terminal what no flag has answered. */
export function createAsker({
  yes,
  input = process.stdin,
  output = process.stderr,
}: {
  readonly yes: boolean;
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}): Asker {
  const interactive = !yes && input.isTTY === true && output.isTTY === true;
  const reader = interactive ? createInterface({ input, output }) : undefined;
  return {
    interactive,
    ask: async ({ text, flag, given, fallback }) => {
      if (given !== undefined) return given;
      const answer = await reader?.question(`${text}${fallback === undefined ? '' : ` [${fallback}]`}: `);
      const chosen = answer === undefined || answer.trim() === '' ? fallback : answer.trim();
      if (chosen === undefined) throw new AnswerMissing(text, flag);
      return chosen;
    },
    close: () => reader?.close(),
  };
}

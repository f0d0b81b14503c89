import { ProtocolError } from '../../../node/core/errors.ts';
import { type Problem, problemOf } from '../problem.ts';
import type { Envelope } from './messages.ts';

const told = (error: unknown): Problem =>
  error instanceof ProtocolError ? { what: error.what, why: error.why, fix: error.fix } : problemOf(error);

/** The worker's end of a `WorkerLine`: answers each question with a value, or with what went wrong. */
export function answerQuestions<Question>(answer: (question: Question) => unknown): void {
  globalThis.addEventListener('message', async ({ data }: MessageEvent<Envelope<Question>>) => {
    try {
      postMessage({ id: data.id, value: await answer(data.question) });
    } catch (error) {
      postMessage({ id: data.id, problem: told(error) });
    }
  });
}

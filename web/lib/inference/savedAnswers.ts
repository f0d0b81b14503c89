import { type Answer, decodeAnswer, encodeAnswer } from '../../../node/core/codec/answerFile.ts';
import { ProtocolError } from '../../../node/core/errors.ts';
import { readStored, SAVED_ANSWERS, writeStored } from '../storage.ts';

const MOST = 50;
const MAX_CHARS = 2_000_000;
/** A worker decides how large its answer is: one must not push out the evidence against him. */
const MAX_ANSWER_CHARS = 1_000_000;

function read(): string[] {
  try {
    const value: unknown = JSON.parse(readStored(SAVED_ANSWERS) ?? '[]');
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string').slice(0, MOST) : [];
  } catch {
    // Somebody else wrote here; what cannot be read is no answer.
    return [];
  }
}

/** False when the browser has no room, or the answer is too large to be kept. */
export function keepAnswer(answer: Answer): boolean {
  const encoded = encodeAnswer(answer);
  if (encoded.length > MAX_ANSWER_CHARS) return false;
  const kept = [encoded, ...read()].slice(0, MOST);
  while (kept.length > 1 && kept.reduce((sum, text) => sum + text.length, 0) > MAX_CHARS) kept.pop();
  return writeStored(SAVED_ANSWERS, JSON.stringify(kept));
}

export function savedAnswers(): readonly Answer[] {
  return read().flatMap((text) => {
    try {
      return [decodeAnswer(text)];
    } catch (error) {
      if (error instanceof ProtocolError) return [];
      throw error;
    }
  });
}

export const forgetAnswers = (): boolean => writeStored(SAVED_ANSWERS, undefined);

import { ExactModelMalformed } from './errors.ts';
import { ACTIVATIONS, type Activation, type ProgramInput, type ProgramOutput } from './program.ts';

/**
 * metadata_props of an exact model. Numbers are in the shortest decimal form that reads back equal (ECMAScript), lists
 * of them are JSON.
 */
const KEY = {
  format: 'assay.exact',
  lo: 'assay.input.lo',
  hi: 'assay.input.hi',
  inputZeroPoint: 'assay.input.zeroPoint',
  inputScale: 'assay.input.scale',
  inputOffset: 'assay.input.offset',
  outputScale: 'assay.output.scale',
  outputZeroPoint: 'assay.output.zeroPoint',
  activation: 'assay.output.activation',
  labels: 'assay.labels',
} as const;
const FORMAT = '2';
/** Key of step j's record, in hex without its constants: docs/program.md. */
export const stepKey = (step: number): string => `assay.step.${step}`;
/** Characters of a list; the reader of ONNX files takes no longer texts either. */
export const MAX_LIST_TEXT = 65_536;

type InputFacts = Pick<ProgramInput, 'lo' | 'hi' | 'zeroPoint' | 'scale' | 'offset'>;
type OutputFacts = Omit<ProgramOutput, 'name'>;

export function metadataOf(input: InputFacts, output: OutputFacts): Record<string, string> {
  return {
    [KEY.format]: FORMAT,
    [KEY.lo]: String(input.lo),
    [KEY.hi]: String(input.hi),
    [KEY.inputZeroPoint]: String(input.zeroPoint),
    [KEY.inputScale]: JSON.stringify(input.scale),
    [KEY.inputOffset]: JSON.stringify(input.offset),
    [KEY.outputScale]: String(output.scale),
    [KEY.outputZeroPoint]: String(output.zeroPoint),
    [KEY.activation]: output.activation,
    ...(output.labels === undefined ? {} : { [KEY.labels]: JSON.stringify(output.labels) }),
  };
}

/** The records of steps 1..n in order. @throws {ExactModelMalformed} */
export function recordsIn(metadata: ReadonlyMap<string, string>): string[] {
  const count = [...metadata.keys()].filter((key) => key.startsWith('assay.step.')).length;
  return Array.from({ length: count }, (_, index) => {
    const key = stepKey(index + 1);
    const record = metadata.get(key);
    if (record === undefined || !/^0x(?:[0-9a-f]{2}){153}$/.test(record))
      throw malformed(key, 'it is missing, or not 153 bytes in lower-case hex');
    return record;
  });
}

/** Whether somebody declares the model exact; says nothing about the truth of it. */
export const isDeclaredExact = (metadata: ReadonlyMap<string, string>): boolean => metadata.has(KEY.format);

/** Reads hostile metadata; ranges are the prover's to check. Keys of other tools are passed over. @throws {ExactModelMalformed} */
export function readMetadata(metadata: ReadonlyMap<string, string>): {
  readonly input: InputFacts;
  readonly output: OutputFacts;
} {
  const known = new Set<string>(Object.values(KEY));
  for (const key of metadata.keys()) {
    if (/^assay\.(input|output)\./.test(key) && !known.has(key)) throw malformed(key, 'no such key is in use');
  }
  const text = (key: string): string => {
    const value = metadata.get(key);
    if (value === undefined) throw malformed(key, 'it is missing');
    return value;
  };
  const number = (key: string): number => {
    const value = Number(text(key));
    if (String(value) !== text(key))
      throw malformed(key, `${quote(text(key))} is not a number in its shortest decimal form`);
    return value;
  };
  const numbers = (key: string): readonly number[] => {
    const list = listIn(key, text(key), (value) => typeof value === 'number');
    if (JSON.stringify(list) !== text(key)) throw malformed(key, 'its numbers are not in their shortest decimal form');
    return list;
  };
  if (text(KEY.format) !== FORMAT) throw malformed(KEY.format, `version ${quote(text(KEY.format))} is not ${FORMAT}`);
  const activation = ACTIVATIONS.find((name) => name === text(KEY.activation));
  if (activation === undefined)
    throw malformed(KEY.activation, `${quote(text(KEY.activation))} is not one of ${ACTIVATIONS.join(', ')}`);
  return {
    input: {
      lo: number(KEY.lo),
      hi: number(KEY.hi),
      zeroPoint: number(KEY.inputZeroPoint),
      scale: numbers(KEY.inputScale),
      offset: numbers(KEY.inputOffset),
    },
    output: outputFacts(number(KEY.outputScale), number(KEY.outputZeroPoint), activation, metadata.get(KEY.labels)),
  };
}

function outputFacts(
  scale: number,
  zeroPoint: number,
  activation: Activation,
  labels: string | undefined,
): OutputFacts {
  return labels === undefined
    ? { scale, zeroPoint, activation }
    : { scale, zeroPoint, activation, labels: listIn(KEY.labels, labels, (label) => typeof label === 'string') };
}

function listIn<T>(key: string, text: string, isElement: (value: unknown) => value is T): readonly T[] {
  if (text.length > MAX_LIST_TEXT) throw malformed(key, `it has ${text.length} characters, at most ${MAX_LIST_TEXT}`);
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every(isElement)) return list;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw malformed(key, 'it is not a JSON list of the expected kind');
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80));
const malformed = (key: string, why: string): ExactModelMalformed =>
  new ExactModelMalformed(`metadata ${key}`, why, { key });

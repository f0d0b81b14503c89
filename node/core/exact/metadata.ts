import { ExactModelMalformed } from './errors.ts';
import { ACTIVATIONS, type Activation, type ProgramInput, type ProgramOutput } from './program.ts';

/** metadata_props of an exact model. Numbers are in the shortest decimal form that reads back equal (ECMAScript). */
const KEY = {
  format: 'assay.exact',
  lo: 'assay.input.lo',
  hi: 'assay.input.hi',
  inputZeroPoint: 'assay.input.zeroPoint',
  inputScale: 'assay.input.scale',
  outputScale: 'assay.output.scale',
  outputZeroPoint: 'assay.output.zeroPoint',
  activation: 'assay.output.activation',
  labels: 'assay.labels',
} as const;
const FORMAT = '1';
const MAX_LABELS_TEXT = 1_048_576;

type InputFacts = Pick<ProgramInput, 'lo' | 'hi' | 'zeroPoint' | 'scale'>;
type OutputFacts = Omit<ProgramOutput, 'name'>;

export function metadataOf(input: InputFacts, output: OutputFacts): Record<string, string> {
  return {
    [KEY.format]: FORMAT,
    [KEY.lo]: String(input.lo),
    [KEY.hi]: String(input.hi),
    [KEY.inputZeroPoint]: String(input.zeroPoint),
    [KEY.inputScale]: String(input.scale),
    [KEY.outputScale]: String(output.scale),
    [KEY.outputZeroPoint]: String(output.zeroPoint),
    [KEY.activation]: output.activation,
    ...(output.labels === undefined ? {} : { [KEY.labels]: JSON.stringify(output.labels) }),
  };
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
    if (key.startsWith('assay.') && !known.has(key)) throw malformed(key, 'no such key is in use');
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
  if (text(KEY.format) !== FORMAT) throw malformed(KEY.format, `version ${quote(text(KEY.format))} is not ${FORMAT}`);
  const activation = ACTIVATIONS.find((name) => name === text(KEY.activation));
  if (activation === undefined)
    throw malformed(KEY.activation, `${quote(text(KEY.activation))} is not one of ${ACTIVATIONS.join(', ')}`);
  return {
    input: {
      lo: number(KEY.lo),
      hi: number(KEY.hi),
      zeroPoint: number(KEY.inputZeroPoint),
      scale: number(KEY.inputScale),
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
    : { scale, zeroPoint, activation, labels: readLabels(labels) };
}

function readLabels(text: string): readonly string[] {
  if (text.length > MAX_LABELS_TEXT)
    throw malformed(KEY.labels, `it has ${text.length} characters, at most ${MAX_LABELS_TEXT}`);
  try {
    const labels: unknown = JSON.parse(text);
    if (Array.isArray(labels) && labels.every((label) => typeof label === 'string')) return labels as string[];
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw malformed(KEY.labels, 'it is not a JSON list of strings');
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 80));
const malformed = (key: string, why: string): ExactModelMalformed =>
  new ExactModelMalformed(`metadata ${key}`, why, { key });

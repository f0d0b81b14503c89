import type { Dim, ValueInfo } from '../../core/onnx/model.ts';
import { DTYPES, type Tensor } from '../../core/tensor/tensor.ts';
import type { LoadOptions } from '../../ports/Runtime.ts';
import { expectFrame, type Frame, KINDS } from './wire.ts';

/** The JSON in the frames of a process's life; runs and results are tensors only. */
export interface LoadOrder {
  readonly threads: number;
  readonly optimization: NonNullable<LoadOptions['optimization']>;
  /** Largest result frame. */
  readonly maxAnswerBytes: number;
}

export interface Loaded {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface Failure {
  readonly message: string;
  readonly outOfMemory: boolean;
}

/** What a process says quotes names from the model, which may be long and hold control characters. */
export const printable = (said: string): string => said.slice(0, 600).replace(/\p{C}+/gu, ' ');

/** How onnxruntime, C++, V8 and the C library word it. */
export const isOutOfMemory = (text: string): boolean =>
  /bad[ _]?alloc|failed to allocate|out of memory|cannot allocate|allocation failed/i.test(text);

function json(frame: Frame): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(frame.byteStrings()[0]));
  } catch (error) {
    expectFrame(false, `not JSON: ${error}`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isDim = (dim: unknown): dim is Dim => dim === null || typeof dim === 'string' || Number.isSafeInteger(dim);
const isValueInfo = (value: unknown): value is ValueInfo =>
  isObject(value) &&
  typeof value['name'] === 'string' &&
  typeof value['dtype'] === 'string' &&
  Object.hasOwn(DTYPES, value['dtype']) &&
  (value['dims'] === null || (Array.isArray(value['dims']) && value['dims'].every(isDim)));
const isValueList = (value: unknown): value is ValueInfo[] => Array.isArray(value) && value.every(isValueInfo);

/** What a process says after loading. A hostile model may have taken it over. @throws {FrameMalformed} */
export function readLoaded(frame: Frame): Loaded {
  expectFrame(frame.kind === KINDS.loaded, `kind ${frame.kind} instead of ${KINDS.loaded}`);
  const value = json(frame);
  expectFrame(isObject(value) && isValueList(value['inputs']) && isValueList(value['outputs']), 'not a signature');
  return { inputs: value['inputs'], outputs: value['outputs'] };
}

/** @throws {FrameMalformed} */
export function readFailure(frame: Frame): Failure {
  const value = json(frame);
  expectFrame(isObject(value) && typeof value['message'] === 'string', 'not a failure');
  return { message: value['message'], outOfMemory: value['outOfMemory'] === true };
}

/** The tensors of a result, of the types that the model declares. @throws {FrameMalformed} {@link TensorMalformed} */
export function checkAnswer(frame: Frame, outputs: readonly ValueInfo[]): Tensor[] {
  expectFrame(frame.kind === KINDS.result, `kind ${frame.kind} instead of ${KINDS.result}`);
  const tensors = frame.tensors();
  expectFrame(tensors.length === outputs.length, `${tensors.length} outputs instead of ${outputs.length}`);
  tensors.forEach(({ dtype }, index) => {
    const { name, dtype: declared } = outputs[index]!;
    expectFrame(dtype === declared, `output ${name} is ${dtype} instead of ${declared}`);
  });
  return tensors;
}

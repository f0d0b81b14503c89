import type { ValueInfo } from '../../core/onnx/model.ts';
import { DTYPES, elementCount, type Tensor, TensorMalformed } from '../../core/tensor/tensor.ts';
import type { ServedVersion } from '../../service/inference.ts';
import { JsonTooLarge, RequestMalformed } from '../errors.ts';
import { type GatewayLimits, MAX_NAME, MAX_RANK, MAX_TENSORS } from '../limits.ts';
import { dtypeOfOip, OIP_DATATYPES } from './datatype.ts';
import { type TensorHeader, tensorOfBytes, tensorOfJson } from './decodeTensor.ts';
import { readJson } from './readJson.ts';

/** How the answer is to be written. */
export interface WantedOutput {
  readonly name: string;
  readonly binary: boolean;
}

export interface DecodedRequest {
  readonly id: string | undefined;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** In the order in which they are to be answered; never empty. */
  readonly outputs: readonly WantedOutput[];
}

type Json = Readonly<Record<string, unknown>>;

/** The specification's own examples repeat the model's name in the body. */
const REQUEST_KEYS: ReadonlySet<string> = new Set([
  'id',
  'parameters',
  'inputs',
  'outputs',
  'model_name',
  'model_version',
]);
const INPUT_KEYS: ReadonlySet<string> = new Set(['name', 'shape', 'datatype', 'parameters', 'data']);
const OUTPUT_KEYS: ReadonlySet<string> = new Set(['name', 'parameters']);
/** Parameters that would change the meaning of the answer if they were ignored. */
const UNSUPPORTED = /^(shared_memory_(region|offset|byte_size)|classification|sequence_(id|start|end))$/;

/**
 * Decodes an inference request of the Open Inference Protocol v2, with or without the binary tensor data extension.
 * `headerLength` is the Inference-Header-Content-Length header. Nothing is allocated for a tensor before its data is
 * seen to be there.
 * @throws {RequestMalformed} {@link JsonTooLarge}
 */
export function decodeRequest(
  body: Uint8Array,
  headerLength: string | undefined,
  version: ServedVersion,
  limits: GatewayLimits,
): DecodedRequest {
  const jsonBytes = headerLength === undefined ? body.length : parseHeaderLength(headerLength, body.length);
  if (jsonBytes === 0 && headerLength !== undefined) return decodeRaw(body, version);
  if (jsonBytes > limits.maxJsonBytes) throw new JsonTooLarge(jsonBytes, limits.maxJsonBytes);
  const root = objectAt(readJson(body.subarray(0, jsonBytes)), 'the request');
  onlyKeys(root, REQUEST_KEYS, 'the request');
  const { id } = root;
  if (id !== undefined && (typeof id !== 'string' || id.length > MAX_NAME))
    throw malformed(`"id" is not a string of at most ${MAX_NAME} characters`);
  checkAddressee(root, version);
  const parameters = parametersOf(root, 'the request');
  const binaryDefault = flag(parameters, 'binary_data_output', 'the request') ?? false;
  return {
    id,
    inputs: decodeInputs(listAt(root, 'inputs'), body.subarray(jsonBytes)),
    outputs: decodeOutputs(root, version.outputs, binaryDefault),
  };
}

/** Dimensions are hashed as unsigned 32-bit numbers (tensor commitment) and indexed as signed ones (onnxruntime). */
const MAX_DIMENSION = 0x7fff_ffff;
const isDimension = (dim: unknown): boolean =>
  Number.isInteger(dim) && (dim as number) >= 0 && (dim as number) <= MAX_DIMENSION;

/** A hostile value, short enough for a message. */
const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 40) ?? 'missing';

const malformed = (why: string, fix = 'See the Open Inference Protocol v2, "Inference Request JSON Object".') =>
  new RequestMalformed(why, fix);

function parseHeaderLength(text: string, bodyBytes: number): number {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text) || Number(text) > bodyBytes) {
    throw malformed(
      `Inference-Header-Content-Length is ${JSON.stringify(text.slice(0, 40))} and the body has ${bodyBytes} bytes`,
      'Give the number of bytes of the JSON part, at most the length of the body.',
    );
  }
  return Number(text);
}

/** Triton's raw form: the body is the only input, its one open dimension follows from the length. */
function decodeRaw(body: Uint8Array, version: ServedVersion): DecodedRequest {
  const [input, ...others] = version.inputs;
  const open = input?.dims?.filter((dim) => typeof dim !== 'number') ?? [];
  if (input === undefined || others.length > 0 || input.dims === null || open.length > 1) {
    throw malformed(
      'a raw body (Inference-Header-Content-Length: 0) needs a model with one input and at most one open dimension',
      'Send the JSON part with the shape.',
    );
  }
  const header = (rows: number): TensorHeader => ({
    name: input.name,
    dtype: input.dtype,
    dims: input.dims!.map((dim) => (typeof dim === 'number' ? dim : rows)),
  });
  const one = elementCount(header(1).dims) * DTYPES[input.dtype].bytes;
  const rows = open.length === 1 && one > 0 ? Math.floor(body.length / one) : 1;
  return {
    id: undefined,
    inputs: new Map([[input.name, tensorOfBytes(header(rows), body)]]),
    outputs: version.outputs.map(({ name }) => ({ name, binary: true })),
  };
}

/** Input tensors by name; those with `binary_data_size` lie one after the other in `binary`. @throws {RequestMalformed} */
export function decodeInputs(list: readonly unknown[], binary: Uint8Array): ReadonlyMap<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  let offset = 0;
  for (const [index, item] of list.entries()) {
    const where = `inputs[${index}]`;
    const input = objectAt(item, where);
    onlyKeys(input, INPUT_KEYS, where);
    const header = headerOf(input, where);
    if (inputs.has(header.name)) throw malformed(`input ${JSON.stringify(header.name)} is given twice`);
    const size = parametersOf(input, where)['binary_data_size'];
    if (size === undefined) {
      inputs.set(header.name, tensorOfJson(header, input['data']));
      continue;
    }
    if (input['data'] !== undefined) throw malformed(`${where} has both "data" and binary_data_size`);
    if (!Number.isSafeInteger(size) || (size as number) < 0 || offset + (size as number) > binary.length) {
      throw malformed(
        `${where}: binary_data_size is ${show(size)} and ${binary.length - offset} binary bytes are left`,
        'binary_data_size must be the number of bytes of this tensor behind the JSON part.',
      );
    }
    inputs.set(header.name, tensorOfBytes(header, binary.subarray(offset, offset + (size as number))));
    offset += size as number;
  }
  if (offset !== binary.length) {
    throw malformed(
      `${binary.length - offset} bytes follow the last binary tensor`,
      'Make the sum of all binary_data_size equal to the bytes behind the JSON part.',
    );
  }
  return inputs;
}

function headerOf(input: Json, where: string): TensorHeader {
  const name = nameOf(input, where);
  const { datatype, shape } = input as { datatype?: unknown; shape?: unknown };
  const dtype = typeof datatype === 'string' ? dtypeOfOip(datatype) : undefined;
  if (dtype === undefined) {
    throw malformed(`${where}: datatype is ${show(datatype)}`, `This node takes ${OIP_DATATYPES}.`);
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isDimension)) {
    throw malformed(
      `${where}: shape is ${show(shape)}`,
      `A shape is an array of at most ${MAX_RANK} integers from 0 to ${MAX_DIMENSION}.`,
    );
  }
  try {
    elementCount(shape as number[]);
  } catch (error) {
    if (error instanceof TensorMalformed) throw malformed(`${where}: ${error.why}`);
    throw error;
  }
  return { name, dtype, dims: shape as number[] };
}

function decodeOutputs(root: Json, produced: readonly ValueInfo[], binaryDefault: boolean): readonly WantedOutput[] {
  const list = root['outputs'] === undefined ? [] : listAt(root, 'outputs');
  if (list.length === 0) return produced.map(({ name }) => ({ name, binary: binaryDefault }));
  const seen = new Set<string>();
  return list.map((item, index) => {
    const where = `outputs[${index}]`;
    const output = objectAt(item, where);
    onlyKeys(output, OUTPUT_KEYS, where);
    const name = nameOf(output, where);
    if (seen.has(name)) throw malformed(`output ${JSON.stringify(name)} is asked for twice`);
    seen.add(name);
    if (!produced.some((value) => value.name === name)) {
      throw malformed(
        `the model has no output ${JSON.stringify(name)}`,
        `It has ${produced.map((value) => JSON.stringify(value.name)).join(', ')}.`,
      );
    }
    return { name, binary: flag(parametersOf(output, where), 'binary_data', where) ?? binaryDefault };
  });
}

function checkAddressee(root: Json, version: ServedVersion): void {
  const { model_name: model, model_version: number } = root as { model_name?: unknown; model_version?: unknown };
  if (model !== undefined && model !== version.model)
    throw malformed(`"model_name" differs from the address, which says ${JSON.stringify(version.model)}`);
  if (number !== undefined && number !== '' && number !== version.versionId.toString())
    throw malformed(`"model_version" differs from the version that answers, ${version.versionId}`);
}

function objectAt(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`${where} is not a JSON object`);
  return value as Json;
}

function listAt(object: Json, key: string): readonly unknown[] {
  const value = object[key];
  if (!Array.isArray(value) || value.length > MAX_TENSORS)
    throw malformed(`"${key}" is not an array of at most ${MAX_TENSORS} tensors`);
  return value;
}

/** Own keys only, so `__proto__` and `constructor` are just unknown keys. */
function onlyKeys(object: Json, known: ReadonlySet<string>, where: string): void {
  for (const key of Object.keys(object)) {
    if (!known.has(key)) {
      throw malformed(
        `${where} has the unknown key ${JSON.stringify(key.slice(0, 40))}`,
        `The keys are ${[...known].join(', ')}; anything else belongs into "parameters".`,
      );
    }
  }
}

function nameOf(object: Json, where: string): string {
  const { name } = object as { name?: unknown };
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME)
    throw malformed(`${where}: name is not a string of 1 to ${MAX_NAME} characters`);
  return name;
}

const NO_PARAMETERS: Json = Object.freeze(Object.create(null) as Json);

/** Unknown parameters are the one thing that the protocol lets servers ignore; their values must still be flat. */
function parametersOf(object: Json, where: string): Json {
  if (object['parameters'] === undefined) return NO_PARAMETERS;
  const parameters = objectAt(object['parameters'], `"parameters" of ${where}`);
  for (const [key, value] of Object.entries(parameters)) {
    if (typeof value === 'object')
      throw malformed(`parameter ${JSON.stringify(key.slice(0, 40))} of ${where} is not a string, number or boolean`);
    if (UNSUPPORTED.test(key)) throw malformed(`parameter ${key} of ${where} is not supported`, 'Leave it out.');
  }
  return parameters;
}

function flag(parameters: Json, key: string, where: string): boolean | undefined {
  const value = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
  if (value !== undefined && typeof value !== 'boolean')
    throw malformed(`parameter ${key} of ${where} is not true or false`);
  return value;
}

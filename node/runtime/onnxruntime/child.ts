import { readSync, writeSync } from 'node:fs';
import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ProtocolError } from '../../core/errors.ts';
import type { Dim, ValueInfo } from '../../core/onnx/model.ts';
import { DTYPES, type DType, type Tensor } from '../../core/tensor/tensor.ts';
import { RuntimeLoadFailed, RuntimeRunFailed } from '../errors.ts';
import { startGuard } from './guard.ts';
import { type Failure, isOutOfMemory, type Loaded, type LoadOrder, printable } from './protocol.ts';
import {
  bytesFrame,
  type Frame,
  FrameBuffer,
  FrameReader,
  KINDS,
  MAX_FRAME_BYTES,
  tensorsFrameBytes,
  writeTensors,
} from './wire.ts';

/**
 * The program of one runtime process: one model, one socket, runs in the order in which they come. It reads and writes
 * blocking: there is nothing else to do meanwhile, and a result is in the socket before the next run begins, so that
 * the parent knows which run killed this process.
 */
const SOCKET = 3;
const chunk = new Uint8Array(1 << 18);
const reader = new FrameReader(MAX_FRAME_BYTES);

function send(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(SOCKET, bytes, sent);
}

const sendJson = (kind: typeof KINDS.loaded | typeof KINDS.failed, id: number, value: Loaded | Failure): void =>
  send(bytesFrame(kind, id, [Buffer.from(JSON.stringify(value))]));

function* frames(): Generator<Frame> {
  for (let size = readSync(SOCKET, chunk); size > 0; size = readSync(SOCKET, chunk)) {
    yield* reader.push(chunk.subarray(0, size));
  }
}

/** onnxruntime reports an unknown rank like rank 0. */
function valueInfo(value: InferenceSession.ValueMetadata): ValueInfo {
  if (!value.isTensor) throw new RuntimeLoadFailed(`${value.name} is not a tensor`);
  if (!Object.hasOwn(DTYPES, value.type))
    throw new RuntimeLoadFailed(`${value.name} has the unsupported type ${value.type}`);
  const dims = value.shape.map((dim): Dim => (dim === '' ? null : dim));
  const wrong = dims.find((dim) => typeof dim === 'number' && !Number.isSafeInteger(dim));
  if (wrong !== undefined) throw new RuntimeLoadFailed(`${value.name} has the dimension ${wrong}`);
  return { name: value.name, dtype: value.type as DType, dims: dims.length === 0 ? null : dims };
}

const failure = (error: unknown): Failure => {
  const message = printable(
    error instanceof ProtocolError ? error.why : error instanceof Error ? error.message : String(error),
  );
  return { message, outOfMemory: isOutOfMemory(message) };
};

class Model {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #session: InferenceSession;
  readonly #maxAnswerBytes: number;
  #answer = new FrameBuffer(1 << 16);

  constructor(session: InferenceSession, maxAnswerBytes: number) {
    this.#session = session;
    this.#maxAnswerBytes = maxAnswerBytes;
    this.inputs = session.inputMetadata.map(valueInfo);
    this.outputs = session.outputMetadata.map(valueInfo);
  }

  async run(frame: Frame): Promise<void> {
    const tensors = frame.tensors();
    const feeds: Record<string, OrtTensor> = Object.create(null);
    this.inputs.forEach(({ name }, index) => {
      const { dtype, data, dims } = tensors[index]!;
      feeds[name] = new OrtTensor(dtype, data as never, dims);
    });
    const results = await this.#session.run(feeds);
    this.#send(
      frame.id,
      this.outputs.map(({ name }) => asTensor(results[name], name)),
    );
  }

  #send(id: number, outputs: readonly Tensor[]): void {
    const size = tensorsFrameBytes(outputs);
    if (size > this.#maxAnswerBytes) {
      throw new RuntimeRunFailed(`the outputs take ${size} bytes, the limit is ${this.#maxAnswerBytes}`);
    }
    if (size > this.#answer.bytes.length) this.#answer = new FrameBuffer(size);
    send(this.#answer.bytes.subarray(0, writeTensors(this.#answer, 0, KINDS.result, id, outputs)));
  }
}

function asTensor(result: OrtTensor | undefined, name: string): Tensor {
  if (result === undefined) throw new RuntimeRunFailed(`the model gave no output ${name}`);
  return { dtype: result.type as DType, dims: result.dims, data: result.data as Tensor['data'] };
}

async function load(frame: Frame): Promise<Model> {
  const [order, bytes] = frame.byteStrings();
  const { threads, optimization, maxAnswerBytes } = JSON.parse(new TextDecoder().decode(order)) as LoadOrder;
  const session = await InferenceSession.create(bytes!, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: optimization,
    logSeverityLevel: 4,
  });
  return new Model(session, maxAnswerBytes);
}

async function main(): Promise<void> {
  const [guard, memoryBytes] = process.argv.slice(2);
  if (guard === 'guard') await startGuard(memoryBytes === undefined ? Number.POSITIVE_INFINITY : Number(memoryBytes));
  env.logLevel = 'fatal';
  let model: Model | undefined;
  for (const frame of frames()) {
    try {
      if (model === undefined) {
        model = await load(frame);
        sendJson(KINDS.loaded, frame.id, { inputs: model.inputs, outputs: model.outputs });
      } else await model.run(frame);
    } catch (error) {
      sendJson(KINDS.failed, frame.id, failure(error));
    }
  }
}

await main();

import { DTYPES, type DType, tensor } from '../../node/core/tensor/tensor.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../node/gateway/app.ts';
import type { Log } from '../../node/ports/Log.ts';
import type { InferenceService } from '../../node/service/inference.ts';
import { denseModel, node, onnxFile } from './denseModel.ts';
import { inferenceFixture } from './inferenceFixture.ts';
import { type LocalModel, localSession } from './localSession.ts';
import { testSigner } from './testSigner.ts';

/** The model of the documentation examples: input0 UINT32 [2,2] and input1 BOOL [3] give output0 FP32 [3,2]. */
export function documentationModel(): LocalModel {
  const inputs = [
    { name: 'input0', dtype: 'uint32', dims: [2, 2] },
    { name: 'input1', dtype: 'bool', dims: [3] },
  ] as const;
  const outputs = [{ name: 'output0', dtype: 'float32', dims: [3, 2] }] as const;
  const toFloat = new Map([['to', { type: 'int', value: DTYPES.float32.onnx }]] as const);
  const file = onnxFile({
    inputs,
    outputs,
    initializers: new Map([
      ['column', tensor('int64', [2], BigInt64Array.of(3n, 1n))],
      ['axes', tensor('int64', [1], BigInt64Array.of(0n))],
    ]),
    nodes: [
      node('Cast', ['input0'], ['numbers'], toFloat),
      node('Cast', ['input1'], ['flags'], toFloat),
      node('ReduceSum', ['numbers', 'axes'], ['sums']),
      node('Reshape', ['flags', 'column'], ['rows']),
      node('Mul', ['rows', 'sums'], ['output0']),
    ],
  });
  return { file, inputs, outputs };
}

/** Gives back one tensor of every element type: `in_int64` to `out_int64` and so on, each of shape [N]. */
export function echoModel(dtypes: readonly DType[] = Object.keys(DTYPES) as DType[]): LocalModel {
  const values = (prefix: string) => dtypes.map((dtype) => ({ name: `${prefix}_${dtype}`, dtype, dims: ['N'] }));
  const [inputs, outputs] = [values('in'), values('out')];
  const nodes = dtypes.map((dtype) => node('Identity', [`in_${dtype}`], [`out_${dtype}`]));
  return { file: onnxFile({ inputs, outputs, nodes, initializers: new Map() }), inputs, outputs };
}

/** A log that tests can read. */
export interface RecordedLog extends Log {
  readonly lines: readonly { readonly level: string; readonly event: string; readonly fields: object }[];
}

export function recordedLog(): RecordedLog {
  const lines: { level: string; event: string; fields: object }[] = [];
  const at =
    (level: string) =>
    (event: string, fields: object = {}): void => {
      lines.push({ level, event, fields });
    };
  const log: RecordedLog = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}

/** Models `mymodel`, `dense` (x FP32 [N,4]), `dense` version 2 (not live) and `echo`, served for real. */
export async function realInference(): Promise<InferenceService> {
  const dense = denseModel(4, 1);
  return inferenceFixture(
    [
      { model: 'mymodel', session: await localSession(documentationModel()) },
      { model: 'dense', session: await localSession(dense) },
      { model: 'dense', versionId: 2n, live: false, session: await localSession(denseModel(4, 2)) },
      { model: 'echo', session: await localSession(echoModel()) },
    ],
    testSigner('worker'),
  );
}

export function gatewayOver(
  inference: InferenceService,
  options: Partial<GatewayOptions> = {},
): Gateway & { readonly log: RecordedLog } {
  const log = recordedLog();
  return { ...createGateway({ inference, info: { name: 'assay', version: '0.1.0' }, ...options, log }), log };
}

/** Body and headers of a request in the form of the binary tensor data extension. */
export function binaryRequest(json: object, ...tensors: readonly Uint8Array[]): RequestInit {
  const head = Buffer.from(JSON.stringify(json));
  return {
    method: 'POST',
    body: Buffer.concat([head, ...tensors]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) },
  };
}

/** JSON part and binary part of an answer in that form. */
export async function binaryAnswer(response: Response): Promise<{ json: Record<string, unknown>; binary: Uint8Array }> {
  const body = new Uint8Array(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length'));
  return { json: JSON.parse(Buffer.from(body.subarray(0, length)).toString()), binary: body.slice(length) };
}

export const jsonRequest = (json: unknown): RequestInit => ({
  method: 'POST',
  body: typeof json === 'string' ? json : JSON.stringify(json),
  headers: { 'content-type': 'application/json' },
});

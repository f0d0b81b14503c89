import { encodeReceipt } from '../../core/codec/decodeReceipt.ts';
import { invariant } from '../../core/errors.ts';
import { type Tensor, tensorBytes } from '../../core/tensor/tensor.ts';
import type { InferenceAnswer } from '../../service/inference.ts';
import type { Reply } from '../reply.ts';
import type { DecodedRequest } from './decodeRequest.ts';
import { binaryOutput, jsonOutput } from './encodeTensor.ts';

/** Response header and request header of the binary tensor data extension. */
export const HEADER_LENGTH = 'inference-header-content-length';

/**
 * The answer as an $inference_response, JSON alone or JSON followed by the binary tensors. `parameters` carries what
 * the protocol has no field for; its values are strings because the protocol allows nothing deeper.
 */
export function encodeResponse(answer: InferenceAnswer, request: DecodedRequest): Reply {
  const outputs: string[] = [];
  const binary: Tensor[] = [];
  for (const { name, binary: wantsBinary } of request.outputs) {
    const tensor = answer.outputs.get(name);
    invariant(tensor !== undefined, `the service answered without output ${name}`);
    outputs.push(wantsBinary ? binaryOutput(name, tensor) : jsonOutput(name, tensor));
    if (wantsBinary) binary.push(tensor);
  }
  const { model, versionId } = answer.version;
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`;
  const json = `{"model_name":${JSON.stringify(model)},"model_version":"${versionId}",${id}"parameters":${parametersText(answer)},"outputs":[${outputs.join(',')}]}`;
  if (binary.length === 0) return { status: 200, headers: { 'content-type': 'application/json' }, body: json };
  const body = concat(json, binary);
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      [HEADER_LENGTH]: String(body.length - binary.reduce((sum, t) => sum + t.data.byteLength, 0)),
    },
    body,
  };
}

function parametersText({ receipt: signed, version }: InferenceAnswer): string {
  const { receipt } = signed;
  return `{"job_id":"${receipt.jobId}","program_root":"${receipt.programRoot}","input_root":"${receipt.inputRoot}","output_root":"${receipt.outputRoot}","cid":${JSON.stringify(version.cid)},"receipt":${JSON.stringify(encodeReceipt(signed))}}`;
}

function concat(json: string, tensors: readonly Tensor[]): Uint8Array {
  const jsonBytes = Buffer.byteLength(json);
  const body = Buffer.allocUnsafe(tensors.reduce((sum, t) => sum + t.data.byteLength, jsonBytes));
  body.write(json, 0, 'utf8');
  let offset = jsonBytes;
  for (const t of tensors) {
    body.set(tensorBytes(t), offset);
    offset += t.data.byteLength;
  }
  return body;
}

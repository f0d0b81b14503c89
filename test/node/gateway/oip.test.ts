import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { decodeReceipt } from '../../../node/core/codec/decodeReceipt.ts';
import { verifyReceipt } from '../../../node/core/codec/receipt.ts';
import { tensorCommitment } from '../../../node/core/merkle/tensorCommitment.ts';
import { DTYPES, type DType, type DTypeArrays, tensor, tensorBytes } from '../../../node/core/tensor/tensor.ts';
import type { Gateway } from '../../../node/gateway/app.ts';
import type { InferenceService } from '../../../node/service/inference.ts';
import { binaryAnswer, binaryRequest, gatewayOver, jsonRequest, realInference } from '../../helpers/gatewayFixture.ts';
import { testSigner } from '../../helpers/testSigner.ts';
import {
  inferenceSchema,
  liveSchema,
  modelMetadataSchema,
  modelReadySchema,
  problemSchema,
  serverMetadataSchema,
} from './schemas.ts';

const uint32 = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

describe('Open Inference Protocol v2', () => {
  let inference: InferenceService;
  let app: Gateway['app'];
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const infer = async (path: string, init: RequestInit) => {
    const response = await app.request(path, init);
    return { status: response.status, response, body: (await response.json()) as Record<string, never> };
  };

  before(async () => {
    inference = await realInference();
    app = gatewayOver(inference).app;
  });

  describe('metadata and health', () => {
    it('server metadata', async () => {
      for (const path of ['/v2', '/v2/']) {
        const { status, body } = await get(path);
        assert.equal(status, 200);
        assert.ok(serverMetadataSchema.parse(body).extensions.includes('binary_tensor_data'));
      }
    });

    it('live and ready', async () => {
      for (const path of ['/v2/health/live', '/v2/health/ready']) {
        const { status, body } = await get(path);
        assert.equal(status, 200);
        assert.equal(liveSchema.parse(body).live, true);
      }
    });

    it('behavior: 503 while the service is not ready, but live', async () => {
      const starting = gatewayOver({ ...inference, ready: () => false }).app;
      const ready = await starting.request('/v2/health/ready');
      assert.equal(ready.status, 503);
      assert.deepEqual(liveSchema.parse(await ready.json()), { live: false, ready: false });
      assert.equal((await starting.request('/v2/models/dense/ready')).status, 503);
      assert.equal((await starting.request('/v2/health/live')).status, 200);
    });

    it('model metadata, by name and by version', async () => {
      const live = modelMetadataSchema.parse((await get('/v2/models/dense')).body);
      assert.deepEqual(live.versions, ['1', '2']);
      assert.deepEqual(live.inputs, [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }]);
      assert.equal(live.parameters['version'], '1');
      const second = modelMetadataSchema.parse((await get('/v2/models/dense/versions/2')).body);
      assert.equal(second.parameters['live'], false);
      for (const path of ['/v2/models/dense/ready', '/v2/models/dense/versions/2/ready'])
        assert.deepEqual(modelReadySchema.parse((await get(path)).body), { name: 'dense', ready: true });
    });

    it('model index and home page name what is served', async () => {
      for (const path of ['/v2/models', '/']) {
        const { models } = (await get(path)).body as { models: { name: string }[] };
        assert.deepEqual(new Set(models.map(({ name }) => name)), new Set(['mymodel', 'dense', 'echo']));
      }
    });

    it('error: VersionNotServed names what is served', async () => {
      for (const path of [
        '/v2/models/nope',
        '/v2/models/dense/versions/3',
        '/v2/models/..%2f..%2fetc%2fpasswd/ready',
      ]) {
        const { status, body } = await get(path);
        assert.equal(status, 404, path);
        assert.equal(problemSchema.parse(body).code, 'VERSION_NOT_SERVED');
        assert.match(String(body['error']), /mymodel, dense, echo/);
      }
    });

    it('error: RouteUnknown and MethodRefused', async () => {
      const unknown = await app.request('/v3');
      assert.equal(unknown.status, 404);
      assert.equal(problemSchema.parse(await unknown.json()).code, 'ROUTE_UNKNOWN');
      const wrong = await app.request('/v2/models/dense/infer');
      assert.equal(wrong.status, 405);
      assert.equal(wrong.headers.get('allow'), 'POST');
      assert.equal(problemSchema.parse(await wrong.json()).code, 'METHOD_REFUSED');
      assert.equal((await app.request('/v2', { method: 'DELETE' })).status, 405);
    });
  });

  describe('documentation examples', () => {
    const jsonExample = {
      id: '42',
      inputs: [
        { name: 'input0', shape: [2, 2], datatype: 'UINT32', data: [1, 2, 3, 4] },
        { name: 'input1', shape: [3], datatype: 'BOOL', data: [true, false, true] },
      ],
      outputs: [{ name: 'output0' }],
    };

    it('inference_rest.md, request in JSON', async () => {
      const { status, body } = await infer('/v2/models/mymodel/infer', jsonRequest(jsonExample));
      assert.equal(status, 200);
      const answer = inferenceSchema.parse(body);
      assert.equal(answer.id, '42');
      assert.equal(answer.model_name, 'mymodel');
      assert.deepEqual(answer.outputs, [
        { name: 'output0', shape: [3, 2], datatype: 'FP32', data: [4, 6, 0, 0, 4, 6] },
      ]);
    });

    it('inference_rest.md literally: its BOOL tensor has one value for three, which we refuse', async () => {
      const inputs = [jsonExample.inputs[0], { name: 'input1', shape: [3], datatype: 'BOOL', data: [true] }];
      const { status, body } = await infer('/v2/models/mymodel/infer', jsonRequest({ ...jsonExample, inputs }));
      assert.equal(status, 400);
      assert.match(problemSchema.parse(body).error, /shape \[3\] needs 3 values, "data" has 1/);
    });

    it('extension_binary_data.md, both ways', async () => {
      const request = binaryRequest(
        {
          model_name: 'mymodel',
          inputs: [
            { name: 'input0', shape: [2, 2], datatype: 'UINT32', parameters: { binary_data_size: 16 } },
            { name: 'input1', shape: [3], datatype: 'BOOL', parameters: { binary_data_size: 3 } },
          ],
          outputs: [{ name: 'output0', parameters: { binary_data: true } }],
        },
        uint32(1, 2, 3, 4),
        Uint8Array.of(1, 0, 1),
      );
      const response = await app.request('/v2/models/mymodel/infer', request);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/octet-stream');
      const { json, binary } = await binaryAnswer(response);
      assert.deepEqual(inferenceSchema.parse(json).outputs, [
        { name: 'output0', shape: [3, 2], datatype: 'FP32', parameters: { binary_data_size: 24 } },
      ]);
      assert.deepEqual(new Float32Array(binary.buffer), Float32Array.of(4, 6, 0, 0, 4, 6));
    });
  });

  describe('infer', () => {
    const x = (data: unknown, shape: unknown = [1, 4]) => ({ inputs: [{ name: 'x', datatype: 'FP32', shape, data }] });

    it('behavior: the receipt in the parameters verifies and commits to what was sent and answered', async () => {
      const { body } = await infer('/v2/models/dense/infer', jsonRequest(x([1, 2, 3, 4])));
      const { parameters, outputs } = inferenceSchema.parse(body);
      const signed = decodeReceipt(String(parameters['receipt']));
      verifyReceipt(signed, testSigner('worker').address);
      const sent = tensor('float32', [1, 4], Float32Array.of(1, 2, 3, 4));
      const answered = tensor('float32', [1, 4], Float32Array.from(outputs[0]!.data as number[]));
      assert.equal(signed.receipt.inputRoot, tensorCommitment(sent));
      assert.equal(signed.receipt.outputRoot, tensorCommitment(answered));
      assert.equal(parameters['input_root'], signed.receipt.inputRoot);
      assert.equal(parameters['output_root'], signed.receipt.outputRoot);
      assert.equal(parameters['program_root'], signed.receipt.programRoot);
      assert.equal(parameters['job_id'], signed.receipt.jobId);
    });

    it('behavior: flat, nested, binary and raw inputs give the same receipt roots', async () => {
      const rows = [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ];
      const bytes = new Uint8Array(Float32Array.from(rows.flat()).buffer);
      const roots = new Set<unknown>();
      for (const request of [
        jsonRequest(x(rows.flat(), [2, 4])),
        jsonRequest(x(rows, [2, 4])),
        binaryRequest(
          { inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 4], parameters: { binary_data_size: 32 } }] },
          bytes,
        ),
      ]) {
        const { status, body } = await infer('/v2/models/dense/infer', request);
        assert.equal(status, 200);
        roots.add(inferenceSchema.parse(body).parameters['input_root']);
      }
      const raw = { method: 'POST', body: bytes, headers: { 'inference-header-content-length': '0' } };
      const { json, binary } = await binaryAnswer(await app.request('/v2/models/dense/infer', raw));
      assert.equal(binary.length, 32);
      roots.add(inferenceSchema.parse(json).parameters['input_root']);
      assert.equal(roots.size, 1);
    });

    it('args: version in the path', async () => {
      const { body } = await infer('/v2/models/dense/versions/2/infer', jsonRequest(x([1, 2, 3, 4])));
      assert.equal(inferenceSchema.parse(body).model_version, '2');
    });

    it('args: binary_data_output for all, binary_data overriding it for one', async () => {
      const inputs = (Object.keys(DTYPES) as DType[]).map((dtype) => ({
        name: `in_${dtype}`,
        datatype: DTYPES[dtype].oip,
        shape: [1],
        data: [dtype === 'bool' ? true : 1],
      }));
      const outputs = [{ name: 'out_int64' }, { name: 'out_uint8', parameters: { binary_data: false } }];
      const request = jsonRequest({ inputs, outputs, parameters: { binary_data_output: true } });
      const { json, binary } = await binaryAnswer(await app.request('/v2/models/echo/infer', request));
      const [wide, small] = inferenceSchema.parse(json).outputs;
      assert.deepEqual(wide!.parameters, { binary_data_size: 8 });
      assert.deepEqual(small!.data, [1]);
      assert.deepEqual(new BigInt64Array(binary.buffer), BigInt64Array.of(1n));
    });

    it('behavior: every element type survives JSON and binary, extremes included', async () => {
      const extremes: Readonly<Record<DType, readonly (number | boolean)[]>> = {
        float32: [-0, 3.4028234663852886e38, -1.401298464324817e-45],
        float64: [-0, Number.MAX_VALUE, -Number.MIN_VALUE],
        uint8: [0, 1, 255],
        int8: [-128, 0, 127],
        uint16: [0, 1, 65535],
        int16: [-32768, 0, 32767],
        uint32: [0, 1, 4294967295],
        int32: [-2147483648, 0, 2147483647],
        uint64: [0, 1, Number.MAX_SAFE_INTEGER],
        int64: [Number.MIN_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER],
        bool: [true, false, true],
      };
      const dtypes = Object.keys(DTYPES) as DType[];
      // Written by hand: JSON.stringify writes -0 as 0.
      const text = (values: readonly (number | boolean)[]) =>
        values.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join(',');
      const inputs = dtypes.map(
        (d) => `{"name":"in_${d}","datatype":"${DTYPES[d].oip}","shape":[3],"data":[${text(extremes[d])}]}`,
      );
      const { status, body } = await infer('/v2/models/echo/infer', jsonRequest(`{"inputs":[${inputs.join(',')}]}`));
      assert.equal(status, 200);
      for (const output of inferenceSchema.parse(body).outputs) {
        const expected = extremes[output.name.slice(4) as DType];
        assert.ok(
          output.data!.every((value, i) => Object.is(value, expected[i])),
          `${output.name}: ${output.data}`,
        );
      }
    });

    it('behavior: values that JSON cannot say come back in binary, and as null in JSON', async () => {
      const values: Partial<DTypeArrays> = {
        float32: Float32Array.of(Number.NaN, Infinity, -Infinity),
        float64: Float64Array.of(Number.NaN, Infinity, -Infinity),
        int64: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
        uint64: BigUint64Array.of(2n ** 64n - 1n, 0n, 2n ** 53n + 1n),
      };
      const all = (Object.keys(DTYPES) as DType[]).map((dtype) => {
        const data = values[dtype] ?? DTYPES[dtype].make(3);
        return { dtype, bytes: tensorBytes(tensor(dtype, [3], data)) };
      });
      const inputs = all.map(({ dtype, bytes }) => ({
        name: `in_${dtype}`,
        datatype: DTYPES[dtype].oip,
        shape: [3],
        parameters: { binary_data_size: bytes.length },
      }));
      const request = (binary: boolean) =>
        binaryRequest({ inputs, parameters: { binary_data_output: binary } }, ...all.map(({ bytes }) => bytes));
      const { binary } = await binaryAnswer(await app.request('/v2/models/echo/infer', request(true)));
      assert.deepEqual(Buffer.from(binary), Buffer.concat(all.map(({ bytes }) => bytes)));
      const text = await (await app.request('/v2/models/echo/infer', request(false))).text();
      assert.match(text, /"out_float32","shape":\[3\],"datatype":"FP32","data":\[null,null,null\]/);
      assert.match(text, /"data":\[9223372036854775807,-9223372036854775808,9007199254740993\]/);
      assert.match(text, /"data":\[18446744073709551615,0,9007199254740993\]/);
    });

    it('error: InputRefused by the service', async () => {
      for (const request of [
        x([1, 2, 3], [1, 3]),
        { inputs: [] },
        { inputs: [{ ...x([1]).inputs[0], name: 'y', shape: [1] }] },
      ]) {
        const { status, body } = await infer('/v2/models/dense/infer', jsonRequest(request));
        assert.equal(status, 400);
        assert.equal(problemSchema.parse(body).code, 'INPUT_REFUSED');
      }
    });

    it('error: ContentEncodingRefused', async () => {
      const { status, body } = await infer('/v2/models/dense/infer', {
        ...jsonRequest(x([1, 2, 3, 4])),
        headers: { 'content-encoding': 'gzip' },
      });
      assert.equal(status, 415);
      assert.equal(problemSchema.parse(body).code, 'CONTENT_ENCODING_REFUSED');
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JsonTooLarge, RequestMalformed } from '../../../../node/gateway/errors.ts';
import { DEFAULT_LIMITS } from '../../../../node/gateway/limits.ts';
import { decodeRequest } from '../../../../node/gateway/oip/decodeRequest.ts';
import type { ServedVersion } from '../../../../node/service/inference.ts';

const version: ServedVersion = {
  model: 'm',
  versionId: 7n,
  live: true,
  programRoot: '0x00',
  cid: 'c',
  inputs: [{ name: 'x', dtype: 'uint8', dims: ['N', 2] }],
  outputs: [
    { name: 'y', dtype: 'float32', dims: ['N', 1] },
    { name: 'z', dtype: 'float32', dims: null },
  ],
  feeWei: 0n,
};

const decode = (json: string, binary: Uint8Array = new Uint8Array(0), length?: string) => {
  const head = Buffer.from(json);
  const declared = length ?? (binary.length > 0 ? String(head.length) : undefined);
  return decodeRequest(Buffer.concat([head, binary]), declared, version, DEFAULT_LIMITS);
};
const one = (tensor: string): string => `{"inputs":[${tensor}]}`;
const head = (rest: string, shape = '[1,2]', datatype = '"UINT8"'): string =>
  one(`{"name":"x","shape":${shape},"datatype":${datatype}${rest}}`);

describe('decodeRequest', () => {
  it('default', () => {
    const { id, inputs, outputs } = decode(head(',"data":[1,2]'));
    assert.equal(id, undefined);
    assert.deepEqual(inputs.get('x'), { dtype: 'uint8', dims: [1, 2], data: Uint8Array.of(1, 2) });
    assert.deepEqual(outputs, [
      { name: 'y', binary: false },
      { name: 'z', binary: false },
    ]);
  });

  it('behavior: unknown parameters are tolerated, an empty outputs list means all', () => {
    const json = '{"parameters":{"priority":1,"a":"b"},"outputs":[],"model_name":"m","model_version":"7","inputs":[]}';
    assert.deepEqual(decode(json).outputs.length, 2);
  });

  it('behavior: unaligned binary data, empty tensors, rank 0', () => {
    const json =
      '{"inputs":[{"name":"a","shape":[1],"datatype":"UINT8","parameters":{"binary_data_size":1}},{"name":"b","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}},{"name":"c","shape":[0,5],"datatype":"INT32","data":[]},{"name":"d","shape":[],"datatype":"BOOL","data":[true]}]}';
    const { inputs } = decode(json, Buffer.concat([Buffer.of(9), new Uint8Array(Float64Array.of(1.5).buffer)]));
    assert.deepEqual(inputs.get('b')!.data, Float64Array.of(1.5));
    assert.deepEqual(inputs.get('c')!.data, new Int32Array(0));
    assert.deepEqual(inputs.get('d')!.data, Uint8Array.of(1));
  });

  it('behavior: a raw body takes its open dimension from the length', () => {
    const { inputs } = decode('', Uint8Array.of(1, 2, 3, 4), '0');
    assert.deepEqual(inputs.get('x')!.dims, [2, 2]);
    assert.throws(() => decode('', Uint8Array.of(1, 2, 3), '0'), RequestMalformed);
  });

  it('behavior: names from Object.prototype are ordinary names', () => {
    const json =
      '{"inputs":[{"name":"__proto__","shape":[1],"datatype":"UINT8","data":[1]},{"name":"constructor","shape":[1],"datatype":"UINT8","data":[2]}]}';
    const { inputs } = decode(json);
    assert.deepEqual([...inputs.keys()], ['__proto__', 'constructor']);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  const REFUSED: readonly (readonly [name: string, json: string, why: RegExp])[] = [
    ['not JSON', '{"inputs":', /does not parse/],
    ['empty', '', /does not parse/],
    ['an array', '[]', /the request is not a JSON object/],
    ['null', 'null', /the request is not a JSON object/],
    ['no inputs', '{}', /"inputs" is not an array/],
    ['inputs an object', '{"inputs":{}}', /"inputs" is not an array/],
    ['65 inputs', `{"inputs":[${Array(65).fill('{}').join(',')}]}`, /at most 64 tensors/],
    ['an input that is null', one('null'), /inputs\[0\] is not a JSON object/],
    ['unknown key', '{"inputs":[],"input":[]}', /unknown key "input"/],
    ['__proto__ as a key', '{"__proto__":{"inputs":[]}}', /unknown key "__proto__"/],
    ['constructor as a key', '{"inputs":[],"constructor":{"prototype":{"polluted":1}}}', /unknown key "constructor"/],
    ['id a number', '{"id":42,"inputs":[]}', /"id" is not a string/],
    ['id of 257 characters', `{"id":"${'i'.repeat(257)}","inputs":[]}`, /"id" is not a string/],
    ['parameters an array', '{"parameters":[],"inputs":[]}', /"parameters" of the request is not a JSON object/],
    ['nested parameter', '{"parameters":{"a":{}},"inputs":[]}', /parameter "a"/],
    ['null parameter', '{"parameters":{"a":null},"inputs":[]}', /parameter "a"/],
    ['flag no boolean', '{"parameters":{"binary_data_output":1},"inputs":[]}', /binary_data_output/],
    ['shared memory', head(',"parameters":{"shared_memory_region":"r"}'), /shared_memory_region/],
    ['sequence', '{"parameters":{"sequence_id":1},"inputs":[]}', /sequence_id/],
    ['another model', '{"model_name":"n","inputs":[]}', /"model_name" differs/],
    ['another version', '{"model_version":"8","inputs":[]}', /"model_version" differs/],
    ['no name', one('{"shape":[1],"datatype":"UINT8","data":[1]}'), /name is not a string/],
    [
      'twice the same',
      `{"inputs":[${Array(2).fill('{"name":"x","shape":[1],"datatype":"UINT8","data":[1]}').join(',')}]}`,
      /given twice/,
    ],
    ['FP16', head(',"data":[1,2]', '[1,2]', '"FP16"'), /datatype is "FP16"/],
    ['BYTES', head(',"data":["a","b"]', '[1,2]', '"BYTES"'), /datatype is "BYTES"/],
    ['toString as a datatype', head(',"data":[1,2]', '[1,2]', '"toString"'), /datatype is "toString"/],
    ['no datatype', one('{"name":"x","shape":[1],"data":[1]}'), /datatype is missing/],
    ['shape a number', head(',"data":[1]', '1'), /shape is 1/],
    ['negative dimension', head(',"data":[1]', '[-1]'), /shape is \[-1\]/],
    ['fractional dimension', head(',"data":[1]', '[1.5]'), /shape is \[1.5\]/],
    ['dimension beyond 2^31', head(',"data":[]', '[0,2147483648]'), /shape is \[0,2147483648\]/],
    ['dimension with a hostile toString', head(',"data":[1]', '[{"toString":1,"valueOf":1}]'), /shape is/],
    ['rank 17', head(',"data":[1]', `[${Array(17).fill(1).join(',')}]`), /shape is/],
    ['terabytes in the shape', head(',"data":[1]', '[2147483647,512]'), /needs 1099511627264 values, "data" has 1/],
    ['count beyond 2^53', head(',"data":[1]', '[2147483647,2147483647,2147483647]'), /exceeds 2\^53/],
    ['no data', head(''), /"data" is not an array/],
    ['data a string', head(',"data":"AQI="'), /"data" is not an array/],
    ['too few values', head(',"data":[1]'), /needs 2 values, "data" has 1/],
    ['nested unevenly', head(',"data":[[1,2],[3]]', '[2,2]'), /not nested like shape/],
    ['nested too deep', head(',"data":[[[1],[2]]]'), /value 0 is \[1\]/],
    ['nested partly', head(',"data":[[1,2],3]', '[2,2]'), /not nested like shape/],
    ['string value', head(',"data":["1",2]'), /value 0 is "1", not an integer in 0..255/],
    ['null value', head(',"data":[1,null]'), /value 1 is null/],
    ['value above the range', head(',"data":[1,256]'), /value 1 is 256, not an integer in 0..255/],
    ['value below the range', head(',"data":[1,-1]'), /value 1 is -1/],
    ['fraction in an integer', head(',"data":[1,1.5]'), /value 1 is 1.5/],
    ['INT64 beyond 2^53', head(',"data":[1,9007199254740993]', '[1,2]', '"INT64"'), /value 1 is 9007199254740992/],
    ['UINT64 below 0', head(',"data":[1,-1]', '[1,2]', '"UINT64"'), /value 1 is -1/],
    ['1 for true', head(',"data":[1,true]', '[1,2]', '"BOOL"'), /value 0 is 1, not true or false/],
    ['beyond a double', head(',"data":[1,1e999]', '[1,2]', '"FP64"'), /value 1 is beyond a double/],
    ['beyond a float', head(',"data":[1,1e39]', '[1,2]', '"FP32"'), /value 1 is 1e\+39/],
    ['data and binary', head(',"data":[1,2],"parameters":{"binary_data_size":2}'), /both "data" and binary_data_size/],
    ['binary without bytes', head(',"parameters":{"binary_data_size":2}'), /binary_data_size is 2 and 0 binary bytes/],
    ['binary size negative', head(',"parameters":{"binary_data_size":-1}'), /binary_data_size is -1/],
    ['binary size text', head(',"parameters":{"binary_data_size":"2"}'), /binary_data_size is "2"/],
    ['unknown output', '{"inputs":[],"outputs":[{"name":"w"}]}', /no output "w"/],
    ['output twice', '{"inputs":[],"outputs":[{"name":"y"},{"name":"y"}]}', /asked for twice/],
    ['output with data', '{"inputs":[],"outputs":[{"name":"y","data":[]}]}', /unknown key "data"/],
    ['classification', '{"inputs":[],"outputs":[{"name":"y","parameters":{"classification":3}}]}', /classification/],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, /nested deeper than 32/],
    ['a million levels', '['.repeat(1_000_000), /nested deeper than 32/],
    ['a million containers', `{"inputs":[${'[],'.repeat(600_000)}[]]}`, /600\d+ arrays and objects/],
  ];
  for (const [name, json, why] of REFUSED) {
    it(`error: RequestMalformed, ${name}`, () => {
      assert.throws(
        () => decode(json),
        (error) => error instanceof RequestMalformed && why.test(error.why),
      );
    });
  }

  it('behavior: brackets inside strings are text', () => {
    assert.equal(decode(`{"id":"${'[{\\"'.repeat(60)}","inputs":[]}`).id, '[{"'.repeat(60));
  });

  it('error: RequestMalformed, binary parts that do not add up', () => {
    const json = head(',"parameters":{"binary_data_size":2}');
    assert.throws(() => decode(json, new Uint8Array(3)), /1 bytes follow the last binary tensor/);
    assert.throws(() => decode(json, new Uint8Array(1)), /binary_data_size is 2 and 1 binary bytes are left/);
    const three = head(',"parameters":{"binary_data_size":3}');
    assert.throws(() => decode(three, new Uint8Array(3)), /needs 2 bytes, binary_data_size is 3/);
    const bool = head(',"parameters":{"binary_data_size":2}', '[1,2]', '"BOOL"');
    assert.throws(() => decode(bool, Uint8Array.of(1, 2)), /byte 1 of the BOOL data is 2/);
  });

  it('error: RequestMalformed, header lengths that lie', () => {
    const json = head(',"data":[1,2]');
    for (const length of ['-1', '1e3', '0x10', '', ' 5', '5 ', '99999999999999999999', String(json.length + 1), '007'])
      assert.throws(() => decode(json, undefined, length), /Inference-Header-Content-Length is/);
    assert.throws(() => decode(json, undefined, '10'), /does not parse/);
  });

  it('error: RequestMalformed, bytes that are not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"id":"'), Buffer.of(0xff), Buffer.from('","inputs":[]}')]);
    assert.throws(() => decodeRequest(body, undefined, version, DEFAULT_LIMITS), /not UTF-8/);
  });

  it('error: JsonTooLarge', () => {
    const limits = { ...DEFAULT_LIMITS, maxJsonBytes: 20 };
    assert.throws(() => decodeRequest(Buffer.from(head(',"data":[1,2]')), undefined, version, limits), JsonTooLarge);
  });
});

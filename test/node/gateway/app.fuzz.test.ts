import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { listen } from '../../../node/gateway/server.ts';
import type { InferenceService } from '../../../node/service/inference.ts';
import { gatewayOver, realInference } from '../../helpers/gatewayFixture.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { problemSchema } from './schemas.ts';

const SEED = 20_261_121;
const REQUESTS = 10_000;
/** What a stranger can cause. Never 500, and never 503: nothing here overloads anything. */
const ALLOWED = new Set([200, 204, 400, 404, 405, 413, 415]);

const HOSTILE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1,
  1.5,
  255,
  256,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  '',
  'x',
  '__proto__',
  'constructor',
  'toString',
  'FP32',
  'BYTES',
  '\u0000',
  '\ud800',
  '1e5',
  'a'.repeat(300),
  [],
  [[]],
  [[[[]]]],
  {},
  { toString: 1, valueOf: 1 },
  { length: 4, 0: 1 },
  { __proto__: null },
  [null],
  ['1'],
  [1, [2]],
];
const KEYS = [
  'id',
  'inputs',
  'outputs',
  'parameters',
  'name',
  'shape',
  'datatype',
  'data',
  '__proto__',
  'prototype',
  'constructor',
  'binary_data_size',
  'binary_data',
  'toJSON',
];
const MODELS = [
  'dense',
  'mymodel',
  'echo',
  'dense/versions/2',
  'dense/versions/1',
  'nope',
  '__proto__',
  'constructor',
  '..',
  '%2e%2e%2f',
  '%00',
  '%ff',
  'dense%2Finfer',
  'a'.repeat(3000),
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const valid = (random: Seeded): Json => {
  const rows = random.int(1, 3);
  const data = Array.from({ length: rows * 4 }, () => random.int(-9, 9));
  return {
    id: 'a',
    parameters: { binary_data_output: random.int(0, 1) === 1 },
    inputs: [{ name: 'x', shape: [rows, 4], datatype: 'FP32', data }],
    outputs: [{ name: 'y', parameters: { binary_data: random.int(0, 1) === 1 } }],
  };
};

/** Replaces, removes, doubles or renames something at a random place. */
function mutate(value: Json, random: Seeded): Json {
  if (typeof value !== 'object' || value === null || random.int(0, 5) === 0) return random.pick(HOSTILE) as Json;
  if (Array.isArray(value)) {
    const copy = [...value];
    const at = random.int(0, Math.max(0, copy.length - 1));
    const action = random.int(0, 3);
    if (action === 0) copy.splice(at, 1);
    else if (action === 1) copy.splice(at, 0, copy[at] ?? null);
    else copy[at] = mutate(copy[at] ?? null, random);
    return copy;
  }
  const entries = Object.entries(value);
  const at = random.int(0, Math.max(0, entries.length - 1));
  const [key, old] = entries[at] ?? ['x', null];
  const action = random.int(0, 4);
  if (action === 0) entries.splice(at, 1);
  else if (action === 1) entries.push([random.pick(KEYS), random.pick(HOSTILE) as Json]);
  else entries[at] = [action === 2 ? random.pick(KEYS) : key, mutate(old, random)];
  // As JSON text, so that __proto__ is a key like any other.
  return JSON.parse(`{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v) ?? 'null'}`).join(',')}}`);
}

function damage(bytes: Uint8Array, random: Seeded): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let i = random.int(1, 4); i > 0 && copy.length > 0; i--)
    copy[random.int(0, copy.length - 1)] = random.int(0, 255);
  return random.int(0, 3) === 0 ? copy.subarray(0, random.int(0, copy.length)) : copy;
}

function headersOf(json: Uint8Array, random: Seeded): Record<string, string> {
  const headers: Record<string, string> = {};
  if (random.int(0, 2) === 0)
    headers['inference-header-content-length'] = random.pick([
      String(json.length),
      String(random.int(0, 600)),
      '-1',
      '0',
      '1e2',
      'NaN',
      '',
    ]);
  if (random.int(0, 9) === 0) headers['content-encoding'] = random.pick(['gzip', 'identity', 'br', '']);
  if (random.int(0, 9) === 0)
    headers['payment-signature'] = random.pick([
      Buffer.from(damage(json, random)).toString('base64'),
      'e30=',
      'x',
      '='.repeat(100),
    ]);
  if (random.int(0, 9) === 0)
    headers['content-type'] = random.pick([
      'text/html',
      'application/octet-stream',
      'multipart/form-data',
      'a/b; charset=utf-7',
    ]);
  return headers;
}

function fuzzed(random: Seeded): { readonly path: string; readonly init: RequestInit } {
  let json = valid(random);
  for (let i = random.int(0, 3); i > 0; i--) json = mutate(json, random);
  const head = Buffer.from(JSON.stringify(json));
  const headers = headersOf(head, random);
  const tail = random.int(0, 2) === 0 ? random.bytes(random.int(0, 64)) : new Uint8Array(0);
  const whole = Buffer.concat([head, tail]);
  const body = random.int(0, 2) === 0 ? damage(whole, random) : whole;
  const model = random.int(0, 3) > 0 ? 'dense' : random.pick(MODELS);
  return {
    path: `/v2/models/${model}/infer`,
    init: { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers },
  };
}

/** A message of the Model Context Protocol with something wrong in it, of either revision, whole or damaged. */
function fuzzedMessage(random: Seeded): RequestInit {
  const { id, inputs } = valid(random) as { id: Json; inputs: Json };
  const calls: readonly (readonly [name: string, args: Json])[] = [
    ['run_inference', { model: 'dense', inputs, payment: { x402Version: 2 } }],
    ['run_inference', { model: 'dense', inputs }],
    ['get_model', { model: random.pick(MODELS) }],
    ['quote', { model: 'dense', version: '1' }],
    ['verify_receipt', { receipt: { receipt: {}, domain: {}, signature: '0x' }, input: (inputs as Json[])[0]! }],
    ['list_models', {}],
  ];
  const [name, args] = random.pick(calls);
  const modern = random.int(0, 1) === 1;
  const era = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'fuzz', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name, arguments: args, ...(modern ? { _meta: era } : {}) };
  const sent = (at: Json): Json => (random.int(0, 1) === 0 ? at : mutate(at, random));
  const message: Json = { jsonrpc: '2.0', id, method: 'tools/call', params: { ...params, arguments: sent(args) } };
  const text = Buffer.from(JSON.stringify(sent(message)));
  return {
    method: 'POST',
    body: (random.int(0, 5) === 0 ? damage(text, random) : text) as Uint8Array<ArrayBuffer>,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(modern ? { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name } : {}),
    },
  };
}

describe(`fuzz, seed ${SEED}`, () => {
  let inference: InferenceService;
  before(async () => {
    inference = await realInference();
  });
  after(() => {
    assert.deepEqual(Object.keys(Object.prototype), []);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it(`behavior: ${REQUESTS} requests, each answered with a reason or a result`, async () => {
    const { app, log, endpoint } = gatewayOver(inference);
    const random = new Seeded(SEED);
    const seen = new Map<number, number>();
    for (let i = 0; i < REQUESTS; i++) {
      const { path, init } = fuzzed(random);
      const response = await app.request(path, init);
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      const text = await response.text();
      assert.ok(ALLOWED.has(response.status), `request ${i}: ${response.status} ${text} for ${path} ${init.body}`);
      if (response.status !== 200) problemSchema.parse(JSON.parse(text));
    }
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
    assert.deepEqual([endpoint.inFlight, endpoint.waiting, endpoint.heldBytes], [0, 0, 0]);
    // The fuzzer must reach both sides of the fence.
    assert.ok(seen.get(200)! > REQUESTS / 20 && seen.get(400)! > REQUESTS / 4, JSON.stringify([...seen]));
  });

  it('behavior: 1,000 messages of agents', async () => {
    const { app, log, endpoint } = gatewayOver(inference);
    const random = new Seeded(SEED + 3);
    let answers = 0;
    let refusals = 0;
    for (let i = 0; i < 1000; i++) {
      const init = fuzzedMessage(random);
      const response = await app.request('/mcp', init);
      const text = await response.text();
      assert.ok(
        [200, 202, 400, 404].includes(response.status),
        `message ${i}: ${response.status} ${text} for ${init.body}`,
      );
      assert.doesNotMatch(text, /Internal server error|INTERNAL/, `message ${i}: ${init.body}`);
      if (text.includes('"content"') && !text.includes('"isError":true')) answers++;
      else refusals++;
    }
    assert.deepEqual(
      log.lines.filter(({ level }) => level === 'error'),
      [],
    );
    assert.deepEqual([endpoint.inFlight, endpoint.waiting, endpoint.heldBytes], [0, 0, 0]);
    assert.ok(answers > 50 && refusals > 250, `${answers} answers, ${refusals} refusals`);
  });

  it('behavior: 2,000 addresses and methods', async () => {
    const { app, log } = gatewayOver(inference);
    const random = new Seeded(SEED + 1);
    const parts = [
      'v2',
      'models',
      'dense',
      'versions',
      '1',
      'infer',
      'ready',
      'health',
      'live',
      '..',
      '.',
      '',
      '%2e%2e',
      '%2f',
      'etc',
      'passwd',
      '__proto__',
      '%c0%ae',
      '\u202e',
      '*',
      'metrics',
      'mcp',
      '?a=b',
      '#',
      ';',
      '%',
    ];
    for (let i = 0; i < 2000; i++) {
      const path = `/${Array.from({ length: random.int(0, 7) }, () => random.pick(parts)).join('/')}`;
      const response = await app.request(path, {
        method: random.pick(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'BREW']),
      });
      assert.ok(ALLOWED.has(response.status), `${response.status} for ${path}`);
      await response.arrayBuffer();
    }
    assert.deepEqual(log.lines, []);
  });

  it('behavior: 400 damaged requests over sockets, the server goes on', async () => {
    const gateway = gatewayOver(inference, { limits: { requestTimeoutMs: 2000, headersTimeoutMs: 2000 } });
    const server = await listen(gateway, { port: 0 });
    const random = new Seeded(SEED + 2);
    const one = async (): Promise<void> => {
      const body = Buffer.from(JSON.stringify(valid(random)));
      const head = `POST /v2/models/dense/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
      const bytes = damage(Buffer.concat([Buffer.from(head), body]), random);
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      const text: Buffer[] = [];
      socket.on('data', (chunk) => text.push(chunk));
      socket.end(bytes);
      await once(socket, 'close');
      const status = /^HTTP\/1.1 (\d+)/.exec(Buffer.concat(text).toString('latin1'))?.[1];
      assert.ok(
        status === undefined || ALLOWED.has(Number(status)) || status === '408' || status === '431',
        `status ${status}`,
      );
    };
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 20 }, one));
    assert.equal((await fetch(`${server.url}/v2/health/live`)).status, 200);
    assert.deepEqual(
      gateway.log.lines.filter(({ level }) => level === 'error'),
      [],
    );
    assert.deepEqual(await server.drain(1000), { finished: true, cut: 0 });
  });
});

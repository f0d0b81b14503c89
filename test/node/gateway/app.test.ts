import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { invariant, ProtocolError } from '../../../node/core/errors.ts';
import { createMetrics } from '../../../node/gateway/metrics.ts';
import {
  type InferenceAnswer,
  type InferenceRequest,
  type InferenceService,
  PaymentReplayed,
  PaymentRequired,
  ServiceOverloaded,
} from '../../../node/service/inference.ts';
import { gatewayOver, jsonRequest, realInference } from '../../helpers/gatewayFixture.ts';
import { problemSchema } from './schemas.ts';

const complaint = { what: 'What', why: 'why', fix: 'Fix.' };
class RuntimeProblem extends ProtocolError {
  readonly code: string;
  override readonly retryable: boolean;
  constructor(code: string, retryable = false) {
    super(complaint);
    this.code = code;
    this.retryable = retryable;
  }
}

const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
const decode = (header: string | null): unknown => JSON.parse(Buffer.from(header ?? '', 'base64').toString());

describe('createGateway', () => {
  let real: InferenceService;
  before(async () => {
    real = await realInference();
  });

  /** The real service, with `infer` replaced by the failure or the addition under test. */
  const post = async (infer: InferenceService['infer'], headers: Record<string, string> = {}, options = {}) => {
    const gateway = gatewayOver({ ...real, infer }, options);
    const response = await gateway.app.request('/v2/models/dense/infer', { ...jsonRequest(body), headers });
    return { gateway, response, json: (await response.json()) as Record<string, unknown> };
  };
  const failWith = (error: unknown) => async (): Promise<InferenceAnswer> => {
    throw error;
  };

  describe('x402', () => {
    it('behavior: PaymentRequired becomes 402 with the offers in PAYMENT-REQUIRED', async () => {
      const requirements = {
        x402Version: 2,
        error: 'no payment',
        accepts: [{ amount: 10_000n, network: 'eip155:31337' }],
      };
      const { response, json } = await post(failWith(new PaymentRequired(complaint, requirements)));
      assert.equal(response.status, 402);
      assert.deepEqual(decode(response.headers.get('payment-required')), {
        ...requirements,
        accepts: [{ amount: '10000', network: 'eip155:31337' }],
      });
      assert.deepEqual(problemSchema.parse(json), { error: 'What: why. Fix.', code: 'PAYMENT_REQUIRED' });
      assert.match(response.headers.get('access-control-expose-headers')!, /payment-required, payment-response/);
    });

    it('behavior: PAYMENT-SIGNATURE reaches the service, its settlement comes back in PAYMENT-RESPONSE', async () => {
      let seen: InferenceRequest | undefined;
      const settlement = { success: true, transaction: '0xabc', network: 'eip155:31337' };
      const payload = { x402Version: 2, payload: { signature: '0x00' } };
      const { response } = await post(
        async (request) => {
          seen = request;
          return { ...(await real.infer(request)), settlement };
        },
        { 'payment-signature': encode(payload) },
      );
      assert.equal(response.status, 200);
      assert.deepEqual(seen?.payment, payload);
      assert.deepEqual(decode(response.headers.get('payment-response')), settlement);
    });

    it('error: PaymentReplayed is 409', async () => {
      const { response } = await post(failWith(new PaymentReplayed(complaint)));
      assert.equal(response.status, 409);
    });

    const HOSTILE: readonly (readonly [string, string])[] = [
      ['not base64', '{"x402Version":2}'],
      ['base64url', Buffer.from('{"a":"???>>>"}').toString('base64url')],
      ['no padding', encode({ a: 1 }).replace(/=+$/, '')],
      ['not JSON', Buffer.from('hello').toString('base64')],
      ['an array', encode([])],
      ['null', encode(null)],
      ['too deep', Buffer.from('['.repeat(5000)).toString('base64')],
      ['too long', encode({ a: 'a'.repeat(16_000) })],
      ['not UTF-8', Buffer.of(0x22, 0xff, 0x22).toString('base64')],
      ['empty', ''],
    ];
    for (const [name, header] of HOSTILE) {
      it(`error: PaymentMalformed, ${name}`, async () => {
        const { response, json } = await post(real.infer, { 'payment-signature': header });
        assert.equal(response.status, 400);
        assert.equal(json['code'], 'PAYMENT_MALFORMED');
      });
    }
  });

  describe('failures', () => {
    const STATUS: readonly (readonly [code: string, status: number, retryAfter: string | null])[] = [
      ['RUNTIME_TIMEOUT', 504, null],
      ['RUNTIME_CRASHED', 503, '1'],
      ['RUNTIME_OUT_OF_MEMORY', 503, '1'],
      ['RUNTIME_RUN_FAILED', 422, null],
    ];
    for (const [code, status, retryAfter] of STATUS) {
      it(`${code} is ${status}`, async () => {
        const { response, json } = await post(failWith(new RuntimeProblem(code)));
        assert.equal(response.status, status);
        assert.equal(response.headers.get('retry-after'), retryAfter);
        assert.equal(problemSchema.parse(json).code, code);
      });
    }

    it('SERVICE_OVERLOADED is 503 with its Retry-After', async () => {
      const { response } = await post(failWith(new ServiceOverloaded(complaint, 7)));
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '7');
    });

    it('an unknown retryable failure is 503', async () => {
      const { response } = await post(failWith(new RuntimeProblem('CHAIN_UNREACHABLE', true)));
      assert.equal(response.status, 503);
    });

    it('behavior: a bug is 500 with a number that the log has, and nothing else', async () => {
      for (const bug of [new TypeError('secret /path'), 'a string', undefined, new RuntimeProblem('CHAIN_SECRET')]) {
        const { gateway, response, json } = await post(failWith(bug));
        assert.equal(response.status, 500);
        assert.equal(json['code'], 'INTERNAL');
        assert.doesNotMatch(JSON.stringify(json), /secret|path|string/i);
        const [line] = gateway.log.lines;
        assert.equal(line?.level, 'error');
        const { incident } = line.fields as { incident: string };
        assert.match(String(json['error']), new RegExp(incident));
      }
    });

    it('behavior: an answer that lacks an output is a bug', async () => {
      const { response } = await post(async (request) => ({ ...(await real.infer(request)), outputs: new Map() }));
      assert.equal(response.status, 500);
    });

    it('behavior: a body that is too large is refused before it is all read', async () => {
      const gateway = gatewayOver(real, { limits: { maxBodyBytes: 1000 } });
      let pulled = 0;
      const endless = new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(100));
        },
      });
      const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit;
      const response = await gateway.app.request('/v2/models/dense/infer', init);
      assert.equal(response.status, 413);
      assert.equal(problemSchema.parse(await response.json()).code, 'BODY_TOO_LARGE');
      assert.ok(pulled < 20, `${pulled} chunks were read`);
      assert.equal(gateway.endpoint.heldBytes, 0);
    });

    it('behavior: Content-Length alone is enough to refuse', async () => {
      const { app } = gatewayOver(real);
      const response = await app.request('/v2/models/dense/infer', {
        ...jsonRequest(body),
        headers: { 'content-length': String(9 * 1024 * 1024) },
      });
      assert.equal(response.status, 413);
    });

    it('behavior: all bodies together are bounded', async () => {
      const { response, json } = await post(real.infer, {}, { limits: { maxBufferedBytes: 10 } });
      assert.equal(response.status, 503);
      assert.equal(json['code'], 'SERVICE_OVERLOADED');
    });
  });

  describe('load', () => {
    it('behavior: at most maxInFlight at the service, maxQueue waiting, 503 for the rest', async () => {
      let running = 0;
      let most = 0;
      const open: (() => void)[] = [];
      const infer: InferenceService['infer'] = async (request) => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => open.push(resolve));
        running--;
        return real.infer(request);
      };
      const { app, endpoint } = gatewayOver({ ...real, infer }, { limits: { maxInFlight: 2, maxQueue: 3 } });
      const answers = Array.from({ length: 10 }, () => app.request('/v2/models/dense/infer', jsonRequest(body)));
      const all = Promise.all(answers);
      let done = false;
      void all.finally(() => {
        done = true;
      });
      while (!done) {
        await new Promise((resolve) => setImmediate(resolve));
        if (running === 2 || endpoint.waiting === 0) open.shift()?.();
      }
      const statuses = (await all).map(({ status }) => status);
      assert.deepEqual(statuses.toSorted(), [...Array(5).fill(200), ...Array(5).fill(503)]);
      assert.equal(most, 2);
    });

    it('behavior: a flood of refusals is one line in the log until ten seconds have passed', async () => {
      let clock = 0;
      const infer = failWith(new ServiceOverloaded(complaint, 1));
      const { app, log } = gatewayOver({ ...real, infer }, { now: () => clock });
      const flood = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) await app.request('/v2/models/dense/infer', jsonRequest(body));
      };
      await flood();
      clock = 10_000;
      await flood();
      assert.deepEqual(
        log.lines.map(({ fields }) => fields),
        [
          { refused: 1, why: 'why' },
          { refused: 20, why: 'why' },
        ],
      );
    });

    it('behavior: a client that goes away while waiting never reaches the service', async () => {
      let calls = 0;
      let release = (): void => invariant(false, 'the first call has started');
      const infer: InferenceService['infer'] = async (request) => {
        calls++;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return real.infer(request);
      };
      const { app, endpoint } = gatewayOver({ ...real, infer }, { limits: { maxInFlight: 1 } });
      const first = app.request('/v2/models/dense/infer', jsonRequest(body));
      const client = new AbortController();
      const second = app.request('/v2/models/dense/infer', { ...jsonRequest(body), signal: client.signal });
      while (endpoint.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
      client.abort();
      assert.equal((await second).status, 499);
      release();
      assert.equal((await first).status, 200);
      assert.equal(calls, 1);
    });
  });

  describe('CORS', () => {
    it('behavior: any page may ask, without credentials', async () => {
      const { app } = gatewayOver(real);
      const preflight = await app.request('/v2/models/dense/infer', {
        method: 'OPTIONS',
        headers: { origin: 'https://dapp.example', 'access-control-request-method': 'POST' },
      });
      assert.equal(preflight.status, 204);
      assert.match(preflight.headers.get('access-control-allow-headers')!, /payment-signature/);
      for (const path of ['/', '/v2', '/v2/models/nope', '/nothing']) {
        const { headers } = await app.request(path);
        assert.equal(headers.get('access-control-allow-origin'), '*', path);
        assert.equal(headers.get('access-control-allow-credentials'), null);
      }
    });
  });

  describe('metrics', () => {
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });
    const ask = (headers: Record<string, string>, peer: string, operator = {}) =>
      gatewayOver(real, { metrics: createMetrics({ process: false }), operator }).app.request(
        '/metrics',
        { headers },
        from(peer),
      );

    it('behavior: counts requests by model and status', async () => {
      const { app } = gatewayOver(real, { metrics: createMetrics() });
      await app.request('/v2/models/dense/infer', jsonRequest(body));
      await app.request('/v2/models/dense/infer', jsonRequest({}));
      await app.request('/v2/models/nope/infer', jsonRequest(body));
      const text = await (
        await app.request('/metrics', { headers: { host: 'localhost:1' } }, from('127.0.0.1'))
      ).text();
      assert.match(text, /assay_infer_requests_total\{model="dense",status="200"\} 1/);
      assert.match(text, /assay_infer_requests_total\{model="dense",status="400"\} 1/);
      assert.match(text, /assay_infer_requests_total\{model="",status="404"\} 1/);
      assert.match(text, /assay_infer_in_flight 0/);
      assert.match(text, /assay_infer_seconds_count\{model="dense"\} 1/);
      assert.match(text, /process_cpu_seconds_total/);
    });

    it('behavior: without metrics there is no such route', async () => {
      assert.equal((await gatewayOver(real).app.request('/metrics', {}, from('127.0.0.1'))).status, 404);
    });

    it('behavior: this machine only, under its own name, without CORS', async () => {
      for (const host of ['localhost', '127.0.0.1:8080', '[::1]:80']) {
        const response = await ask({ host }, '::1');
        assert.equal(response.status, 200, host);
        assert.equal(response.headers.get('access-control-allow-origin'), null);
      }
    });

    it('error: OperatorOnly for strangers and rebound names', async () => {
      for (const [host, peer] of [
        ['localhost', '10.0.0.7'],
        ['localhost', ''],
        ['evil.example', '127.0.0.1'],
        ['localhost.evil.example', '127.0.0.1'],
        ['', '127.0.0.1'],
      ] as const) {
        const response = await ask({ host }, peer);
        assert.equal(response.status, 403, `${host} ${peer}`);
        assert.equal(problemSchema.parse(await response.json()).code, 'OPERATOR_ONLY');
      }
    });

    it('args: token', async () => {
      const operator = { token: 'correct horse' };
      assert.equal((await ask({ authorization: 'Bearer correct horse' }, '10.0.0.7', operator)).status, 200);
      for (const authorization of ['Bearer correct horsf', 'Bearer ', 'correct horse', ''])
        assert.equal((await ask({ authorization, host: 'localhost' }, '127.0.0.1', operator)).status, 403);
    });
  });
});

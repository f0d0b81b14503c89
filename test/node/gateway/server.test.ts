import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Gateway } from '../../../node/gateway/app.ts';
import { GatewayAddressRefused, GatewayPortInUse } from '../../../node/gateway/errors.ts';
import type { GatewayLimits } from '../../../node/gateway/limits.ts';
import { createMetrics } from '../../../node/gateway/metrics.ts';
import { type GatewayServer, listen } from '../../../node/gateway/server.ts';
import type { InferenceService } from '../../../node/service/inference.ts';
import { binaryAnswer, binaryRequest, gatewayOver, jsonRequest, realInference } from '../../helpers/gatewayFixture.ts';
import { inferenceSchema, problemSchema } from './schemas.ts';

const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };
const INFER = '/v2/models/dense/infer';

/** Polls; a test that waits for something says what it waited for. */
async function until(what: string, holds: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    assert.ok(performance.now() < end, `${what} within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A socket that collects what it is told. */
async function rawSocket(
  server: GatewayServer,
): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {
    closed = true;
  });
  await once(socket, 'connect');
  return { socket, text: () => text, closed: () => closed };
}

/** A service whose answers wait for `release`. */
function gated(real: InferenceService) {
  const open: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const infer: InferenceService['infer'] = async (request) => {
    signals.push(request.signal!);
    await new Promise<void>((resolve) => open.push(resolve));
    return real.infer(request);
  };
  const release = (): void => {
    for (const go of open.splice(0)) go();
  };
  return { inference: { ...real, infer }, open, signals, release };
}

describe('listen', () => {
  let real: InferenceService;
  const servers: GatewayServer[] = [];
  const start = async (limits: Partial<GatewayLimits> = {}, inference = real) => {
    const gateway = gatewayOver(inference, { limits, metrics: createMetrics({ process: false }) });
    const server = await listen(gateway, { port: 0 });
    servers.push(server);
    return { gateway: gateway as Gateway, server };
  };

  before(async () => {
    real = await realInference();
  });
  after(() => Promise.all(servers.map((server) => server.drain(0))));

  describe('requests', () => {
    it('default: the socket gives the same answers as the app, infer included', async () => {
      const { gateway, server } = await start();
      const requests: readonly (readonly [string, RequestInit])[] = [
        ['/v2', {}],
        ['/v2/models/dense', {}],
        ['/nothing', {}],
        [INFER, {}],
        [INFER, jsonRequest({ id: 'ü', ...body })],
        ['/v2/models/dense/versions/2/infer', jsonRequest(body)],
        ['/v2/models/d%65nse/infer', jsonRequest(body)],
        [INFER, jsonRequest('{')],
        [INFER, jsonRequest({ ...body, parameters: { binary_data_output: true } })],
        ['/v2/models/nope/infer', jsonRequest(body)],
        [INFER, { method: 'OPTIONS' }],
      ];
      for (const [path, init] of requests) {
        const [inMemory, overSocket] = [await gateway.app.request(path, init), await fetch(server.url + path, init)];
        assert.equal(overSocket.status, inMemory.status, path);
        assert.deepEqual(
          new Uint8Array(await overSocket.arrayBuffer()),
          new Uint8Array(await inMemory.arrayBuffer()),
          path,
        );
        for (const [name, value] of inMemory.headers)
          assert.equal(overSocket.headers.get(name), value, `${path} ${name}`);
      }
    });

    it('behavior: binary request and answer', async () => {
      const { server } = await start();
      const json = {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } }],
        parameters: { binary_data_output: true },
      };
      const response = await fetch(server.url + INFER, binaryRequest(json, new Uint8Array(16)));
      const answer = await binaryAnswer(response);
      assert.equal(inferenceSchema.parse(answer.json).outputs[0]!.parameters!.binary_data_size, 16);
      assert.equal(answer.binary.length, 16);
    });

    it('behavior: chunked bodies and many requests on one socket', async () => {
      const { server } = await start();
      const { socket, text } = await rawSocket(server);
      const json = JSON.stringify(body);
      const half = Math.floor(json.length / 2);
      const chunked = [json.slice(0, half), json.slice(half), '']
        .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
        .join('');
      const request = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`;
      socket.write(request.repeat(5));
      await until('five answers', () => text().match(/HTTP\/1.1 200 OK/g)?.length === 5);
      socket.destroy();
    });

    it('behavior: metrics are for this machine', async () => {
      const { server } = await start();
      const response = await fetch(`${server.url}/metrics`);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /assay_infer_waiting 0/);
    });
  });

  describe('hostile bytes', () => {
    it('error: BodyTooLarge by Content-Length, before the body', async () => {
      const { server } = await start({ maxBodyBytes: 1000 });
      const { socket, text, closed } = await rawSocket(server);
      socket.write(`POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000000\r\n\r\n{`);
      await until('the refusal', () => /^HTTP\/1.1 413 /.test(text()));
      problemSchema.parse(JSON.parse(text().split('\r\n\r\n')[1]!));
      await until('the socket is closed', closed);
    });

    it('behavior: a sender who goes on after the refusal is cut off', async () => {
      const { server } = await start({ maxBodyBytes: 1000 });
      const { socket, text, closed } = await rawSocket(server);
      socket.write(`POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);
      let sent = 0;
      while (!closed() && sent < 256 * 1024 * 1024) {
        sent += chunk.length;
        if (!socket.write(chunk))
          await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
      }
      assert.match(text(), /^HTTP\/1.1 413 /);
      assert.ok(closed(), `still open after ${sent} bytes`);
      assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
    });

    it('behavior: Expect: 100-continue learns of the refusal before it sends', async () => {
      const { server } = await start({ maxBodyBytes: 1000 });
      const refused = await rawSocket(server);
      refused.socket.write(
        `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n`,
      );
      await until('the refusal', () => /^HTTP\/1.1 413 /.test(refused.text()));
      const taken = await rawSocket(server);
      const json = JSON.stringify(body);
      taken.socket.write(
        `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${json.length}\r\n\r\n`,
      );
      await until('the invitation', () => /^HTTP\/1.1 100 Continue/.test(taken.text()));
      taken.socket.write(json);
      await until('the answer', () => /HTTP\/1.1 200 OK/.test(taken.text()));
      for (const { socket } of [refused, taken]) socket.destroy();
    });

    const GARBAGE: readonly (readonly [name: string, bytes: string, status: RegExp])[] = [
      ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1.1 400 /],
      ['TLS', '\x16\x03\x01\x02\x00\x01\x00', /^HTTP\/1.1 400 /],
      ['no Host', `GET /v2 HTTP/1.1\r\n\r\n`, /^HTTP\/1.1 400 /],
      [
        'two lengths',
        `POST ${INFER} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
        /^HTTP\/1.1 400 /,
      ],
      [
        'length and chunked',
        `POST ${INFER} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
        /^HTTP\/1.1 400 /,
      ],
      ['negative length', `POST ${INFER} HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\n{}`, /^HTTP\/1.1 400 /],
      ['bad chunk', `POST ${INFER} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1.1 400 /],
      ['headers of 64 KiB', `GET /v2 HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(65536)}\r\n\r\n`, /^HTTP\/1.1 431 /],
      ['a strange address', 'GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1.1 4\d\d /],
      ['a strange host', 'GET /v2 HTTP/1.1\r\nHost: a b/<>\r\n\r\n', /^HTTP\/1.1 400 /],
      ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', /^$/],
    ];
    for (const [name, bytes, status] of GARBAGE) {
      it(`behavior: ${name}`, async () => {
        const { server } = await start();
        const { socket, text, closed } = await rawSocket(server);
        socket.write(bytes, 'latin1');
        await until(`an answer to ${name}`, () => closed() || text() !== '');
        assert.match(text(), status);
        socket.destroy();
        assert.equal((await fetch(`${server.url}/v2`)).status, 200);
      });
    }

    it('behavior: a body that stops early reaches no model and holds no memory', async () => {
      const { gateway, server } = await start();
      const { socket } = await rawSocket(server);
      socket.write(`POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"inputs"`);
      await until('the first bytes arrive', () => gateway.endpoint.heldBytes === 9);
      socket.destroy();
      await until('they are forgotten', () => gateway.endpoint.heldBytes === 0);
      assert.equal(gateway.endpoint.inFlight, 0);
    });

    it('behavior: a client that goes away aborts its inference', async () => {
      const { inference, signals, release } = gated(real);
      const { gateway, server } = await start({}, inference);
      const client = new AbortController();
      const answer = fetch(server.url + INFER, { ...jsonRequest(body), signal: client.signal });
      await until('the inference starts', () => signals.length === 1);
      client.abort();
      await assert.rejects(answer);
      await until('the service is told', () => signals[0]!.aborted);
      release();
      await until('its place is free', () => gateway.endpoint.inFlight === 0);
    });
  });

  describe('slow and idle sockets', () => {
    it('behavior: 200 dripping clients do not hurt good traffic and are closed in time', async () => {
      const { server } = await start({ headersTimeoutMs: 1500, requestTimeoutMs: 1500 });
      /** Median milliseconds of some requests. */
      const pace = async (requests: number): Promise<number> => {
        const times: number[] = [];
        for (let i = 0; i < requests; i++) {
          const started = performance.now();
          const response = await fetch(server.url + INFER, jsonRequest(body));
          assert.equal(response.status, 200);
          await response.arrayBuffer();
          times.push(performance.now() - started);
        }
        return times.toSorted((x, y) => x - y)[requests >> 1]!;
      };
      await pace(200);
      const alone = await pace(200);
      const starts = [
        `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nX-Slow: `,
        `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{`,
      ];
      const slow = await Promise.all(Array.from({ length: 200 }, () => rawSocket(server)));
      slow.forEach(({ socket }, i) => {
        socket.write(starts[i % 2]!);
      });
      const drip = setInterval(() => {
        for (const { socket, closed } of slow) if (!closed()) socket.write('a');
      }, 100);
      const crowded = await pace(200);
      assert.ok(
        crowded < Math.max(5 * alone, alone + 5),
        `${alone.toFixed(2)} ms alone, ${crowded.toFixed(2)} ms crowded`,
      );
      await until('all dripping sockets are closed', () => slow.every(({ closed }) => closed()), 8000);
      clearInterval(drip);
      assert.match(slow[0]!.text(), /^HTTP\/1.1 408 /);
    });

    it('behavior: a client that neither sends, reads nor closes is closed all the same', async () => {
      const { server } = await start({ headersTimeoutMs: 200 });
      const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.pause().write('GET /v2 HTTP/1.1\r\nX: ');
      await until('it is there', () => server.connections === 1);
      await until('it is gone', () => server.connections === 0);
      socket.destroy();
    });

    it('error: RequestTimedOut for a body that drips', async () => {
      const { server } = await start({ requestTimeoutMs: 100 });
      const { socket, text, closed } = await rawSocket(server);
      socket.write(`POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{`);
      await until('the refusal', () => /^HTTP\/1.1 408 /.test(text()));
      assert.equal(problemSchema.parse(JSON.parse(text().split('\r\n\r\n')[1]!)).code, 'REQUEST_TIMED_OUT');
      await until('the socket is closed', closed);
    });

    it('behavior: silent sockets are closed', async () => {
      const { server } = await start({ headersTimeoutMs: 300, requestTimeoutMs: 300, keepAliveTimeoutMs: 300 });
      const never = await rawSocket(server);
      const once = await rawSocket(server);
      once.socket.write('GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until('an answer', () => /^HTTP\/1.1 200/.test(once.text()));
      await until('both are closed', () => never.closed() && once.closed());
      assert.equal(server.connections, 0);
    });

    it('behavior: near maxConnections the idlest socket gives way to the newest', async () => {
      const { server } = await start({ maxConnections: 20 });
      const idle: Awaited<ReturnType<typeof rawSocket>>[] = [];
      for (let i = 0; i < 40; i++) idle.push(await rawSocket(server));
      await until('the oldest are closed', () => idle.slice(0, 20).every(({ closed }) => closed()));
      assert.ok(server.connections <= 20);
      const response = await fetch(server.url + INFER, jsonRequest(body));
      assert.equal(response.status, 200);
      for (const { socket } of idle) socket.destroy();
    });

    it('behavior: a socket with a request in hand is never the one to give way', async () => {
      const { inference, open, release } = gated(real);
      const { server } = await start({ maxConnections: 10 }, inference);
      const answer = fetch(server.url + INFER, jsonRequest(body));
      await until('the inference starts', () => open.length === 1);
      const idle: Awaited<ReturnType<typeof rawSocket>>[] = [];
      for (let i = 0; i < 30; i++) idle.push(await rawSocket(server));
      release();
      assert.equal((await answer).status, 200);
      for (const { socket } of idle) socket.destroy();
    });

    it('args: maxRequestsPerSocket', async () => {
      const { server } = await start({ maxRequestsPerSocket: 3 });
      const { socket, text } = await rawSocket(server);
      socket.write('GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(4));
      await until('the fourth is refused', () => /HTTP\/1.1 503 /.test(text()));
      assert.equal(text().match(/HTTP\/1.1 200 OK/g)?.length, 3);
      assert.match(text(), /Connection: close/i);
      socket.destroy();
    });
  });

  describe('drain', () => {
    it('behavior: finishes what is in hand, refuses what is new', async () => {
      const { inference, open, release } = gated(real);
      const { server } = await start({}, inference);
      const answers = Array.from({ length: 5 }, () => fetch(server.url + INFER, jsonRequest(body)));
      const spare = await rawSocket(server);
      spare.socket.write(`POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{`);
      await until('they are in hand', () => open.length === 5);
      const drained = server.drain(5000);
      assert.equal(server.drain(0), drained);
      await assert.rejects(fetch(`${server.url}/v2`));
      spare.socket.write('}GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until('the spare socket is answered', () => /HTTP\/1.1 /.test(spare.text()));
      release();
      for (const answer of answers) {
        const response = await answer;
        assert.equal(response.status, 200);
        inferenceSchema.parse(await response.json());
      }
      assert.deepEqual(await drained, { finished: true, cut: 0 });
    });

    it('behavior: a new request on an open socket gets 503 and Connection: close', async () => {
      const { inference, open, release } = gated(real);
      const { server } = await start({}, inference);
      const json = JSON.stringify(body);
      const { socket, text, closed } = await rawSocket(server);
      const request = `POST ${INFER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${json.length}\r\n\r\n${json}`;
      socket.write(request);
      await until('it is in hand', () => open.length === 1);
      const drained = server.drain(5000);
      socket.write(request);
      await new Promise((resolve) => setImmediate(resolve));
      release();
      await until('the socket is closed', closed);
      assert.match(text(), /^HTTP\/1.1 200 OK/);
      assert.equal(open.length, 0);
      assert.deepEqual(await drained, { finished: true, cut: 0 });
    });

    it('behavior: cuts at the deadline what does not finish', async () => {
      const { inference, open, signals, release } = gated(real);
      const { server } = await start({}, inference);
      const answer = fetch(server.url + INFER, jsonRequest(body));
      await until('it is in hand', () => open.length === 1);
      const rejected = assert.rejects(answer);
      assert.deepEqual(await server.drain(50), { finished: false, cut: 1 });
      await rejected;
      await until('the service is told', () => signals[0]!.aborted);
      release();
    });
  });

  describe('binding', () => {
    it('error: GatewayPortInUse', async () => {
      const { gateway, server } = await start();
      await assert.rejects(listen(gateway, { port: server.port }), (error) => {
        assert.ok(error instanceof GatewayPortInUse);
        assert.match(error.fix, new RegExp(`:${server.port}`));
        return true;
      });
    });

    it('error: GatewayAddressRefused', async () => {
      const { gateway } = await start();
      await assert.rejects(listen(gateway, { host: '192.0.2.1', port: 0 }), GatewayAddressRefused);
    });
  });
});

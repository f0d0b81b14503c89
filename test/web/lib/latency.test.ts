import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gatewayOf, measure, percentile, summarise } from '../../../web/lib/latency.ts';

describe('percentiles', () => {
  it('are by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, i) => i + 1);
    assert.equal(percentile(sorted, 50), 50);
    assert.equal(percentile(sorted, 90), 90);
    assert.equal(percentile(sorted, 99), 99);
    assert.equal(percentile([7], 99), 7);
    assert.ok(Number.isNaN(percentile([], 50)));
  });
  it('do not depend on the order of the samples', () => {
    assert.deepEqual(summarise([3, 1, 2], 1), { samples: 3, failures: 1, p50: 2, p90: 3, p99: 3 });
  });
});

describe('measuring', () => {
  let server: Server;
  let url: string;
  let asked = 0;
  before(async () => {
    server = createServer((request, response) => {
      asked += 1;
      response.statusCode = request.url === '/v2/health/ready' ? 200 : 404;
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('does not count the first answer, which opens the connection', async () => {
    const latency = await measure(url, new AbortController().signal, 5);
    assert.equal(latency.samples, 5);
    assert.equal(asked, 6);
    assert.ok(latency.p50 <= latency.p99);
  });
  it('counts no answer as a failure', async () => {
    const { samples, failures } = await measure('http://127.0.0.1:9', new AbortController().signal, 2);
    assert.deepEqual([samples, failures], [0, 3]);
  });
  it('stops when it is no longer wanted', async () => {
    const { samples } = await measure(url, AbortSignal.abort(), 5);
    assert.equal(samples, 0);
  });
});

describe('the gateway of a worker', () => {
  const gateways = ['http://127.0.0.1:8546', 'https://worker.example/base'];
  it('is a configured one of the same origin', () => {
    assert.equal(gatewayOf('http://127.0.0.1:8546/', gateways), gateways[0]);
    assert.equal(gatewayOf('https://worker.example', gateways), gateways[1]);
  });
  it('is never an address that only the worker names', () => {
    for (const endpoint of [
      'http://169.254.169.254/',
      'javascript:alert(1)',
      'http://127.0.0.1:8547',
      'https://worker.example.evil',
      '',
    ])
      assert.equal(gatewayOf(endpoint, gateways), undefined);
  });
});

import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { encodeReceipt } from '../../../../node/core/codec/decodeReceipt.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import type { Http } from '../../../../node/ports/Http.ts';
import { callInfer, WorkerFailed } from '../../../../node/service/consumer/client.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const ROOT = `0x${'ab'.repeat(32)}` as Digest;
const RECEIPT = encodeReceipt({
  receipt: {
    jobId: ROOT,
    versionId: 1n,
    programRoot: ROOT,
    inputRoot: ROOT,
    outputRoot: ROOT,
    worker: testSigner('owner').address,
    issuedAt: 1n,
  },
  domain: { chainId: 31337n, verifyingContract: testSigner('market').address },
  signature: testSigner('hot').signDigest(new Uint8Array(32).fill(7)),
});
const OUTPUT = { name: 'y', datatype: 'INT32', shape: [1, 2], data: [5, -7] };
const http: Http = (url, init) => fetch(url, init as RequestInit) as unknown as ReturnType<Http>;

const servers: ReturnType<typeof createServer>[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real worker-shaped server that says what it is told to. */
async function worker(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const call = (endpoint: string, timeoutMs = 5000) =>
  callInfer(http, {
    endpoint,
    model: 'digits',
    versionId: 1n,
    name: 'x',
    input: tensor('uint8', [1, 3], Uint8Array.of(1, 2, 3)),
    timeoutMs,
  });
const says =
  (body: unknown, status = 200): RequestListener =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

describe('callInfer', () => {
  it('asks as the Open Inference Protocol says, and reads tensor and receipt', async () => {
    let asked = '';
    const endpoint = await worker((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => {
        asked += text;
      });
      request.on('end', () => says({ outputs: [OUTPUT], parameters: { receipt: RECEIPT } })(request, response));
    });
    const { output, receipt } = await call(endpoint);
    assert.deepEqual(JSON.parse(asked), { inputs: [{ name: 'x', shape: [1, 3], datatype: 'UINT8', data: [1, 2, 3] }] });
    assert.deepEqual([...output.data], [5, -7]);
    assert.equal(encodeReceipt(receipt), RECEIPT);
  });

  const good = { receipt: RECEIPT };
  for (const [name, listener] of [
    ['an error with its sentence', says({ error: 'no room' }, 503)],
    [
      'a redirect',
      ((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()) as RequestListener,
    ],
    ['not JSON', says('<html>')],
    ['a list', says('[]')],
    ['no outputs', says({ parameters: good })],
    ['two outputs', says({ outputs: [OUTPUT, OUTPUT], parameters: good })],
    ['no receipt', says({ outputs: [OUTPUT], parameters: {} })],
    ['a receipt that is an object', says({ outputs: [OUTPUT], parameters: { receipt: {} } })],
    ['an unknown type', says({ outputs: [{ ...OUTPUT, datatype: 'BF16' }], parameters: good })],
    ['a value that does not fit', says({ outputs: [{ ...OUTPUT, data: [5, 2 ** 40] }], parameters: good })],
    ['a value that is text', says({ outputs: [{ ...OUTPUT, data: [5, '7'] }], parameters: good })],
    ['a connection that closes', ((request) => request.socket.destroy()) as RequestListener],
  ] as const) {
    it(`error: WorkerFailed on ${name}`, async () => {
      const endpoint = await worker(listener);
      await assert.rejects(
        call(endpoint),
        (error: WorkerFailed) => error instanceof WorkerFailed && error.retryable && error.why.length > 3,
      );
    });
  }

  it('error: WorkerFailed when nothing comes in time', async () => {
    const endpoint = await worker(() => undefined);
    await assert.rejects(call(endpoint, 200), WorkerFailed);
  });
});

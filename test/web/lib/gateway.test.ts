import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { fetchFile } from '../../../web/lib/fetchFile.ts';
import { hasFile, probeGateway } from '../../../web/lib/gateway.ts';
import { ProblemError } from '../../../web/lib/problem.ts';

const BYTES = new Uint8Array(randomBytes(2000));
const CID_TEXT = CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(BYTES).digest())).toString();
const NOWHERE = 'http://127.0.0.1:9';

/** What a gateway sends for a path and query. */
type Serve = (path: string) => Uint8Array | undefined;

describe('gateways', () => {
  const servers: Server[] = [];
  const open = async (serve: Serve): Promise<string> => {
    const server = createServer((request, response) => {
      const body = serve(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(request.method === 'HEAD' ? undefined : body);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  let honest: string;
  let lying: string;
  let endless: string;
  before(async () => {
    const has = (path: string): boolean => path === `/ipfs/${CID_TEXT}?format=raw`;
    honest = await open((path) => (has(path) ? BYTES : path.includes('bafkqaaa') ? new Uint8Array(0) : undefined));
    lying = await open(() => BYTES.with(0, BYTES[0]! ^ 1));
    endless = await open(() => new Uint8Array(3 * 1024 * 1024));
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  const rejectsWith = (promise: Promise<unknown>, why: RegExp) =>
    assert.rejects(
      promise,
      (error) => error instanceof ProblemError && why.test(`${error.problem.what}: ${error.problem.why}`),
    );

  it('give a file that its CID names', async () =>
    assert.deepEqual(await fetchFile([honest], CID_TEXT, { maxBytes: BYTES.length }), BYTES));
  it('are tried in order: gone, lying, endless, honest', async () =>
    assert.deepEqual(await fetchFile([NOWHERE, lying, endless, honest], CID_TEXT, { maxBytes: BYTES.length }), BYTES));
  it('are not believed', () =>
    rejectsWith(fetchFile([lying], CID_TEXT, { maxBytes: BYTES.length }), /other bytes than the CID says/));
  it('cannot send more than a block', () =>
    rejectsWith(fetchFile([endless], CID_TEXT, { maxBytes: BYTES.length }), /more than 2097152 bytes/));
  it('cannot hand out a file that is larger than the chain says', () =>
    rejectsWith(fetchFile([honest], CID_TEXT, { maxBytes: BYTES.length - 1 }), /it has 2000 bytes, at most 1999/));
  it('are not asked for CIDs of other kinds', () =>
    rejectsWith(
      fetchFile([honest], 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG', { maxBytes: 9 }),
      /CID is not of a kind/,
    ));
  it('are missing', () => rejectsWith(fetchFile([], CID_TEXT, { maxBytes: 9 }), /no gateway is configured/));
  it('say whether they have a file', async () => {
    assert.equal(await hasFile(honest, CID_TEXT), true);
    assert.equal(await hasFile(honest, CID_TEXT.replace(/.$/, 'a')), false);
  });
  it('answer for the empty block, and only then are gateways', async () => {
    await probeGateway(honest);
    await assert.rejects(probeGateway(lying));
  });
});

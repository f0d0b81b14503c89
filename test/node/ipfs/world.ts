import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { encode, type PBNode, prepare } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import { ipfsRoutes } from '../../../node/gateway/routes/ipfs.ts';
import { carHeader, carSection } from '../../../node/ipfs/carFrames.ts';
import { StoreFetchFailed } from '../../../node/ipfs/errors.ts';
import { openStore, type StoreOptions } from '../../../node/ipfs/store.ts';
import type { Cid, Store } from '../../../node/ports/Store.ts';
import { seeded } from './seeded.ts';

/** Real stores in real folders and real HTTP servers on loopback; everything is gone after the tests of a file. */
const cleanups: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'assay-ipfs-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

export interface Home {
  readonly store: Store;
  readonly folder: string;
}

/** A store that may talk to loopback. */
export async function home(options: StoreOptions = {}, path?: string): Promise<Home> {
  const at = path ?? (await folder());
  const store = await openStore(at, { privateProviders: true, ...options });
  cleanups.push(() => store.close());
  return { store, folder: at };
}

/** Listens on a random port of loopback; the URL is a provider. */
export async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => stop(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The trustless gateway of a store on a real socket. */
export const serve = (store: Store): Promise<string> => listen(gatewayOf(store));

export const gatewayOf = (store: Store): RequestListener =>
  getRequestListener(ipfsRoutes({ store }).fetch) as unknown as RequestListener;

/** A gateway in front of which something goes wrong; the wrapper decides what. */
export function serveThrough(
  store: Store,
  wrap: (request: IncomingMessage, response: ServerResponse, pass: () => void) => void,
): Promise<string> {
  const pass = gatewayOf(store);
  return listen((request, response) => wrap(request, response, () => pass(request, response)));
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function* stream(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Every file below a folder, relative, sorted. */
export async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

export const blockFiles = async (at: string): Promise<string[]> =>
  (await filesIn(join(at, 'blocks'))).map((name) => join(at, 'blocks', name));

/** The block file that holds exactly these bytes. */
export async function fileHolding(at: string, bytes: Uint8Array): Promise<string> {
  for (const path of await blockFiles(at)) if (Buffer.compare(await readFile(path), bytes) === 0) return path;
  throw new Error('no block file holds these bytes');
}

export interface Made {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

export const cidOf = (codec: number, bytes: Uint8Array): CID =>
  CID.createV1(codec, createDigest(0x12, hash('sha256', bytes, 'buffer')));

export const rawBlock = (bytes: Uint8Array): Made => ({ cid: cidOf(0x55, bytes), bytes });

/** A dag-pb block with these children; `sizes` are what its UnixFS part declares of them. */
export function node(
  children: readonly CID[],
  sizes: readonly bigint[] = [],
  tsize = 1,
  type: 'file' | 'directory' = 'file',
): Made {
  const file = new UnixFS({ type, blockSizes: [...sizes] });
  const links = children.map((Hash) => ({ Hash, Name: '', Tsize: tsize }));
  return pbBlock({ Data: file.marshal(), Links: links });
}

export function pbBlock(value: PBNode): Made {
  const bytes = encode(prepare(value));
  return { cid: cidOf(0x70, bytes), bytes };
}

export const textOf = (made: Made): Cid => made.cid.toString() as Cid;

export const carOf = (root: CID, blocks: readonly Made[]): Uint8Array =>
  Buffer.concat([carHeader(root), ...blocks.flatMap(carSection)]);

/** A deterministic generator of whole numbers below `bound` (mulberry32). */
export function dice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export const MIB = 1024 * 1024;
export const CAR_HEADERS = { 'content-type': 'application/vnd.ipld.car; version=1; order=dfs; dups=n' };

export interface Worker extends Home {
  readonly file: Uint8Array;
  readonly cid: Cid;
}

/** A worker that has a file. */
export async function worker(size: number, seed: string): Promise<Worker> {
  const at = await home();
  const file = seeded(size, seed);
  const { cid } = await at.store.add(file);
  return { ...at, file, cid };
}

/** Counts the bytes of all bodies that go out, and the requests. */
export function meter() {
  const count = { bytes: 0, requests: 0, paths: [] as string[] };
  const watch = (url: string, response: ServerResponse): void => {
    count.requests++;
    count.paths.push(url);
    const write = response.write.bind(response) as (chunk: unknown, ...rest: unknown[]) => boolean;
    const end = response.end.bind(response) as (chunk?: unknown, ...rest: unknown[]) => ServerResponse;
    response.write = ((chunk: unknown, ...rest: unknown[]) => {
      count.bytes += (chunk as Uint8Array).length;
      return write(chunk, ...rest);
    }) as never;
    response.end = ((chunk?: unknown, ...rest: unknown[]) => {
      if (chunk instanceof Uint8Array || typeof chunk === 'string') count.bytes += chunk.length;
      return end(chunk, ...rest);
    }) as never;
  };
  return { count, watch };
}

export async function isSame(at: Home, cid: Cid, file: Uint8Array): Promise<void> {
  assert.equal(await at.store.has(cid), true);
  assert.equal(Buffer.compare(await at.store.read(cid, { maxBytes: 64 * MIB }), file), 0);
}

export async function failsWith(fetching: Promise<void>, why: RegExp): Promise<StoreFetchFailed> {
  let failure: StoreFetchFailed | undefined;
  await assert.rejects(fetching, (error: unknown) => {
    assert.ok(error instanceof StoreFetchFailed, String(error));
    assert.match(error.why, why);
    failure = error;
    return true;
  });
  return failure!;
}

/** Lets the first bytes of a body through; what happens then is the caller's. */
export function limitBody(response: ServerResponse, bytes: number, then: () => void): void {
  let left = bytes;
  const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
  response.write = ((chunk: Uint8Array) => {
    left -= chunk.length;
    if (left > 0) return write(chunk);
    then();
    return false;
  }) as never;
}

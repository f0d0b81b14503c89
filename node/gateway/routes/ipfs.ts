import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { ProtocolError } from '../../core/errors.ts';
import type { Log } from '../../ports/Log.ts';
import type { Cid, DagScope, Store } from '../../ports/Store.ts';
import { ServiceOverloaded } from '../../service/inference.ts';
import { BodyTooLarge, ContentEncodingRefused, MethodRefused, RequestMalformed } from '../errors.ts';
import { jsonReply, toResponse } from '../reply.ts';
import { ContentAbsent, FormatNotOffered, UploadRefused } from '../trustless/errors.ts';
import { etagOf, isFresh } from '../trustless/etag.ts';
import { CAR_TYPE, negotiate, RAW_TYPE, type Wanted } from '../trustless/negotiate.ts';

export interface IpfsRouteOptions {
  readonly store: Store;
  /** Whose CAR may be uploaded, and how many bytes its blocks may have. Absent: nothing may. */
  readonly mayUpload?: (cid: Cid) => Promise<{ readonly maxBytes: number } | undefined>;
  /** CARs that are sent or received at the same time; beyond it the answer is 503. @default 32 */
  readonly maxStreams?: number;
  /** Hears of CARs that break off because a block is missing or corrupt. */
  readonly log?: Log;
}

const PATH = '/ipfs/:cid';
/** The empty identity CID: clients ask for it to learn whether this is a trustless gateway. */
const PROBE = 'bafkqaaa';
/** A CARv1 without blocks whose root is {@link PROBE}: DAG-CBOR of `{ roots: [CID], version: 1 }` behind its length. */
const PROBE_CAR = Uint8Array.from(Buffer.from('19a265726f6f747381d82a450001550000' + '6776657273696f6e01', 'hex'));
/** Framing of a CAR beside its blocks: length and CID of each of at most 10,000, and the header. */
const CAR_OVERHEAD = 1024 * 1024;
const IMMUTABLE = 'public, max-age=29030400, immutable';

/** HTTP status by code, because the gateway does not know the adapter whose errors pass through it. */
const STATUS: ReadonlyMap<string, number> = new Map([
  ['REQUEST_MALFORMED', 400],
  ['STORE_CID_INVALID', 400],
  ['STORE_CAR_MALFORMED', 400],
  ['STORE_DAG_REFUSED', 400],
  ['UPLOAD_REFUSED', 403],
  ['CONTENT_ABSENT', 404],
  ['STORE_BLOCK_MISSING', 404],
  ['STORE_BLOCK_CORRUPT', 404],
  ['METHOD_REFUSED', 405],
  ['FORMAT_NOT_OFFERED', 406],
  ['BODY_TOO_LARGE', 413],
  ['STORE_BUDGET_EXCEEDED', 413],
  ['CONTENT_ENCODING_REFUSED', 415],
  ['SERVICE_OVERLOADED', 503],
  ['STORE_CLOSED', 503],
  ['STORE_IO_FAILED', 503],
  ['STORE_FULL', 507],
]);

/**
 * Trustless gateway (specs.ipfs.tech/http-gateways/trustless-gateway, 2026-03-05) over the local store: verifiable
 * bytes by CID, no paths, nothing fetched on request. It also takes CARs of the CIDs that `mayUpload` allows.
 */
export function ipfsRoutes(options: IpfsRouteOptions): Hono {
  const gateway = new TrustlessGateway(options);
  const app = new Hono();
  app.onError((error) => problem(error));
  app.get(PATH, (c) => gateway.serve(c));
  app.on(['PUT', 'POST'], PATH, (c) => gateway.receive(c));
  app.all(PATH, (c) => {
    throw new MethodRefused(c.req.method, 'GET, HEAD, PUT, POST');
  });
  app.all('/ipfs/*', () => {
    throw new RequestMalformed('paths below a CID are not resolved', 'Ask for the CID of the content itself.');
  });
  return app;
}

class TrustlessGateway {
  #streams = 0;
  readonly #options: IpfsRouteOptions;
  readonly #maxStreams: number;

  constructor(options: IpfsRouteOptions) {
    this.#options = options;
    this.#maxStreams = options.maxStreams ?? 32;
  }

  async serve(c: Context): Promise<Response> {
    const cid = cidOf(c);
    const wanted = negotiate({ query: (name) => c.req.query(name), accept: c.req.header('accept') });
    if (cid === PROBE) return probe(wanted);
    const root = await this.#rootBlock(cid);
    const headers = headersOf(c, cid, wanted);
    if (root === undefined) return absent(c, cid);
    if (isFresh(c.req.header('if-none-match'), etagOf(cid, wanted)))
      return new Response(null, { status: 304, headers });
    if (wanted.format === 'raw')
      return new Response(root as Uint8Array<ArrayBuffer>, {
        headers: { ...headers, 'content-length': String(root.length) },
      });
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    this.#admit();
    return new Response(ReadableStream.from(this.#counted(this.#car(c, cid, wanted.scope))), { headers });
  }

  async receive(c: Context): Promise<Response> {
    const { store, mayUpload } = this.#options;
    const cid = cidOf(c);
    if (await store.has(cid)) return accepted(cid, 200);
    const allowance = await mayUpload?.(cid);
    if (allowance === undefined) throw new UploadRefused(cid);
    const body = uploadOf(c, allowance.maxBytes);
    this.#admit();
    await store.importCar(cid, this.#counted(body), { maxBytes: allowance.maxBytes });
    return accepted(cid, 201);
  }

  /** The status is sent when a block turns out to be missing; all that is left is to cut the connection. */
  async *#car(c: Context, cid: Cid, scope: DagScope): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#options.store.exportCar(cid, scope);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.log?.warn('a CAR breaks off', { cid, code: error.code, why: error.why });
      const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>;
      if (outgoing === undefined) throw error;
      outgoing.destroy();
    }
  }

  /** A corrupt root block is quarantined by the store and therefore absent. */
  async #rootBlock(cid: Cid): Promise<Uint8Array | undefined> {
    try {
      return await this.#options.store.block(cid);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'STORE_BLOCK_CORRUPT') return undefined;
      throw error;
    }
  }

  #admit(): void {
    if (this.#streams < this.#maxStreams) return;
    throw new ServiceOverloaded(
      { what: 'The node sends and receives too many CARs', why: `${this.#streams} are open`, fix: 'Ask again in 1 s.' },
      1,
    );
  }

  /** Counts from the first byte on, so that a stream that nobody reads does not count for ever. */
  async *#counted(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    this.#streams++;
    try {
      yield* stream;
    } finally {
      this.#streams--;
    }
  }
}

const cidOf = (c: Context): Cid => (c.req.param('cid') ?? '') as Cid;

function headersOf(c: Context, cid: Cid, wanted: Wanted): Record<string, string> {
  const car = wanted.format === 'car';
  const located = c.req.query('format') === undefined;
  return {
    'content-type': car ? `${CAR_TYPE}; version=1; order=dfs; dups=n` : RAW_TYPE,
    'content-disposition': `attachment; filename="${cid}.${car ? 'car' : 'bin'}"`,
    'x-content-type-options': 'nosniff',
    'cache-control': IMMUTABLE,
    'access-control-allow-origin': '*',
    etag: etagOf(cid, wanted),
    'x-ipfs-path': `/ipfs/${cid}`,
    'x-ipfs-roots': cid,
    ...(located ? { vary: 'accept', 'content-location': `/ipfs/${cid}?format=${wanted.format}` } : {}),
  };
}

function probe(wanted: Wanted): Response {
  const headers = { 'content-type': wanted.format === 'car' ? `${CAR_TYPE}; version=1; order=dfs; dups=n` : RAW_TYPE };
  return new Response(wanted.format === 'car' ? PROBE_CAR : new Uint8Array(0), { headers });
}

function absent(c: Context, cid: Cid): Response {
  const onlyIfCached = /(^|,)\s*only-if-cached\s*(,|$)/i.test(c.req.header('cache-control') ?? '');
  return answer(new ContentAbsent(cid), onlyIfCached ? 412 : 404);
}

/** @throws {RequestMalformed} {@link FormatNotOffered} {@link ContentEncodingRefused} {@link BodyTooLarge} */
function uploadOf(c: Context, maxBytes: number): ReadableStream<Uint8Array> {
  const type = c.req.header('content-type') ?? '';
  if (!type.toLowerCase().startsWith(CAR_TYPE))
    throw new FormatNotOffered(`Content-Type is ${JSON.stringify(type.slice(0, 60))}, not ${CAR_TYPE}`);
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw new ContentEncodingRefused(encoding);
  const length = Number(c.req.header('content-length') ?? 0);
  if (length > maxBytes + CAR_OVERHEAD) throw new BodyTooLarge(length, maxBytes + CAR_OVERHEAD);
  if (c.req.raw.body === null) throw new RequestMalformed('the body is empty', 'Send the CAR as the body.');
  return c.req.raw.body;
}

const accepted = (cid: Cid, status: number): Response =>
  toResponse(jsonReply(status, { cid }, { location: `/ipfs/${cid}?format=car` }));

/** Anything that is not an expected failure of ours goes to the application's own handler. */
function problem(error: Error): Response {
  const status = error instanceof ProtocolError ? STATUS.get(error.code) : undefined;
  if (!(error instanceof ProtocolError) || status === undefined) throw error;
  return answer(error, status);
}

function answer(error: ProtocolError, status: number): Response {
  const body = { error: `${error.what}: ${error.why}. ${error.fix}`, code: error.code };
  const headers: Record<string, string> = { 'x-content-type-options': 'nosniff' };
  if (error instanceof MethodRefused) headers['allow'] = error.allow;
  if (status === 503 || status === 507) headers['retry-after'] = '1';
  return toResponse(jsonReply(status, body, headers));
}

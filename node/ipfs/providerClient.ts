import { lookup as dnsLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ProtocolError } from '../core/errors.ts';
import { StoreProviderFailed, StoreProviderStatus } from './errors.ts';
import { Pace, type PaceLimits } from './pace.ts';
import { isPrivateAddress } from './privateAddress.ts';

export interface ProviderReply {
  /** Lower case. */
  readonly contentType: string;
  readonly contentLength: number | undefined;
  /** Throws {@link StoreProviderFailed} when the peer is silent, slow, or cuts the connection. */
  readonly body: AsyncGenerator<Uint8Array>;
  readonly pace: Pace;
}

/**
 * GET from trustless gateways that nobody vouches for: their URLs come from the chain. No redirects, no proxies, no
 * compressed bodies, no private addresses unless allowed (checked on the address that is really dialled, so that a
 * name cannot be rebound in between), and never slower than {@link PaceLimits} allow.
 */
export class ProviderClient {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #limits: PaceLimits;
  readonly #allowPrivate: boolean;

  constructor(limits: PaceLimits, allowPrivate: boolean) {
    this.#limits = limits;
    this.#allowPrivate = allowPrivate;
    this.#http = new HttpAgent({ keepAlive: true, maxSockets: 16 });
    this.#https = new HttpsAgent({ keepAlive: true, maxSockets: 16 });
  }

  /** @throws {StoreProviderFailed} */
  async get(provider: string, path: string, accept: string, signal: AbortSignal): Promise<ProviderReply> {
    const url = this.#urlOf(provider, path);
    const pace = new Pace(provider, this.#limits);
    const response = await this.#send(provider, url, accept, pace, signal);
    const refusal = refusalOf(provider, response);
    if (refusal !== undefined) {
      response.destroy();
      throw refusal;
    }
    const length = response.headers['content-length'];
    return {
      contentType: (response.headers['content-type'] ?? '').toLowerCase(),
      contentLength: length === undefined ? undefined : Number(length),
      body: bodyOf(provider, response, pace),
      pace,
    };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #urlOf(provider: string, path: string): URL {
    const url = URL.parse(provider.endsWith('/') ? provider : `${provider}/`);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
      throw new StoreProviderFailed(provider, 'it is not an http or https URL');
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
      throw new StoreProviderFailed(provider, 'its URL has a user name, a query or a fragment');
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!this.#allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw privateRefusal(provider, host);
    return new URL(path, url);
  }

  async #send(provider: string, url: URL, accept: string, pace: Pace, signal: AbortSignal): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)(url, {
      agent: secure ? this.#https : this.#http,
      headers: { accept, 'accept-encoding': 'identity' },
      lookup: this.#allowPrivate ? undefined : publicLookup(provider),
      signal,
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (error) => reject(failure(provider, 'no connection', error)));
    });
    request.end();
    try {
      return await pace.first(response);
    } catch (error) {
      request.destroy();
      throw error;
    }
  }
}

function refusalOf(provider: string, response: IncomingMessage): StoreProviderFailed | undefined {
  const status = response.statusCode ?? 0;
  if (status !== 200) return new StoreProviderStatus(provider, status);
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    return new StoreProviderFailed(provider, `it compressed its answer (${encoding.slice(0, 40)}), which is refused`);
  return undefined;
}

async function* bodyOf(provider: string, response: IncomingMessage, pace: Pace): AsyncGenerator<Uint8Array> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await pace.next(() => chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw failure(provider, `the connection broke after ${pace.bytes} bytes`, error);
  } finally {
    response.destroy();
  }
}

function failure(provider: string, why: string, error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new StoreProviderFailed(provider, `${why} (${code})`, { cause: error });
}

const privateRefusal = (provider: string, address: string): StoreProviderFailed =>
  new StoreProviderFailed(
    provider,
    `its address ${address} is not on the public internet; open the store with privateProviders for a local network`,
  );

function publicLookup(provider: string): LookupFunction {
  return (hostname, options, done) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = error === null ? addresses.find(({ address }) => isPrivateAddress(address)) : undefined;
      if (error !== null) done(error, '');
      else if (refused !== undefined) done(privateRefusal(provider, refused.address), '');
      else if (options.all === true) done(null, addresses);
      else done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}

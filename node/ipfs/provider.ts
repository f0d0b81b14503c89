import type { CID } from 'multiformats/cid';
import { MAX_BLOCK_BYTES, type Tally } from './budget.ts';
import { CarSource } from './carSource.ts';
import { isHashOf, textOf } from './cid.ts';
import { StoreCarMalformed, StoreProviderFailed, StoreProviderStatus } from './errors.ts';
import type { ProviderClient, ProviderReply } from './providerClient.ts';

const CAR = 'application/vnd.ipld.car';
const RAW_BLOCK = 'application/vnd.ipld.raw';
/** Answers of a gateway that serves blocks but no CARs, as the specification allows. */
const NO_CARS: readonly number[] = [400, 405, 406, 415, 501];

/** One trustless gateway during one fetch: what it is asked, what it said, and what that says about it. */
export class Provider {
  readonly url: string;
  /** Times that it failed. */
  failed = 0;
  /** It does not serve CARs in depth-first order, so it is asked block by block. */
  rawOnly = false;
  readonly #client: ProviderClient;

  constructor(url: string, client: ProviderClient) {
    this.url = url;
    this.#client = client;
  }

  /** @throws {StoreProviderFailed} */
  async block(cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const reply = await this.#client.get(this.url, `ipfs/${textOf(cid)}?format=raw`, RAW_BLOCK, signal);
    const bytes = await this.#collect(reply);
    if (!isHashOf(cid, bytes))
      throw this.#lie(`the ${bytes.length} bytes it gives for ${textOf(cid)} hash to something else`);
    return bytes;
  }

  /**
   * Opens the CAR of a whole DAG. The gateway's own idea of its roots is ignored, as the specification advises.
   * @throws {StoreProviderFailed}
   */
  async car(root: CID, maxBytes: number, signal: AbortSignal): Promise<ProviderCar> {
    const reply = await this.#askForCar(root, signal);
    const source = new CarSource(reply.body, maxBytes);
    await this.#blame(() => source.roots()).catch(async (error: unknown) => {
      await source.close();
      throw error;
    });
    return {
      take: async (cid, tally) => {
        const block = await this.#blame(() => source.take(cid, tally));
        reply.pace.blockDone();
        return block;
      },
      close: () => source.close(),
    };
  }

  async #askForCar(root: CID, signal: AbortSignal): Promise<ProviderReply> {
    const path = `ipfs/${textOf(root)}?format=car&dag-scope=all`;
    const accept = `${CAR}; version=1; order=dfs; dups=n`;
    const reply = await this.#client.get(this.url, path, accept, signal).catch((error: unknown) => {
      if (error instanceof StoreProviderStatus && NO_CARS.includes(error.status)) this.rawOnly = true;
      throw error;
    });
    if (reply.contentType.startsWith(CAR)) return reply;
    await reply.body.return(undefined);
    this.rawOnly = true;
    throw new StoreProviderFailed(this.url, `it answered with ${reply.contentType.slice(0, 60)} instead of a CAR`);
  }

  async #collect(reply: ProviderReply): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      if ((reply.contentLength ?? 0) > MAX_BLOCK_BYTES) throw this.#tooLarge(reply.contentLength!);
      for await (const chunk of reply.body) {
        size += chunk.length;
        if (size > MAX_BLOCK_BYTES) throw this.#tooLarge(size);
        chunks.push(chunk);
      }
    } finally {
      await reply.body.return(undefined);
    }
    return Buffer.concat(chunks, size);
  }

  /** What a malformed CAR says of its sender: cut short is bad luck, another order is a lesser gateway, the rest is a lie. */
  async #blame<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreCarMalformed)) throw error;
      const outOfOrder = error.meta['outOfOrder'] === true;
      if (outOfOrder) this.rawOnly = true;
      const dishonest = !outOfOrder && error.meta['truncated'] !== true;
      throw new StoreProviderFailed(this.url, `its CAR is wrong: ${error.why}`, { dishonest, cause: error });
    }
  }

  #tooLarge(size: number): StoreProviderFailed {
    return this.#lie(`its answer has ${size} bytes or more, and no block has more than ${MAX_BLOCK_BYTES}`);
  }

  #lie(why: string): StoreProviderFailed {
    return new StoreProviderFailed(this.url, why, { dishonest: true });
  }
}

export interface ProviderCar {
  /** The block that a depth-first walk needs next. @throws {StoreProviderFailed} */
  take(cid: CID, tally: Tally): Promise<Uint8Array>;
  close(): Promise<void>;
}

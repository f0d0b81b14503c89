import { RpcError } from '../errors.ts';
import type { LiveSource } from '../sources.ts';
import type { StoredBlock } from '../store/blocks.ts';
import { bloomMayHold } from './bloom.ts';
import type { Chain, LogFilter } from './chain.ts';
import { RpcRefused } from './endpoint.ts';
import type { Block, Header, Log } from './types.ts';

/** Blocks in order; with logs, the block has its transactions. */
export interface Batch {
  readonly entries: readonly { readonly block: Header | Block; readonly logs: readonly Log[] }[];
}

/** Nearer to the head than this, every block's parent is checked; farther, only the ends of ranges. */
const NEAR = 64;
const FIRST_SPAN = 500;
const MAX_SPAN = 10_000;
/** Ranges that have to pass before a larger one is tried again. */
const PATIENCE = 8;
/** Logs in one answer beyond which the next range is halved, and below a quarter of which it is doubled. */
const MANY_LOGS = 8_000;
/** More addresses than this are filtered here: endpoints refuse long lists. */
const MAX_ADDRESSES = 500;
/** Blocks with transactions that are asked for at once. */
const BLOCKS_AT_ONCE = 100;
/** Blocks with transactions that are held in memory. */
const MAX_BLOCKS = 500;

function filterOf(sources: readonly LiveSource[]): LogFilter {
  const any = sources.some((source) => source.anyAddress);
  const addresses = [...new Set(sources.map((source) => source.address))];
  const topics = [...new Set(sources.flatMap((source) => [...source.spec.handlers.keys()]))];
  return { addresses: any || addresses.length > MAX_ADDRESSES ? undefined : addresses, topics };
}

/** Fetches the next blocks after the tip, in ranges that follow what the endpoint can bear. */
export function collect(chain: Chain) {
  let span = FIRST_SPAN;
  let patience = 0;
  const grow = (): void => {
    if (patience > 0) patience -= 1;
    else span = Math.min(MAX_SPAN, span * 2);
  };

  /** @returns undefined when the chain changed meanwhile */
  return async (
    from: number,
    head: Header,
    tip: StoredBlock | undefined,
    sources: readonly LiveSource[],
  ): Promise<Batch | undefined> => {
    const filter = filterOf(sources);
    const nearHead = async (): Promise<Batch | undefined> => {
      const last = from + span > head.number ? head : await chain.header(from + span - 1);
      const batch = last === null ? undefined : await near(chain, from, last, tip, filter);
      if (span < NEAR) grow();
      return batch;
    };
    const farBehind = async (): Promise<Batch | undefined> => {
      const to = Math.min(from + span - 1, head.number - NEAR);
      const logs = await chain.logsIn(from, to, filter);
      if (logs.length > MANY_LOGS) span = Math.max(1, span >> 1);
      else if (logs.length < MANY_LOGS / 4) grow();
      const kept = firstBlocks(logs, MAX_BLOCKS);
      if (kept.length < logs.length) span = Math.max(1, span >> 1);
      return far(chain, kept.length < logs.length ? kept.at(-1)!.blockNumber : to, kept);
    };
    for (;;) {
      try {
        return await (head.number - from < NEAR ? nearHead() : farBehind());
      } catch (error) {
        if (!(error instanceof RpcError) || span === 1) throw error;
        // Too many results, too wide a range, an answer too large or too late: a smaller range may pass. Only who said no
        // is asked again at once.
        span = Math.max(1, span >> 2);
        patience = PATIENCE;
        if (!(error instanceof RpcRefused)) throw error;
      }
    }
  };
}

async function far(chain: Chain, to: number, logs: readonly Log[]): Promise<Batch | undefined> {
  const end = await chain.header(to);
  if (end === null) return undefined;
  const groups = byBlock(logs);
  const blocks = await fetchBlocks(chain, [...groups.keys()]);
  if (groups.size > 0 && blocks.at(-1)!.number === to && blocks.at(-1)!.hash !== end.hash) return undefined;
  const entries: { block: Header; logs: readonly Log[] }[] = blocks.map((block) => ({
    block,
    logs: logsOf(block, groups),
  }));
  if (blocks.at(-1)?.number !== to) entries.push({ block: end, logs: [] });
  return { entries };
}

async function near(
  chain: Chain,
  from: number,
  head: Header,
  tip: StoredBlock | undefined,
  filter: LogFilter,
): Promise<Batch | undefined> {
  const numbers = Array.from({ length: head.number - from }, (_, i) => from + i);
  const [rest, logs] = await Promise.all([chain.headers(numbers), chain.logsIn(from, head.number, filter)]);
  const headers: Header[] = [];
  let parent = tip?.number === from - 1 ? tip.hash : undefined;
  for (const header of [...rest, head]) {
    if (header === null || (parent !== undefined && header.parentHash !== parent)) return undefined;
    headers.push(header);
    parent = header.hash;
  }
  const hashes = new Map(headers.map((header) => [header.number, header.hash]));
  if (logs.some((log) => hashes.get(log.blockNumber) !== log.blockHash)) return undefined;
  const groups = byBlock([...logs, ...(await withheld(chain, headers, logs, filter))]);
  const blocks = new Map((await fetchBlocks(chain, [...groups.keys()])).map((block) => [block.hash, block]));
  return {
    entries: headers.map((header) => {
      const block = blocks.get(header.hash);
      return block === undefined ? { block: header, logs: [] } : { block, logs: logsOf(block, groups) };
    }),
  };
}

/**
 * Endpoints behind a balancer answer `eth_getLogs` before their own node has the block: nothing, where the block's
 * bloom filter says there is something. Those blocks are asked for by hash.
 */
async function withheld(
  chain: Chain,
  headers: readonly Header[],
  logs: readonly Log[],
  filter: LogFilter,
): Promise<Log[]> {
  const seen = new Set(logs.map((log) => log.blockHash));
  const suspects = headers.filter(
    ({ hash, logsBloom }) =>
      !seen.has(hash) &&
      (filter.addresses ?? []).some((address) => bloomMayHold(logsBloom, address)) &&
      filter.topics.some((topic) => bloomMayHold(logsBloom, topic)),
  );
  return (await Promise.all(suspects.map((header) => chain.logsAt(header, filter)))).flat();
}

/** The logs of the first `count` blocks that have any. */
function firstBlocks(logs: readonly Log[], count: number): readonly Log[] {
  let blocks = 0;
  const end = logs.findIndex((log, i) => {
    if (log.blockNumber !== logs[i - 1]?.blockNumber) blocks += 1;
    return blocks > count;
  });
  return end === -1 ? logs : logs.slice(0, end);
}

async function fetchBlocks(chain: Chain, hashes: readonly string[]): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let i = 0; i < hashes.length; i += BLOCKS_AT_ONCE)
    blocks.push(...(await chain.blocks(hashes.slice(i, i + BLOCKS_AT_ONCE))));
  return blocks;
}

function byBlock(logs: readonly Log[]): Map<string, Log[]> {
  const groups = new Map<string, Log[]>();
  for (const log of logs) {
    const group = groups.get(log.blockHash);
    if (group === undefined) groups.set(log.blockHash, [log]);
    else group.push(log);
  }
  return groups;
}

function logsOf(block: Block, groups: ReadonlyMap<string, readonly Log[]>): readonly Log[] {
  const logs = groups.get(block.hash) ?? [];
  for (const log of logs)
    if (log.blockNumber !== block.number || block.transactions.get(log.transactionHash)?.index !== log.transactionIndex)
      throw new RpcError(`log ${log.logIndex} does not belong to block ${block.number}`);
  return logs;
}

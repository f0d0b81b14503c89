import { type Abi, decodeEventLog, type Log, type PublicClient } from 'viem';
import { type Address, type Digest, fromHex, type Hex } from '../../core/codec/hex.ts';
import { type GameEvent, openGame, play, RESULTS } from '../../core/dispute/game.ts';
import type { GameHistory } from '../../ports/Court.ts';

export interface DecodedLog {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly block: bigint;
}

/** Bytes of a tensor header: the contract takes no others. */
const HEADER_BYTES = 59;

/** Logs of some contracts whose first argument is one of `ids`, in chain order. */
export async function logsAbout(
  client: PublicClient,
  query: {
    readonly addresses: readonly Address[];
    readonly abi: Abi;
    readonly ids: readonly Digest[];
    readonly since: bigint;
  },
): Promise<DecodedLog[]> {
  const logs = await client.request({
    method: 'eth_getLogs',
    params: [
      {
        address: [...query.addresses],
        topics: [null, [...query.ids]],
        fromBlock: `0x${query.since.toString(16)}`,
        toBlock: 'latest',
      },
    ],
  });
  return logs
    .toSorted((a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex))
    .flatMap((log) => decoded(log, query.abi));
}

/** Events of other kinds that share the topic are left out. */
function decoded(log: { topics: readonly Hex[]; data: Hex; blockNumber: Hex | null }, abi: Abi): DecodedLog[] {
  const topics = log.topics as Log['topics'];
  try {
    const { eventName = '', args = {} } = decodeEventLog({ abi, topics, data: log.data });
    return [{ name: eventName, args: args as unknown as DecodedLog['args'], block: BigInt(log.blockNumber ?? 0) }];
  } catch {
    return [];
  }
}

/** A game out of the logs about it and its claim; undefined when it is not among them. */
export function historyFrom(gameId: Digest, logs: readonly DecodedLog[]): GameHistory | undefined {
  let game: GameHistory | undefined;
  let trace: GameEvent | undefined;
  for (const { name, args, block } of logs) {
    if (name === 'TraceAnswered')
      trace = { kind: 'trace', root: args['traceRoot'] as Digest, count: args['count'] as number };
    if (name === 'GameOpened' && args['gameId'] === gameId) {
      const { claimId, challenger, deadline } = args as { claimId: Digest; challenger: Address; deadline: bigint };
      game = { ...openGame(deadline), gameId, claimId, challenger, openedAt: block };
      if (trace !== undefined) game = { ...game, ...play(game, trace) };
      continue;
    }
    const event = name === 'TraceAnswered' ? trace : args['gameId'] === gameId ? eventOf(name, args) : undefined;
    if (game !== undefined && event !== undefined) game = { ...game, ...play(game, event) };
  }
  return game;
}

function eventOf(name: string, args: Readonly<Record<string, unknown>>): GameEvent | undefined {
  const deadline = args['deadline'] as bigint;
  const children = args['children'] as readonly Digest[];
  const bytes = (key: string, length?: number): Uint8Array => fromHex(args[key] as Hex, length);
  switch (name) {
    case 'NodeOpened':
      return { kind: 'opened', children, deadline };
    case 'NodePicked': {
      const [child, level, index] = [args['child'] as Digest, args['level'] as number, args['index'] as number];
      return { kind: 'picked', child, level, index, deadline };
    }
    case 'TensorOpened':
      return { kind: 'tensor', header: bytes('header', HEADER_BYTES), children, deadline };
    case 'LeafOpened':
      return { kind: 'leaf', data: bytes('data'), deadline };
    case 'ElementPicked':
      return { kind: 'element', step: args['step'] as number, element: args['element'] as bigint, deadline };
    case 'PartialsPosted':
      return { kind: 'partials', partials: args['partials'] as readonly bigint[], deadline };
    case 'GameEnded':
      return { kind: 'ended', result: RESULTS[args['result'] as number]! };
    default:
      return undefined;
  }
}

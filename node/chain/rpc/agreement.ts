import { ProtocolError } from '../../core/errors.ts';
import type { RpcRequest } from './rpc.ts';

/** Endpoints contradict each other, or too few of them answer, to believe any of them. */
export class RpcDisputed extends ProtocolError {
  override readonly code = 'RPC_DISPUTED';
  override readonly retryable = true;
  constructor(method: string, needed: number, votes: readonly string[]) {
    super({
      what: 'The chain endpoints do not agree',
      why: `${method} must have the same answer from ${needed} endpoints; ${votes.join(', ')}`,
      fix: 'Nothing is done until they agree. If one of them lies or lags for long, remove it from the --rpc URLs.',
      meta: { method, needed, votes },
    });
  }
}

interface Voter {
  readonly host: string;
  readonly ask: RpcRequest;
}

/**
 * A request function that believes an answer only when `needed` of the voters give it alike. Of `eth_blockNumber` it
 * gives the highest block that `needed` of them have reached. Fewer than `needed` liars can delay it, not deceive it.
 */
export function agreedRequest(voters: readonly Voter[], needed: number): RpcRequest {
  return async (method, params) => {
    const answers = voters.map(async ({ host, ask }) => ({ host, answer: await ask(method, params) }));
    if (method === 'eth_blockNumber') return common(await Promise.allSettled(answers), needed);
    return firstAgreed(method, answers, needed);
  };
}

type Answered = { readonly host: string; readonly answer: unknown };

function common(results: readonly PromiseSettledResult<Answered>[], needed: number): string {
  const heads = results.flatMap((each) => (each.status === 'fulfilled' ? [Number(each.value.answer)] : []));
  const head = heads.sort((a, b) => b - a)[needed - 1];
  if (head === undefined) throw new RpcDisputed('eth_blockNumber', needed, [`${heads.length} of them answer`]);
  return `0x${head.toString(16)}`;
}

/** Ends with the vote that decides: a hanging endpoint costs nothing. */
function firstAgreed(method: string, answers: readonly Promise<Answered>[], needed: number): Promise<unknown> {
  const votes = new Map<string, string[]>();
  return new Promise((done, failed) => {
    const counted = answers.map(async (each) => {
      const { host, answer } = await each;
      const ballot = essence(method, answer);
      const hosts = [...(votes.get(ballot) ?? []), host];
      votes.set(ballot, hosts);
      if (hosts.length === needed) done(answer);
    });
    Promise.allSettled(counted).then(() => {
      const shown = [...votes.values()].map((hosts) => hosts.join(' + '));
      failed(new RpcDisputed(method, needed, shown.length === 0 ? ['none answers'] : shown));
    }, failed);
  });
}

/** What must be alike; clients of different makers add fields of their own. */
function essence(method: string, answer: unknown): string {
  if (method === 'eth_getBlockByNumber') return String((answer as { hash?: unknown } | null)?.hash);
  if (method === 'eth_getLogs') {
    const logs = answer as readonly Readonly<Record<string, unknown>>[];
    return JSON.stringify(
      logs.map((log) => [log['address'], log['topics'], log['data'], log['blockHash'], log['logIndex']]),
    );
  }
  return JSON.stringify(answer);
}

// A process that carries intents out and kills itself, as hard as can be, at one step of its work. A step is the moment
// before or after a journal write or a call to the chain. argv: JSON of Task.
import { encodeFunctionData } from 'viem';
import { Rpc } from '../../node/chain/rpc/rpc.ts';
import { createSigner } from '../../node/chain/signer.ts';
import { TxQueue } from '../../node/chain/tx/txQueue.ts';
import { type Address, type Digest, fromHex } from '../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import type { Journal, JournalTable } from '../../node/ports/Journal.ts';
import { memoryLog } from './anvilRpc.ts';
import { counterAbi } from './counterContract.ts';

export interface TxTask {
  readonly url: string;
  readonly chain: { readonly chainId: number; readonly genesisHash: Digest };
  readonly journal: string;
  readonly key: `0x${string}`;
  readonly counter: Address;
  readonly firstId: number;
  readonly count: number;
  /** 0: live to the end. */
  readonly dieAtStep: number;
}

const task = JSON.parse(process.argv[2]!) as TxTask;
let steps = 0;
function step(): void {
  if (++steps === task.dieAtStep) process.kill(process.pid, 'SIGKILL');
}

function around<T>(body: () => T): T {
  step();
  const result = body();
  step();
  return result;
}

/** The real journal, with a step before and after every write. */
function stepping(journal: Journal): Journal {
  return {
    transaction: (body) => around(() => journal.transaction(body)),
    table<Row>(name: string): JournalTable<Row> {
      const table = journal.table<Row>(name);
      return {
        get: (key) => table.get(key),
        entries: () => table.entries(),
        count: () => table.count(),
        insert: (key, row) => around(() => table.insert(key, row)),
        put: (key, row) => around(() => table.put(key, row)),
        delete: (key) => around(() => table.delete(key)),
      };
    },
    close: () => journal.close(),
  };
}

class SteppingRpc extends Rpc {
  override async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    step();
    const result = await super.request(method, params);
    step();
    return result;
  }
}

const rpc = new SteppingRpc({ urls: [task.url], chain: task.chain });
const signer = createSigner(fromHex(task.key, 32));
const journal = stepping(SqliteJournal.open(task.journal));
const queue = new TxQueue({
  rpc,
  chain: task.chain,
  signer,
  journal,
  log: memoryLog(),
  errors: counterAbi,
  pollMs: 20,
});
queue.start();
const outcomes = await Promise.all(
  Array.from({ length: task.count }, (_, i) => task.firstId + i).map((id) =>
    queue.enqueue({
      id: `hit ${id}`,
      to: task.counter,
      data: encodeFunctionData({ abi: counterAbi, functionName: 'hit', args: [BigInt(id)] }),
      describe: `hit ${id}`,
    }),
  ),
);
await queue.stop();
process.stdout.write(JSON.stringify({ steps, confirmed: outcomes.filter(({ kind }) => kind === 'confirmed').length }));

import { setTimeout as sleep } from 'node:timers/promises';
import { type Abi, type Hex, type PublicClient, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem';
import { ProtocolError } from '../core/errors.ts';
import type { Journal } from '../ports/Journal.ts';
import type { Log } from '../ports/Log.ts';
import type { AccountSigner } from '../ports/Signer.ts';
import type { Call } from './assay/context.ts';
import * as contracts from './generated/contracts.ts';
import { ChainReverted } from './revert.ts';
import type { ChainIdentity, Rpc } from './rpc/rpc.ts';
import { TxQueue } from './tx/txQueue.ts';

const RECEIPT_ATTEMPTS = 100;
const RECEIPT_PAUSE_MS = 100;

/** Errors of every contract of ours: a refusal may come from deep inside a call. */
const ERRORS: Abi = Object.entries(contracts)
  .flatMap(([name, value]) => (name.endsWith('Abi') ? (value as Abi) : []))
  .filter(({ type }) => type === 'error');

/** The chain did not take a transaction; nothing happened. */
export class TransactionCancelled extends ProtocolError {
  override readonly code = 'TRANSACTION_CANCELLED';
  override readonly retryable = true;
}

export interface AccountQueue {
  /** Resolves with the receipt of the confirmed transaction. @throws ChainReverted {@link TransactionCancelled} BalanceTooLow */
  send(call: Call): Promise<TransactionReceipt>;
  /** Intents of earlier lives that are still on their way. */
  readonly pending: number;
  close(): Promise<void>;
}

export interface AccountQueueOptions {
  readonly rpc: Rpc;
  readonly client: PublicClient;
  readonly chain: ChainIdentity;
  readonly signer: AccountSigner;
  readonly journal: Journal;
  readonly log: Log;
  /** Never offers more, wei per gas. @default the queue's bound */
  readonly maxFeePerGas?: bigint;
}

/** The persisted queue of one key, in the form that the contract adapters use. */
export function openAccountQueue({ client, ...options }: AccountQueueOptions): AccountQueue {
  const queue = new TxQueue({ ...options, errors: ERRORS });
  queue.start();
  return {
    get pending() {
      return queue.pending().length;
    },
    send: async ({ id, to, data, describe }) => {
      const outcome = await queue.enqueue({ id, to, data, describe });
      if (outcome.kind === 'reverted') throw new ChainReverted(describe, outcome.revert, outcome.hash);
      if (outcome.kind === 'cancelled') {
        throw new TransactionCancelled({
          what: `The chain did not ${describe}`,
          why: outcome.why,
          fix: 'Try again.',
          meta: { hash: outcome.hash },
        });
      }
      return receiptOf(client, outcome.hash);
    },
    close: () => queue.stop(),
  };
}

/** The outcome came from one endpoint; another one may need a moment to see the same block. */
async function receiptOf(client: PublicClient, hash: Hex): Promise<TransactionReceipt> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.getTransactionReceipt({ hash });
    } catch (error) {
      if (!(error instanceof TransactionReceiptNotFoundError) || attempt === RECEIPT_ATTEMPTS) throw error;
    }
    await sleep(RECEIPT_PAUSE_MS);
  }
}

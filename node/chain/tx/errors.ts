import { ProtocolError } from '../../core/errors.ts';

export class BalanceTooLow extends ProtocolError {
  override readonly code = 'BALANCE_TOO_LOW';
  constructor(describe: string, account: string, balanceWei: bigint, neededWei: bigint) {
    super({
      what: `The account cannot pay for the transaction to ${describe}`,
      why: `${account} holds ${balanceWei} wei, the transaction needs up to ${neededWei} wei for gas and value`,
      fix: `Send at least ${neededWei - balanceWei} wei to ${account}, then try again; nothing was sent.`,
      meta: { account, balanceWei, neededWei },
    });
  }
}

export class IntentChanged extends ProtocolError {
  override readonly code = 'INTENT_CHANGED';
  constructor(id: string) {
    super({
      what: 'This transaction was recorded with another content',
      why: `the id ${id.slice(0, 200)} stands in the journal for a different call`,
      fix: 'Use a new id for a new call; an id is sent once, whatever happens.',
      meta: { id: id.slice(0, 200) },
    });
  }
}

export class TxQueueStopped extends ProtocolError {
  override readonly code = 'TX_QUEUE_STOPPED';
  override readonly retryable = true;
  constructor(describe: string) {
    super({
      what: `The node stopped before the transaction to ${describe} was confirmed`,
      why: 'the transaction queue was closed',
      fix: 'Start the node again: the transaction is in the journal and is carried on, once.',
    });
  }
}

import { useState } from 'react';
import type { Answer } from '../../../node/core/codec/answerFile.ts';
import type { Digest } from '../../../node/core/codec/hex.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { useConfig } from '../../lib/config.ts';
import type { AnswerCheck, AnswerVerdict } from '../../lib/inference/checkAnswer.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import type { OfferRow } from './query.ts';
import type { LocalModel } from './useLocalModel.ts';

export type Stage = 'idle' | 'signing' | 'asking' | 'checking' | 'done';

export interface PaidState {
  readonly stage: Stage;
  readonly answer?: Answer;
  readonly jobId?: Digest;
  readonly milliseconds?: number;
  readonly checks: readonly AnswerCheck[];
  readonly verdict?: AnswerVerdict;
  readonly problem?: Problem;
}

export interface PaidAnswer extends PaidState {
  ask(model: LocalModel, slug: string, offer: OfferRow, input: Tensor): void;
  clear(): void;
}

const IDLE: PaidState = { stage: 'idle', checks: [] };

/** A paid answer on demand; what it takes to pay and to check is loaded then. */
export function usePaidAnswer(): PaidAnswer {
  const config = useConfig();
  const { address, connect } = useWallet();
  const { sign } = useTransactions();
  const [state, setState] = useState(IDLE);
  return {
    ...state,
    clear: () => setState(IDLE),
    ask: (model, slug, offer, input) => {
      if (config === undefined) return;
      if (address === undefined && BigInt(offer.feeWei) > 0n) return connect();
      // At once, so that a second press finds nothing to press.
      setState({ stage: BigInt(offer.feeWei) > 0n ? 'signing' : 'asking', checks: [] });
      import('./payForAnswer.ts')
        .then(({ payForAnswer }) =>
          payForAnswer(config, { model, slug, offer, input, account: address }, sign, setState),
        )
        .catch((error: unknown) =>
          setState((now) => ({ ...now, stage: now.answer === undefined ? 'idle' : 'done', problem: problemOf(error) })),
        );
    },
  };
}

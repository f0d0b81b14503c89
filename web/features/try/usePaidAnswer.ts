import { useState } from 'react';
import type { Answer } from '../../../node/core/codec/answerFile.ts';
import type { Address, Digest } from '../../../node/core/codec/hex.ts';
import { tensorCommitment } from '../../../node/core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { formatAssay } from '../../lib/format.ts';
import { askWorker } from '../../lib/inference/askWorker.ts';
import { type AnswerCheck, type AnswerVerdict, checkAnswer } from '../../lib/inference/checkAnswer.ts';
import { jobIdIn, jobOf, type Order, paymentPayload, paymentPlan } from '../../lib/inference/payment.ts';
import { keepAnswer } from '../../lib/inference/savedAnswers.ts';
import { isPermitted } from '../../lib/policy.ts';
import { type Problem, ProblemError, problemOf } from '../../lib/problem.ts';
import { readContract } from '../../lib/read.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import type { OfferRow } from './query.ts';
import type { LocalModel } from './useLocalModel.ts';

export type Stage = 'idle' | 'signing' | 'asking' | 'checking' | 'done';

export interface PaidAnswer {
  readonly stage: Stage;
  readonly answer?: Answer;
  readonly jobId?: Digest;
  readonly milliseconds?: number;
  readonly checks: readonly AnswerCheck[];
  readonly verdict?: AnswerVerdict;
  readonly problem?: Problem;
  ask(model: LocalModel, slug: string, offer: OfferRow, input: Tensor): void;
  clear(): void;
}

type State = Omit<PaidAnswer, 'ask' | 'clear'>;
const IDLE: State = { stage: 'idle', checks: [] };

const chainTimeOf = async (config: SiteConfig): Promise<bigint> => {
  const block = await rpcRequest<{ timestamp: string }>(config.rpcUrls, 'eth_getBlockByNumber', ['latest', false]);
  return BigInt(block.timestamp);
};

async function requireBalance(config: SiteConfig, account: Address, feeWei: bigint): Promise<void> {
  const balance = await readContract(config, {
    contract: 'token',
    functionName: 'balanceOf',
    args: [account],
  });
  if (balance >= feeWei) return;
  throw new ProblemError({
    what: 'Your account cannot pay for this answer',
    why: `it holds ${formatAssay(balance)}, the price is ${formatAssay(feeWei)}`,
    fix: config.local ? 'Get tokens from the faucet of the local network.' : 'Send ASSAY to this account first.',
  });
}

/** One paid inference: one signature, then the answer, its receipt, and every check of both. */
export function usePaidAnswer(): PaidAnswer {
  const config = useConfig();
  const { address, connect } = useWallet();
  const { sign } = useTransactions();
  const [state, setState] = useState<State>(IDLE);

  const run = async (model: LocalModel, slug: string, offer: OfferRow, input: Tensor): Promise<void> => {
    const site = config!;
    const { endpoint, id, hotKey } = offer.worker;
    if (!isPermitted(endpoint))
      throw new ProblemError({
        what: 'This worker is not among your gateways',
        why: 'this site talks only to servers that you or its host have named',
        fix: 'Add the address of the worker in the settings, or choose another worker.',
      });
    const feeWei = BigInt(offer.feeWei);
    const order: Order = {
      model: slug,
      versionId: model.claim.versionId,
      worker: id as Address,
      feeWei,
      inputRoot: tensorCommitment(input),
    };
    let jobId: Digest | undefined;
    let payment: Readonly<Record<string, unknown>> | undefined;
    if (feeWei > 0n) {
      const client = address!;
      setState({ ...IDLE, stage: 'signing' });
      await requireBalance(site, client, feeWei);
      const terms = jobOf(site, client, order, await chainTimeOf(site));
      const signature = await sign(paymentPlan(site, order, terms));
      if (signature === undefined) return setState(IDLE);
      jobId = jobIdIn(site, terms);
      payment = paymentPayload(site, terms, signature);
    }
    setState({ ...IDLE, stage: 'asking' });
    const begun = performance.now();
    const { name } = model.program.input;
    const reply = await askWorker({
      endpoint,
      model: slug,
      versionId: order.versionId,
      name,
      input,
      ...(payment === undefined ? {} : { payment }),
    });
    const milliseconds = performance.now() - begun;
    const answer: Answer = { model: slug, cid: model.claim.cid, feeWei, hotKey: hotKey as Address, input, ...reply };
    keepAnswer(answer);
    const known: State = {
      stage: 'checking',
      answer,
      milliseconds,
      checks: [],
      ...(jobId === undefined ? {} : { jobId }),
    };
    setState(known);
    const worker = await readContract(site, {
      contract: 'workers',
      functionName: 'getWorker',
      args: [order.worker],
    });
    const facts = {
      claim: model.claim,
      hotKey: worker.hotKey,
      chainTime: await chainTimeOf(site),
      judge: (text: string) => model.engine.judge(text, model.artifact),
      ...(jobId === undefined ? {} : { jobId }),
    };
    const verdict = await checkAnswer(answer, facts, (check) =>
      setState((now) => ({ ...now, checks: [...now.checks, check] })),
    );
    setState({ ...known, stage: 'done', checks: verdict.checks, verdict });
  };

  return {
    ...state,
    clear: () => setState(IDLE),
    ask: (model, slug, offer, input) => {
      if (config === undefined) return;
      if (address === undefined && BigInt(offer.feeWei) > 0n) return connect();
      void run(model, slug, offer, input).catch((error: unknown) =>
        setState((now) => ({ ...now, stage: now.answer === undefined ? 'idle' : 'done', problem: problemOf(error) })),
      );
    },
  };
}

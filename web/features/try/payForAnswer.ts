import type { Answer } from '../../../node/core/codec/answerFile.ts';
import type { Address, Digest, Hex } from '../../../node/core/codec/hex.ts';
import { tensorCommitment } from '../../../node/core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay } from '../../lib/format.ts';
import { askWorker } from '../../lib/inference/askWorker.ts';
import { type AnswerCheck, checkAnswer, receiptDomainOf } from '../../lib/inference/checkAnswer.ts';
import { jobIdIn, jobOf, type Order, paymentPayload, paymentPlan, stillPayable } from '../../lib/inference/payment.ts';
import { keepAnswer } from '../../lib/inference/savedAnswers.ts';
import { isPermitted } from '../../lib/policy.ts';
import { ProblemError, problemOf } from '../../lib/problem.ts';
import { readContract } from '../../lib/read.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import type { SignaturePlan } from '../../lib/transactions/plan.ts';
import type { OfferRow } from './query.ts';
import type { LocalModel } from './useLocalModel.ts';
import type { PaidState } from './usePaidAnswer.ts';

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
    ...(config.local
      ? { fix: 'The faucet of the local network gives it.', link: { label: 'Open the faucet', href: '/local/' } }
      : { fix: 'Send ASSAY to this account first.' }),
  });
}

/** What is wanted of whom, and who pays. */
export interface Purchase {
  readonly model: LocalModel;
  readonly slug: string;
  readonly offer: OfferRow;
  readonly input: Tensor;
  /** Undefined only for answers that are free. */
  readonly account: Address | undefined;
}

/**
 * One paid inference: one signature, then the answer, its receipt, and every check of both. `tell` hears each stage.
 * @throws {ProblemError}
 */
export async function payForAnswer(
  site: SiteConfig,
  { model, slug, offer, input, account }: Purchase,
  sign: (plan: SignaturePlan) => Promise<Hex | undefined>,
  tell: (state: PaidState) => void,
): Promise<void> {
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
  let validUntil: bigint | undefined;
  if (feeWei > 0n) {
    const client = account!;
    tell({ stage: 'signing', checks: [] });
    await requireBalance(site, client, feeWei);
    const terms = jobOf(site, client, order, await chainTimeOf(site));
    const signature = await sign(paymentPlan(site, order, terms));
    if (signature === undefined) return tell({ stage: 'idle', checks: [] });
    jobId = jobIdIn(site, terms);
    payment = paymentPayload(site, terms, signature);
    validUntil = terms.expiresAt;
  }
  tell({ stage: 'asking', checks: [] });
  const begun = performance.now();
  const { name } = model.program.input;
  const reply = await askWorker({
    endpoint,
    model: slug,
    versionId: order.versionId,
    name,
    input,
    ...(payment === undefined ? {} : { payment }),
  }).catch((error: unknown) => {
    throw validUntil === undefined
      ? error
      : new ProblemError(stillPayable(problemOf(error), jobId!, validUntil), error);
  });
  const milliseconds = performance.now() - begun;
  const answer: Answer = { model: slug, cid: model.claim.cid, feeWei, hotKey: hotKey as Address, input, ...reply };
  keepAnswer(answer);
  const known: PaidState = {
    stage: 'checking',
    answer,
    milliseconds,
    checks: [],
    ...(jobId === undefined ? {} : { jobId }),
  };
  tell(known);
  const worker = await readContract(site, {
    contract: 'workers',
    functionName: 'getWorker',
    args: [order.worker],
  });
  const facts = {
    claim: model.claim,
    hotKey: worker.hotKey,
    worker: order.worker,
    domain: receiptDomainOf(site),
    chainTime: await chainTimeOf(site),
    judge: (text: string) => model.engine.judge(text, model.artifact),
    // Nothing but its date says until when an answer without a job can be challenged.
    ...(jobId === undefined ? { fresh: true } : { jobId }),
  };
  let checks: readonly AnswerCheck[] = [];
  const verdict = await checkAnswer(answer, facts, (check) => {
    checks = [...checks, check];
    tell({ ...known, checks });
  });
  tell({ ...known, stage: 'done', checks: verdict.checks, verdict });
}

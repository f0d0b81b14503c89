import type { Answer } from '../../../node/core/codec/answerFile.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { loadArtifact, readVersionClaim } from '../../lib/inference/artifact.ts';
import { type AnswerCheck, type AnswerVerdict, checkAnswer, receiptDomainOf } from '../../lib/inference/checkAnswer.ts';
import { Engine } from '../../lib/inference/engine.ts';
import { readContract } from '../../lib/read.ts';
import { rpcRequest } from '../../lib/rpc.ts';

/** Everything that makes a saved answer true, repeated from the chain and the file alone. */
export async function verifySaved(
  config: SiteConfig,
  answer: Answer,
  onCheck: (check: AnswerCheck) => void,
): Promise<AnswerVerdict> {
  const { receipt } = answer.receipt;
  const engine = new Engine();
  try {
    const claim = await readVersionClaim(config, receipt.versionId);
    const { bytes } = await loadArtifact(config, claim);
    const worker = await readContract(config, {
      contract: 'workers',
      functionName: 'getWorker',
      args: [receipt.worker],
    });
    const block = await rpcRequest<{ timestamp: string }>(config.rpcUrls, 'eth_getBlockByNumber', ['latest', false]);
    const facts = {
      claim,
      hotKey: worker.hotKey,
      domain: receiptDomainOf(config),
      chainTime: BigInt(block.timestamp),
      judge: (text: string) => engine.judge(text, bytes),
    };
    return await checkAnswer(answer, facts, onCheck);
  } finally {
    engine.close();
  }
}

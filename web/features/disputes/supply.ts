import { readTensor } from '../../../node/core/codec/answerFile.ts';
import { type Hex, toHex } from '../../../node/core/codec/hex.ts';
import { inputLeaf } from '../../../node/core/dispute/inputLeaves.ts';
import { commitTensor } from '../../../node/core/merkle/tensorCommitment.ts';
import { formatAssay, formatBytes } from '../../lib/format.ts';
import { ProblemError } from '../../lib/problem.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';
import type { ClaimDetail, DemandRow } from './query.ts';

/** A saved answer of 64 MiB of input in base64, and its output: more is no file of ours. */
export const MAX_FILE_BYTES = 192 << 20;

const unfit = (why: string): ProblemError =>
  new ProblemError({
    what: 'This file does not hold the input',
    why,
    fix: 'Choose the answer that was saved with this receipt, or the input as a worker hands it out.',
  });

/** `input` of a saved answer, or a tensor by itself. */
function tensorIn(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null) throw unfit('it is no object');
    return 'input' in value ? value.input : value;
  } catch (error) {
    throw error instanceof ProblemError ? error : unfit('it is not JSON');
  }
}

/** The receipt behind a claim, as the arena takes it; undefined while it is not public. */
function receiptOf(claim: ClaimDetail) {
  const { receiptJobId, version, programRoot, inputRoot, outputRoot, receiptIssuedAt, worker } = claim;
  if (receiptJobId === null || version === null || programRoot === null) return undefined;
  if (inputRoot === null || outputRoot === null || receiptIssuedAt === null) return undefined;
  return {
    jobId: receiptJobId as Hex,
    versionId: BigInt(version.id),
    programRoot: programRoot as Hex,
    inputRoot: inputRoot as Hex,
    outputRoot: outputRoot as Hex,
    worker: worker.id as Hex,
    issuedAt: BigInt(receiptIssuedAt),
  };
}

/**
 * Publishes a demanded piece of the input, read from a file that the reader chose.
 * @throws {ProblemError} when the file holds another input; ProtocolError when it holds no tensor
 */
export function supplyPlan(claim: ClaimDetail, demand: DemandRow, text: string): TransactionPlan {
  const receipt = receiptOf(claim);
  if (receipt === undefined) throw unfit('the receipt of this claim is not public yet');
  const tensor = readTensor(tensorIn(text), 'input');
  const committed = commitTensor(tensor);
  if (committed.digest !== receipt.inputRoot) throw unfit('its root is another one than the receipt names');
  const { leaf, header, data, path } = inputLeaf({ tensor, committed }, Number(demand.leaf));
  return {
    title: `Publish piece ${leaf} of the input`,
    summary: [
      {
        label: 'Everybody can read',
        after: data.length === 0 ? 'that there is no such piece' : formatBytes(data.length),
      },
      { label: 'You earn', after: formatAssay(demand.priceWei) },
    ],
    to: 'arena',
    functionName: 'supplyInput',
    args: [claim.id, receipt, leaf, toHex(header), toHex(data), path.map((sibling) => toHex(sibling))],
  };
}

import type { Digest } from '../../../node/core/codec/hex.ts';
import type { Truth } from '../../../node/core/dispute/challengerMove.ts';
import type { CommittedValue, ProgramCommitment } from '../../../node/core/dispute/programCommitment.ts';
import { type TraceCommitment, traceOf } from '../../../node/core/dispute/traceCommitment.ts';
import { commitTensor } from '../../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor } from '../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../../node/host.ts';
import { truthOf } from '../../../node/service/dispute/truth.ts';
import { changed } from '../disputeBench.ts';

/** A worker's one lying part: what he says of his own trace. */
export type Lie = (own: TraceCommitment) => TraceCommitment;

const commit = (value: Tensor): CommittedValue => ({ tensor: value, committed: commitTensor(value, { sha256 }) });

/** The claim must be false for anybody to dispute it: its output is wrong too. */
function replaced(own: TraceCommitment, step: number, value: CommittedValue): TraceCommitment {
  const last = own.values.length - 1;
  const values = own.values.map((each, at) => {
    if (at === step) return value;
    return at === last ? commit(changed(each.tensor, each.tensor.data.length - 1)) : each;
  });
  return traceOf(own.program, values);
}

/** One element of T_step is wrong. */
export const wrongElement =
  (step: number, element: number): Lie =>
  (own) => {
    const { tensor: value } = own.values[step]!;
    return replaced(own, step, commit(changed(value, element % value.data.length)));
  };

/** T_step is a number that he has no preimage of. */
export const wrongRoot =
  (step: number): Lie =>
  (own) => {
    const value = own.values[step]!;
    return replaced(own, step, {
      ...value,
      committed: { ...value.committed, digest: `0x${'5a'.repeat(32)}` as Digest },
    });
  };

/** T_step commits to the right elements in another shape. */
export const wrongHeader =
  (step: number): Lie =>
  (own) => {
    const { tensor: value } = own.values[step]!;
    return replaced(own, step, commit(tensor(value.dtype, [value.data.length, 1], value.data as never)));
  };

/** How a liar computes what he defends: honest code, then the lie. */
export const lying =
  (lie: Lie) =>
  (program: ProgramCommitment, input: Tensor): Truth => ({ own: lie(truthOf(program, input).own) });

import type { StepOp } from './step.ts';
import type { StepKind } from './stepKind.ts';
import { ARGMAX } from './steps/argmax.ts';
import { AVGPOOL } from './steps/avgpool.ts';
import { CONCAT } from './steps/concat.ts';
import { GATHER } from './steps/gather.ts';
import { LAYERNORM } from './steps/layernorm.ts';
import { LUT } from './steps/lut.ts';
import { MAXPOOL } from './steps/maxpool.ts';
import { QADD } from './steps/qadd.ts';
import { QCONV2D } from './steps/qconv2d.ts';
import { QLINEAR } from './steps/qlinear.ts';
import { QMATMUL } from './steps/qmatmul.ts';
import { SOFTMAX } from './steps/softmax.ts';

/** Every step operator, by name: prover, interpreter, referee's twin and ONNX form walk these rows. */
export const STEP_KINDS: Readonly<Record<StepOp, StepKind>> = {
  QLINEAR,
  QCONV2D,
  MAXPOOL,
  AVGPOOL,
  QADD,
  LUT,
  GATHER,
  CONCAT,
  QMATMUL,
  SOFTMAX,
  LAYERNORM,
  ARGMAX,
};

import { toHex } from '../../node/core/codec/hex.ts';
import { sha256 } from '../../node/core/codec/sha256.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../node/core/exact/modelFromProgram.ts';
import { encodeProgramHeader, type Program, programDigests, programRoot } from '../../node/core/exact/program.ts';
import { encodeStep, outSize, STEP_OPS, type Step, type StepOp } from '../../node/core/exact/step.ts';
import { STEP_KINDS } from '../../node/core/exact/stepKinds.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { randomGraph, randomInput, randomProgram } from '../../test/helpers/randomProgram.ts';
import { Seeded } from '../../test/helpers/seeded.ts';

const write = (t: Tensor) => ({ dtype: t.dtype, dims: t.dims, data: toHex(tensorBytes(t)), T: tensorCommitment(t) });

/** The element that is looked at in every step: one of the last row, in the middle of it. */
const someElement = (step: Step, rows: number): number => (rows - 1) * outSize(step) + Math.floor(outSize(step) / 2);

function vector(program: Program, input: Tensor): object {
  const { trace } = runProgram(program, input, { trace: true });
  const rows = input.dims[0]!;
  return {
    header: toHex(encodeProgramHeader(program)),
    steps: program.steps.map((step) => ({
      encoded: toHex(encodeStep(step)),
      rangeClass: step.rangeClass,
      constants: step.constants.map((constant) => (constant === undefined ? null : toHex(tensorBytes(constant)))),
      element: someElement(step, rows),
      reads: STEP_KINDS[step.op]
        .reads(step, someElement(step, rows))
        .map(({ operand, first, count }) => [operand, first, count]),
    })),
    digests: programDigests(program),
    programRoot: programRoot(program),
    input: write(input),
    trace: trace?.map(write),
  };
}

/** A short random graph in which the operator occurs. */
function graphWith(random: Seeded, op: StepOp): Program {
  const dims = random.pick([[3, 4, 2], [12], [2, 6]]);
  const program = randomGraph(random, { steps: random.int(2, 4), dims });
  return program.steps.some((step) => step.op === op) ? program : graphWith(random, op);
}

export function programVectors(): unknown {
  const random = new Seeded(777);
  const programs = (['U7S8', 'U8U8', 'S8S8', undefined] as const).flatMap((rangeClass) =>
    [false, true].map((wide) => {
      const options = { steps: 2, maxWidth: 12, wide };
      const program = randomProgram(random, rangeClass === undefined ? options : { ...options, rangeClass });
      const onnx = toHex(encodeModel(modelFromProgram(program)));
      return { ...vector(program, randomInput(random, program, 8)), onnx };
    }),
  );
  const graphs = (Object.keys(STEP_OPS) as StepOp[]).flatMap((op) =>
    [0, 1].map(() => {
      const program = graphWith(random, op);
      const onnxSha256 = toHex(sha256(encodeModel(modelFromProgram(program))));
      return { ...vector(program, randomInput(random, program, 2)), onnxSha256 };
    }),
  );
  return {
    description:
      'Programs with their canonical bytes. programRoot = list digest of [sha256(0x05 || header), sha256(0x04 || step 1), ...]; the layout of both stands in docs/program.md. trace: output of every step on the input. reads: [operand, first, count] of what `element` of the step is computed from. graphs: programs in which every operator occurs; of their ONNX form there is a digest only.',
    programs,
    graphs,
  };
}

import { toHex } from '../../node/core/codec/hex.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../node/core/exact/modelFromProgram.ts';
import { encodeProgramHeader, type Program, programDigests, programRoot } from '../../node/core/exact/program.ts';
import { encodeStep } from '../../node/core/exact/step.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { randomInput, randomProgram } from '../../test/helpers/randomProgram.ts';
import { Seeded } from '../../test/helpers/seeded.ts';

const write = (t: Tensor) => ({ dtype: t.dtype, dims: t.dims, data: toHex(tensorBytes(t)), T: tensorCommitment(t) });

function vector(program: Program, input: Tensor): unknown {
  const { trace } = runProgram(program, input, { trace: true });
  return {
    header: toHex(encodeProgramHeader(program)),
    steps: program.steps.map((step) => ({
      encoded: toHex(encodeStep(step)),
      rangeClass: step.rangeClass,
      constants: step.constants.map((constant) => (constant === undefined ? null : toHex(tensorBytes(constant)))),
    })),
    digests: programDigests(program),
    programRoot: programRoot(program),
    onnx: toHex(encodeModel(modelFromProgram(program))),
    input: write(input),
    trace: trace?.map(write),
  };
}

export function programVectors(): unknown {
  const random = new Seeded(777);
  const programs = (['U7S8', 'U8U8', 'S8S8', undefined] as const).flatMap((rangeClass) =>
    [false, true].map((wide) => {
      const options = { steps: 2, maxWidth: 12, wide };
      const program = randomProgram(random, rangeClass === undefined ? options : { ...options, rangeClass });
      return vector(program, randomInput(random, program, 8));
    }),
  );
  return {
    description:
      'Programs with their canonical bytes. programRoot = list digest of [sha256(0x05 || header), sha256(0x04 || step 1), ...]; the layout of both stands in docs/program.md. trace: output of every step on the input.',
    programs,
  };
}

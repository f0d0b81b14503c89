import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { modelFromProgram } from '../../../node/core/exact/modelFromProgram.ts';
import { encodeModel } from '../../../node/core/onnx/encode.ts';
import { RuntimeRunFailed } from '../../../node/runtime/errors.ts';
import { createOnnxRuntime } from '../../../node/runtime/onnxruntime/pool.ts';
import { createReferenceRuntime } from '../../../node/runtime/reference.ts';
import { randomInput, randomProgram } from '../../helpers/randomProgram.ts';
import { describeRuntime } from '../../helpers/runtimeContract.ts';
import { Seeded } from '../../helpers/seeded.ts';

describeRuntime('reference', createReferenceRuntime);

describe('exact models', () => {
  const reference = createReferenceRuntime();
  const native = createOnnxRuntime();
  after(() => native.close());

  it('have the same bits in the reference and in onnxruntime', async () => {
    const random = new Seeded(11);
    for (let round = 0; round < 5; round++) {
      const program = randomProgram(random);
      const file = encodeModel(modelFromProgram(program));
      const [ours, theirs] = await Promise.all([reference.load(file), native.load(file)]);
      const inputs = new Map([[program.input.name, randomInput(random, program, 32)]]);
      assert.deepEqual(await ours.run(inputs), await theirs.run(inputs), `round ${round} of seed 11`);
      await Promise.all([ours.close(), theirs.close()]);
    }
  });

  it('error: RuntimeRunFailed on values for which nothing is proven', async () => {
    const random = new Seeded(3);
    const program = randomProgram(random, { rangeClass: 'U7S8' });
    const session = await reference.load(encodeModel(modelFromProgram(program)));
    const input = randomInput(random, program, 1);
    input.data[0] = 255;
    await assert.rejects(session.run(new Map([[program.input.name, input]])), RuntimeRunFailed);
    await session.close();
  });
});

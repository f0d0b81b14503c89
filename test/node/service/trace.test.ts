import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { firstStepDifference } from '../../../node/core/dispute/firstDifference.ts';
import { ExactInputRefused } from '../../../node/core/exact/errors.ts';
import { runProgram } from '../../../node/core/exact/interpreter.ts';
import { tensorCommitment } from '../../../node/core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../../node/host.ts';
import type { Runtime } from '../../../node/ports/Runtime.ts';
import { RuntimeCrashed, RuntimeLoadFailed } from '../../../node/runtime/errors.ts';
import { createOnnxRuntime } from '../../../node/runtime/onnxruntime/pool.ts';
import { collectTrace, commitTrace, computeTrace, interpretTrace, openTracer } from '../../../node/service/trace.ts';
import { exactNetworks } from '../../helpers/exactNetworks.ts';
import { randomInput, randomProgram } from '../../helpers/randomProgram.ts';
import { Seeded } from '../../helpers/seeded.ts';

const runtime = createOnnxRuntime();
after(() => runtime.close());

const SEED = 31;
const random = new Seeded(SEED);
const program = randomProgram(random, { steps: 4 });
const input = randomInput(random, program, 3);
const expected = interpretTrace(program, input, sha256);

/** A runtime that answers with `change` applied to every tensor of the real one, or fails as told. */
function lyingRuntime(change: (name: string, value: Tensor) => Tensor): Runtime {
  return {
    ...runtime,
    runtimeClass: 'lying/1',
    load: async (bytes, options) => {
      const session = await runtime.load(bytes, options);
      return {
        inputs: session.inputs,
        outputs: session.outputs,
        run: async (inputs) =>
          new Map([...(await session.run(inputs))].map(([name, value]) => [name, change(name, value)])),
        close: () => session.close(),
      };
    },
    close: async () => undefined,
  };
}

const flipped = (value: Tensor): Tensor => ({
  ...value,
  data: (value.data as Uint8Array).map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
});

describe('traces on demand', () => {
  it(`onnxruntime and the interpreter agree on every step, over 12 random programs (seed ${SEED})`, async () => {
    for (let round = 0; round < 12; round++) {
      const other = randomProgram(random);
      const given = randomInput(random, other, random.int(1, 5));
      const fast = await computeTrace({ program: other }, given, { runtime, sha256 });
      const slow = interpretTrace(other, given, sha256);
      assert.equal(fast.by, 'runtime');
      assert.equal(fast.traceRoot, slow.traceRoot);
      assert.deepEqual(
        fast.committed.map(({ digest }) => digest),
        slow.committed.map(({ digest }) => digest),
      );
    }
  });

  for (const { name, load } of exactNetworks(2).filter((network) => /torch-(cnn|transformer)/.test(network.name))) {
    it(`${name}: onnxruntime and the interpreter agree on every step`, async () => {
      const network = load();
      const fast = await computeTrace(network, network.input, { runtime, sha256 });
      const slow = interpretTrace(network.program, network.input, sha256);
      assert.equal(fast.by, 'runtime');
      assert.equal(firstStepDifference(slow.tensors, fast.tensors), undefined);
      assert.equal(fast.traceRoot, slow.traceRoot);
    });
  }

  it('the output is the one of a plain run', () => {
    assert.equal(expected.outputRoot, tensorCommitment(runProgram(program, input).output));
    assert.equal(expected.tensors.length, 4);
    assert.equal(expected.tree.count, 4);
  });

  it('works without a runtime', async () => {
    const trace = await computeTrace({ program }, input, { sha256 });
    assert.equal(trace.by, 'interpreter');
    assert.equal(trace.traceRoot, expected.traceRoot);
  });

  it('one tracer makes many traces', async () => {
    const tracer = await openTracer({ program }, { runtime, sha256 });
    for (const rows of [1, 3, 2]) {
      const given = randomInput(random, program, rows);
      assert.equal((await tracer.trace(given)).traceRoot, interpretTrace(program, given, sha256).traceRoot);
    }
    await tracer.close();
  });

  it('a runtime that does not reproduce the claimed output is not believed', async () => {
    const lying = lyingRuntime((name, value) => (name === program.output.name ? flipped(value) : value));
    const claimedOutput = expected.outputRoot;
    const doubted = await computeTrace({ program }, input, { runtime: lying, sha256, claimedOutput });
    assert.equal(doubted.by, 'interpreter');
    assert.equal(doubted.traceRoot, expected.traceRoot);
    const trusted = await computeTrace({ program }, input, { runtime, sha256, claimedOutput });
    assert.equal(trusted.by, 'runtime');
  });

  it('a false claim does not turn the trace: the interpreter confirms the runtime', async () => {
    const claimedOutput = tensorCommitment(flipped(expected.tensors.at(-1)!));
    const trace = await computeTrace({ program }, input, { runtime, sha256, claimedOutput });
    assert.equal(trace.traceRoot, expected.traceRoot);
    assert.notEqual(trace.outputRoot, claimedOutput);
  });

  it('a runtime that cannot load, dies, or answers in another shape leaves the interpreter', async () => {
    const broken: readonly Runtime[] = [
      {
        ...runtime,
        runtimeClass: 'x/1',
        load: () => Promise.reject(new RuntimeLoadFailed('no')),
        close: async () => undefined,
      },
      lyingRuntime((_, value) => ({ ...value, dims: [1, value.data.length] })),
      lyingRuntime(() => {
        throw new RuntimeCrashed('killed');
      }),
    ];
    for (const each of broken) {
      const trace = await computeTrace({ program }, input, { runtime: each, sha256 });
      assert.equal(trace.by, 'interpreter');
      assert.equal(trace.traceRoot, expected.traceRoot);
    }
  });

  it('bugs pass', async () => {
    const failing = lyingRuntime(() => {
      throw new TypeError('a bug');
    });
    await assert.rejects(computeTrace({ program }, input, { runtime: failing, sha256 }), TypeError);
  });

  it('ExactInputRefused on an input that the program is not proven for', async () => {
    const wrong = { ...input, dims: [1, ...input.dims] };
    await assert.rejects(computeTrace({ program }, wrong, { runtime, sha256 }), ExactInputRefused);
  });

  it('stops when asked to', async () => {
    const reason = new Error('not needed any more');
    const signal = AbortSignal.abort(reason);
    await assert.rejects(computeTrace({ program }, input, { runtime, sha256, signal }), reason);
  });

  it('collects nothing when a step is missing or of another type', () => {
    const outputs = new Map(
      expected.tensors.map((value, index) => [index === 3 ? program.output.name : `trace${index + 1}`, value]),
    );
    assert.deepEqual(collectTrace(program, outputs, 3), expected.tensors);
    assert.equal(commitTrace(collectTrace(program, outputs, 3)!, 'runtime', sha256).traceRoot, expected.traceRoot);
    assert.equal(collectTrace(program, outputs, 2), undefined);
    outputs.delete('trace2');
    assert.equal(collectTrace(program, outputs, 3), undefined);
  });
});

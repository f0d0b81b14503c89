import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { conformanceSuite } from '../../../node/core/exact/conformance.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import type { Runtime } from '../../../node/ports/Runtime.ts';
import { ConformanceFailed, requireConformance, runConformance } from '../../../node/runtime/conformance.ts';
import { createOnnxRuntime } from '../../../node/runtime/onnxruntime/pool.ts';
import { createReferenceRuntime } from '../../../node/runtime/reference.ts';

/** A machine whose multiplications are wrong: every output passes through `change`. */
function lying(runtime: Runtime, change: (name: string, value: Tensor) => Tensor | undefined): Runtime {
  return {
    runtimeClass: 'lying/1',
    close: () => runtime.close(),
    async load(model, options) {
      const session = await runtime.load(model, options);
      return {
        inputs: session.inputs,
        outputs: session.outputs,
        close: () => session.close(),
        async run(inputs) {
          const outputs = await session.run(inputs);
          return new Map(
            [...outputs].flatMap(([name, value]) => {
              const changed = change(name, value);
              return changed === undefined ? [] : [[name, changed] as const];
            }),
          );
        },
      };
    },
  };
}

const CASE = 'MatMul U7S8 K 64 noise zero 0';
const only = (change: (value: Tensor) => Tensor | undefined) => (name: string, value: Tensor) =>
  name === CASE ? change(value) : value;

describe('runConformance', () => {
  const runtime = createOnnxRuntime();
  after(() => runtime.close());

  it('passes here, with one and two threads, optimised or not, within the time of a boot', async () => {
    for (const options of [{}, { threads: 2 }, { optimization: 'disabled' }] as const) {
      const started = performance.now();
      const report = await requireConformance(runtime, options);
      const ms = performance.now() - started;
      assert.deepEqual(report, { runtimeClass: runtime.runtimeClass, cases: 308, failed: [] });
      assert.ok(ms < 4000, `${ms} ms`);
    }
  });

  it('names the first case, element and values that differ', async () => {
    const suite = conformanceSuite();
    const wanted = suite.expected.get(CASE)!;
    const flipped = lying(
      runtime,
      only((value) => {
        const data = (value.data as Int32Array).slice();
        data[3]! ^= 1;
        return { ...value, data };
      }),
    );
    const report = await runConformance(flipped, {}, suite);
    assert.deepEqual(report.failed, [CASE]);
    const expected = wanted.data[3] as number;
    assert.deepEqual(report.first, { case: CASE, element: 3, expected: `${expected}`, actual: `${expected ^ 1}` });
  });

  it('error: ConformanceFailed also on a missing output or another shape', async () => {
    const missing = lying(
      runtime,
      only(() => undefined),
    );
    await assert.rejects(requireConformance(missing), ConformanceFailed);
    const reshaped = await runConformance(
      lying(
        runtime,
        only((value) => ({ ...value, dims: [...value.dims, 1] })),
      ),
    );
    assert.deepEqual(reshaped.first, { case: CASE, expected: 'int32 [5, 19]', actual: 'int32 [5, 19, 1]' });
  });

  it('is passed by the reference', async () => {
    assert.deepEqual((await requireConformance(createReferenceRuntime())).failed, []);
  });
});

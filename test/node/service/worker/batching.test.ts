import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../../../node/core/exact/modelFromProgram.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import type { Runtime, Session } from '../../../../node/ports/Runtime.ts';
import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { batching } from '../../../../node/service/worker/batching.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const seeded = new Seeded(23);
const program = randomProgram(seeded);
const { name, dims, lo, hi, dtype } = program.input;
const width = dims.reduce((product, dim) => product * dim, 1);

function input(rows: number): Tensor {
  const values = Array.from({ length: rows * width }, () => seeded.int(lo, hi));
  return tensor(
    dtype,
    [rows, ...dims],
    dtype === 'uint8' ? Uint8Array.from(values) : (Int8Array.from(values) as never),
  );
}

describe('batching', () => {
  let runtime: Runtime;
  let session: Session;
  let runs: number[] = [];
  /** The real session, counting the rows of each run that reaches it. */
  const counted = (): Session => ({
    ...session,
    run: (inputs, options) => {
      runs.push([...inputs.values()][0]!.dims[0]!);
      return session.run(inputs, options);
    },
  });
  before(async () => {
    runtime = createOnnxRuntime();
    const loaded = await runtime.load(encodeModel(modelFromProgram(program)));
    session = {
      inputs: loaded.inputs,
      outputs: loaded.outputs,
      run: (a, b) => loaded.run(a, b),
      close: () => loaded.close(),
    };
  });
  after(() => runtime.close());

  it('gives every request the bits it would have got alone, in fewer runs', async () => {
    runs = [];
    const batched = batching(counted(), { inFlight: 1, maxRows: 16 });
    const requests = Array.from({ length: 100 }, () => input(seeded.int(1, 5)));
    const answers = await Promise.all(requests.map((x) => batched.run(new Map([[name, x]]))));
    answers.forEach((outputs, i) => {
      const { output } = runProgram(program, requests[i]!);
      const [answer] = [...outputs.values()];
      assert.deepEqual(answer!.dims, output.dims);
      assert.deepEqual(answer!.data, output.data);
    });
    assert.ok(runs.length < 50, `${runs.length} runs for 100 requests`);
    assert.ok(
      runs.every((rows) => rows <= 16),
      `rows ${runs.join(' ')}`,
    );
    assert.equal(
      runs.reduce((sum, rows) => sum + rows, 0),
      requests.reduce((sum, x) => sum + x.dims[0]!, 0),
    );
  });

  it('a request that finds the session idle does not wait for company', async () => {
    runs = [];
    const batched = batching(counted(), { inFlight: 1 });
    await batched.run(new Map([[name, input(1)]]));
    assert.deepEqual(runs, [1]);
  });

  it('a request larger than a batch runs alone', async () => {
    runs = [];
    const batched = batching(counted(), { inFlight: 1, maxRows: 4 });
    await Promise.all([input(1), input(9), input(2)].map((x) => batched.run(new Map([[name, x]]))));
    assert.deepEqual(
      runs.toSorted((a, b) => a - b),
      [1, 2, 9],
    );
  });

  it('a request that cannot run fails alone; its neighbours are answered', async () => {
    const batched = batching(counted(), { inFlight: 1 });
    const bad = new Map([['nobody', input(1)]]);
    const outcomes = await Promise.allSettled([
      batched.run(new Map([[name, input(1)]])),
      batched.run(bad),
      batched.run(bad),
      batched.run(new Map([[name, input(1)]])),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
  });

  it('a request whose client is gone before its turn is not run', async () => {
    runs = [];
    const batched = batching(counted(), { inFlight: 1 });
    const gone = new AbortController();
    const first = batched.run(new Map([[name, input(1)]]));
    const second = batched.run(new Map([[name, input(1)]]), { signal: gone.signal });
    gone.abort(new DOMException('gone', 'AbortError'));
    await first;
    await assert.rejects(second, { name: 'AbortError' });
    assert.deepEqual(runs, [1]);
  });

  it('outputs that are not row by row are never cut: each request runs by itself', async () => {
    const whole = tensor('int32', [1], Int32Array.of(7));
    let count = 0;
    const odd: Session = {
      ...session,
      run: async () => {
        count += 1;
        return new Map([['y', whole]]);
      },
    };
    const batched = batching(odd, { inFlight: 1 });
    const answers = await Promise.all([1, 2, 3].map((rows) => batched.run(new Map([[name, input(rows)]]))));
    assert.deepEqual(
      answers.map((outputs) => outputs.get('y')!.dims),
      [[1], [1], [1]],
    );
    assert.equal(count, 4);
  });
});

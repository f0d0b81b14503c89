import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../node/core/codec/hex.ts';
import { conformanceSuite, controlSuite } from '../../node/core/exact/conformance.ts';
import { Emitter, emitRequant } from '../../node/core/exact/emitter.ts';
import { matMulInteger } from '../../node/core/exact/integerOps.ts';
import { modelFromProgram, traceName } from '../../node/core/exact/modelFromProgram.ts';
import { graphBuilder } from '../../node/core/onnx/build.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import type { Model } from '../../node/core/onnx/model.ts';
import { type Tensor, tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { interpretTrace } from '../../node/service/trace.ts';
import type { ExactNetwork } from '../../test/helpers/exactNetworks.ts';
import { Seeded } from '../../test/helpers/seeded.ts';

/** One model, its inputs, and what every machine must answer. */
export interface Job {
  readonly name: string;
  /** Controls are outside the range classes: machines may differ on them, and some do. */
  readonly isControl: boolean;
  readonly model: Model;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: ReadonlyMap<string, Tensor>;
  readonly traceRoot?: Digest;
}

/** Every step of an exact network is an output, compared with the interpreter's. */
function networkJob({ name, load }: ExactNetwork): Job {
  const { program, input } = load();
  const { tensors, traceRoot } = interpretTrace(program, input, sha256);
  const nameOf = (index: number): string => (index === tensors.length - 1 ? program.output.name : traceName(index + 1));
  return {
    name: `${name}, trace of ${tensors.length} steps`,
    isControl: false,
    model: modelFromProgram(program, { trace: true }),
    inputs: new Map([[program.input.name, input]]),
    expected: new Map(tensors.map((value, index) => [nameOf(index), value])),
    traceRoot,
  };
}

const WIDTHS = [784, 512, 256, 10] as const;
const SHIFT = 16;

/**
 * What post-training quantisation commonly gives: a 784-512-256-10 network of uint8 activations and int8 weights, both of
 * full range, otherwise written exactly as our compiler writes steps. The compiler would not: no range class holds it.
 */
function fullRangeJob(rows = 8): Job {
  const random = new Seeded(29);
  const bytes = (length: number, low: number, high: number): number[] =>
    Array.from({ length }, () => random.int(low, high));
  const g = graphBuilder('full range', { opset: 17 });
  const input = tensor('uint8', [rows, WIDTHS[0]], Uint8Array.from(bytes(rows * WIDTHS[0], 0, 255)));
  let name = g.input('x', 'uint8', ['N', WIDTHS[0]]);
  let value: Tensor<'uint8'> = input;
  const emitter = new Emitter(g, { name, dtype: 'uint8', dims: [WIDTHS[0]] });
  for (const [layer, n] of WIDTHS.slice(1).entries()) {
    const k = WIDTHS[layer]!;
    const weight = tensor('int8', [k, n], Int8Array.from(bytes(k * n, -128, 127)));
    const product = matMulInteger(value, weight, 0, 0);
    const acc = g.node('MatMulInteger', [name, g.constant(`w${layer}`, weight)]);
    if (layer === WIDTHS.length - 2) {
      g.output(acc, 'int32', ['N', n], 'y');
      return {
        name: 'control: network 784-512-256-10, uint8 x int8 of full range',
        isControl: true,
        model: g.model(),
        inputs: new Map([['x', input]]),
        expected: new Map([['y', product]]),
      };
    }
    const base = 1n << 20n;
    const multiplier = BigInt(Math.round((2 ** SHIFT * 80) / (Math.sqrt(k) * 148 * 74)));
    const addend = (base << BigInt(SHIFT)) + (1n << BigInt(SHIFT - 1));
    const shape = { multipliers: new BigInt64Array(n).fill(multiplier), addends: new BigInt64Array(n).fill(addend) };
    const requant = { ...shape, channelDims: [n], shift: SHIFT, offset: base - 100n, lo: 0, hi: 255 };
    name = emitRequant(emitter, acc, 'int32', { ...requant, outDtype: 'uint8' }, `h${layer + 1}`);
    const data = Uint8Array.from(product.data, (sum) => {
      const y = Number(((BigInt(sum) * multiplier + addend) >> BigInt(SHIFT)) - base + 100n);
      return Math.min(255, Math.max(0, y));
    });
    value = tensor('uint8', [rows, n], data);
  }
  throw new Error('unreachable');
}

/** Everything that machines are compared on: the conformance vector, whole networks, and the controls. */
export function workload(networks: readonly ExactNetwork[]): readonly Job[] {
  const [suite, control] = [conformanceSuite(), controlSuite()];
  return [
    { name: `conformance vector, ${suite.expected.size} cases`, isControl: false, ...suite },
    ...networks.map(networkJob),
    { name: `control: ${control.expected.size} products outside the classes`, isControl: true, ...control },
    fullRangeJob(),
  ];
}

/** Models and inputs as files that `child.mjs` reads. */
export function writeWorkload(jobs: readonly Job[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  const manifest = jobs.map(({ name, model, inputs }, at) => {
    writeFileSync(join(folder, `${at}.onnx`), encodeModel(model));
    const feeds = [...inputs].map(([input, value], index) => {
      const file = `${at}.${index}.bin`;
      writeFileSync(join(folder, file), tensorBytes(value));
      return { name: input, dtype: value.dtype, dims: value.dims, file };
    });
    return { name, model: `${at}.onnx`, inputs: feeds };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

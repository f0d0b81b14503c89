import { readFileSync } from 'node:fs';
import { compileExact } from '../../node/core/exact/compile.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { decodeModel } from '../../node/core/onnx/decode.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { parseDataset } from '../../node/core/train/dataset.ts';
import { splitRows } from '../../node/core/train/split.ts';
import { convolutionalProgram } from './convolutionalProgram.ts';
import { randomInput } from './randomProgram.ts';
import { Seeded } from './seeded.ts';

export interface ExactNetwork {
  readonly name: string;
  readonly load: () => { readonly program: Program; readonly input: Tensor };
}

const CALIBRATION_ROWS = 60;
const file = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));

export interface FloatNetworkFile {
  readonly bytes: Uint8Array;
  /** Training rows of the digits in the network's shape. */
  readonly calibration: Tensor<'float32'>;
}

/** A float network of test/vectors/import. */
export function floatNetwork(name: string): FloatNetworkFile {
  const bytes = new Uint8Array(file(`test/vectors/import/${name}.onnx`));
  const digits = parseDataset(file('data/digits.csv').toString('utf8'));
  const rows = [...splitRows(digits, 'digits', 0).train].slice(0, CALIBRATION_ROWS);
  const pixels = rows.flatMap((row) => [...digits.features.slice(row * digits.columns, (row + 1) * digits.columns)]);
  const dims = [rows.length, ...(decodeModel(bytes).graph.inputs[0]!.dims!.slice(1) as number[])];
  return { bytes, calibration: tensor('float32', dims, Float32Array.from(pixels)) };
}

function compiled(name: string): Program {
  const { bytes, calibration } = floatNetwork(name);
  return compileExact(decodeModel(bytes), calibration).program;
}

/** Exact networks of every family, each with an input of extremes and noise. The first one is dense. */
export function exactNetworks(rows = 3): readonly ExactNetwork[] {
  const network = (name: string, make: () => Program): ExactNetwork => ({
    name,
    load: () => {
      const program = make();
      return { program, input: randomInput(new Seeded(17), program, rows) };
    },
  });
  return [
    network('dense network (torch-mlp)', () => compiled('torch-mlp')),
    network('convolutions of random weights', () =>
      convolutionalProgram({ image: [8, 8, 3], stages: [16, 24], depth: 2, classes: 10 }),
    ),
    ...['torch-cnn', 'torch-mobilenet', 'torch-transformer'].map((name) => network(name, () => compiled(name))),
  ];
}

import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { toHex } from '../../core/codec/hex.ts';
import { oneLine } from '../../core/codec/plainText.ts';
import type { CompileReport } from '../../core/exact/compiler/report.ts';
import { decodeModel } from '../../core/onnx/decode.ts';
import { encodeModel } from '../../core/onnx/encode.ts';
import { describeArtifact } from '../../service/describe.ts';
import { makeExact } from '../../service/exactModel.ts';
import { importModel } from '../../service/importModel.ts';
import { publishVersion } from '../../service/publisher.ts';
import { type Trained, type TrainRequest, trainConv, trainDense, trainTransformer } from '../../service/trainer.ts';
import { checkWritable, readData, readModelFile, readText, writeOutput } from '../files.ts';
import { unknownModel } from '../modelUnknown.ts';
import { integer, integers, number } from '../parse.ts';
import { formatTokens, type Printer } from '../print.ts';
import { run } from '../shell.ts';

/** Options of `model train` that decide about architectures. */
interface Architecture {
  readonly hidden: readonly number[];
  readonly maps: readonly number[];
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
}
type Runtime = Parameters<typeof trainDense>[0];

/** Architectures that `model train` knows, with the epochs and the rate that suit them. */
const KINDS = {
  dense: {
    epochs: 100,
    rate: 0.1,
    train: (runtime: Runtime, request: TrainRequest, { hidden }: Architecture) =>
      trainDense(runtime, { ...request, hidden }),
  },
  cnn: {
    epochs: 15,
    rate: 0.05,
    train: (runtime: Runtime, request: TrainRequest, { maps }: Architecture) =>
      trainConv(runtime, { ...request, maps }),
  },
  transformer: {
    epochs: 30,
    rate: 0.003,
    train: (runtime: Runtime, request: TrainRequest, { width, heads, blocks }: Architecture) =>
      trainTransformer(runtime, { ...request, width, heads, blocks }),
  },
} as const satisfies Record<
  string,
  {
    epochs: number;
    rate: number;
    train: (runtime: Runtime, request: TrainRequest, architecture: Architecture) => Promise<Trained>;
  }
>;

const percent = (correct: number, rows: number): string =>
  `${((100 * correct) / rows).toFixed(2)} % (${correct}/${rows})`;

/** The compiler's names for the ways to choose a range. */
const RANGES = { 'min-max': 'minMax', percentile: 'percentile', mse: 'mse' } as const;

/** Every step beside the float operator it stands for, on the calibration rows. */
const stepTable = (print: Printer, { steps }: CompileReport): string =>
  print.table(
    ['step', 'operator', 'output', 'float range', 'mean error', 'SQNR dB', 'accumulator', 'from'],
    steps.map(({ op, dims, lo, hi, meanError, sqnr, accumulatorUse, name }, index) => [
      String(index + 1),
      op,
      dims.join('x'),
      `${lo.toPrecision(3)}..${hi.toPrecision(3)}`,
      meanError.toPrecision(2),
      Number.isFinite(sqnr) ? sqnr.toFixed(1) : 'exact',
      accumulatorUse === 0 ? '-' : `${(100 * accumulatorUse).toPrecision(2)} %`,
      name,
    ]),
  );

export function registerModel(program: Command): void {
  const model = program
    .command('model')
    .description('train, import, make exact, publish and inspect models')
    .addHelpText('after', '\nExample:\n  assay model train --data digits --out digits.float.onnx');

  model
    .command('train')
    .description('train a classifier on real data; the backward pass is plain ONNX, run by onnxruntime')
    .option('--data <name>', 'digits, breast-cancer, or a CSV file with the class in the last column', 'digits')
    .addOption(
      new Option('--model <kind>', 'dense layers; or, over square images, convolutions or attention')
        .choices(Object.keys(KINDS))
        .default('dense'),
    )
    .option(
      '--hidden <sizes>',
      'dense: widths of the hidden layers, e.g. 32 or 64,32; 0 for softmax regression',
      integers,
      [32],
    )
    .option('--maps <counts>', 'cnn: output channels of each convolution', integers, [16, 32, 32])
    .option('--width <n>', 'transformer: values of a token', integer(1, 4096), 32)
    .option('--heads <n>', 'transformer: heads of each attention', integer(1, 256), 4)
    .option('--blocks <n>', 'transformer: blocks of attention and MLP', integer(1, 256), 1)
    .option(
      '--epochs <n>',
      'passes over the training rows (default: dense 100, cnn 15, transformer 30)',
      integer(1, 100_000),
    )
    .option('--batch <n>', 'rows of a step', integer(1, 65_536), 32)
    .option(
      '--rate <x>',
      'learning rate (default: dense 0.1 of SGD, cnn 0.05 of momentum, transformer 0.003 of Adam)',
      number,
    )
    .option('--seed <n>', 'decides split, initial weights and shuffles', integer(0, 2 ** 31), 0)
    .option('--out <file>', 'where the float model goes', 'model.float.onnx')
    .addHelpText(
      'after',
      '\nExamples:\n  assay model train --data digits --hidden 32 --epochs 100 --out digits.float.onnx\n  assay model train --data digits --model cnn --out digits-cnn.float.onnx',
    )
    .action(async (options, command: Command) =>
      run(command, async ({ print, assay, signal }) => {
        const data = await readData(options.data, options.seed);
        await checkWritable(options.out);
        const runtime = await assay.runtime();
        const kind = KINDS[options.model as keyof typeof KINDS];
        const epochs: number = options.epochs ?? kind.epochs;
        const request: TrainRequest = {
          data,
          epochs,
          batch: options.batch,
          rate: options.rate ?? kind.rate,
          seed: options.seed,
          signal,
          onEpoch: (epoch) => print.progress('training', epoch, epochs, 'epochs'),
        };
        const trained = await kind.train(runtime, request, options);
        await writeOutput(options.out, encodeModel(trained.model));
        const { correct, testRows, losses } = trained;
        print.result(
          { file: options.out, data: data.name, accuracy: correct / testRows, correct, testRows, loss: losses.at(-1) },
          () => `${options.out}: test accuracy ${percent(correct, testRows)}`,
        );
        return 0;
      }),
    );

  model
    .command('import')
    .description('check a float ONNX model of another tool and write it in canonical form')
    .argument('<file>', 'the ONNX file')
    .option('--out <file>', 'where the checked model goes', 'model.float.onnx')
    .addHelpText('after', '\nExample:\n  assay model import torch-mlp.onnx --out mlp.float.onnx')
    .action(async (file: string, options, command: Command) =>
      run(command, async ({ print }) => {
        const imported = importModel(await readModelFile(file));
        await writeOutput(options.out, encodeModel(imported.model));
        const { operators, parameters, inputs, outputs } = imported;
        print.result(
          { file: options.out, operators, parameters, inputs, outputs },
          () =>
            `${options.out}: ${operators.join(', ')}; ${parameters} parameters; ${oneLine(`${inputs.join(', ')} -> ${outputs.join(', ')}`)}`,
        );
        return 0;
      }),
    );

  model
    .command('exact')
    .description('compile a float model into integers that every CPU, browser and the EVM compute alike')
    .argument('<file>', 'float ONNX model')
    .option('--data <name>', 'data for calibration (training rows) and accuracy (test rows)', 'digits')
    .option('--seed <n>', 'the split that the model was trained with', integer(0, 2 ** 31), 0)
    .addOption(
      new Option('--calibration <method>', 'how the ranges of activations are chosen from the training rows')
        .choices(Object.keys(RANGES))
        .default('min-max'),
    )
    .addOption(
      new Option('--bits <n>', 'of the activations that dense layers read: 7 is faster on x64, 8 finer')
        .choices(['7', '8'])
        .default('7'),
    )
    .option('--out <file>', 'where the exact model goes', 'model.exact.onnx')
    .addHelpText(
      'after',
      '\nExamples:\n  assay model exact digits.float.onnx --data digits --out digits.exact.onnx\n  assay model exact cnn.float.onnx --calibration mse --bits 8 --json',
    )
    .action(async (file: string, options, command: Command) =>
      run(command, async ({ print, assay }) => {
        const data = await readData(options.data, options.seed);
        const exact = makeExact(decodeModel(await readModelFile(file)), data, assay.sha256, {
          ranges: RANGES[options.calibration as keyof typeof RANGES],
          denseBits: options.bits === '8' ? 8 : 7,
        });
        await writeOutput(options.out, exact.bytes);
        const { programRoot, float, integer: whole, steps, report } = exact;
        print.result(
          {
            file: options.out,
            programRoot,
            steps,
            sizeBytes: exact.bytes.length,
            floatAccuracy: float.correct / float.testRows,
            exactAccuracy: whole.correct / whole.testRows,
            report,
          },
          () =>
            [
              `${options.out}: ${steps} steps, ${exact.bytes.length} bytes`,
              `  programRoot ${programRoot}`,
              `  accuracy    ${percent(whole.correct, whole.testRows)}, float ${percent(float.correct, float.testRows)}`,
              `  agreement   ${(100 * report.agreement).toFixed(2)} % of ${report.calibrationRows} calibration rows; mean error of a score ${report.meanError.toPrecision(3)}, largest ${report.maxError.toPrecision(3)}`,
              stepTable(print, report),
            ].join('\n'),
        );
        return 0;
      }),
    );

  model
    .command('publish')
    .description('put an exact model on IPFS and into the registry; returns when workers hold verified copies')
    .argument('<file>', 'exact ONNX model')
    .requiredOption('--name <slug>', 'name of the model, a-z 0-9 -; a known name gets a new version')
    .option('--licence <spdx>', 'SPDX licence of the weights', 'MIT')
    .option('--card <file>', 'model card in Markdown')
    .option('--parents <ids>', 'versions this one was derived from', integers, [])
    .option('--replicas <n>', 'verified copies to wait for', integer(0, 1000), 1)
    .addHelpText(
      'after',
      '\nExample:\n  assay model publish digits.exact.onnx --name digits --licence CC-BY-4.0 --account author',
    )
    .action(async (file: string, options, command: Command) =>
      run(command, async ({ print, assay, signal }) => {
        const bytes = await readModelFile(file);
        const card =
          options.card === undefined
            ? `# ${options.name}\n`
            : await readText(options.card, 'Give the model card as a Markdown file of at most 4 MiB.');
        const account = await assay.account();
        const published = await publishVersion(
          {
            store: await assay.store(),
            directory: account.directory,
            authoring: account.authoring,
            http: assay.http,
            sha256: assay.sha256,
          },
          {
            slug: options.name,
            bytes,
            card,
            licence: options.licence,
            parents: options.parents.map(BigInt),
            replicas: options.replicas,
            signal,
            onCopy: (endpoint) => print.step(`verified copy at ${endpoint}`),
          },
        );
        print.result(
          published,
          () =>
            `${options.name} version ${published.versionId}\n  CID         ${published.cid}\n  programRoot ${published.programRoot}\n  copies      ${oneLine(published.replicas.join(', ')) || 'none asked for'}`,
        );
        return 0;
      }),
    );

  model
    .command('show')
    .description('show a model of the registry by name, or an ONNX file')
    .argument('[name]', 'a name in the registry, or a file; nothing: every model')
    .addHelpText(
      'after',
      '\nExamples:\n  assay model show\n  assay model show digits\n  assay model show digits.exact.onnx',
    )
    .action(async (name: string | undefined, _, command: Command) =>
      run(command, async ({ print, assay }) => {
        if (name?.endsWith('.onnx')) {
          const bytes = await readModelFile(name);
          const facts = describeArtifact(bytes, assay.sha256);
          print.result({ file: basename(name), sha256: toHex(assay.sha256(bytes)), ...facts }, () =>
            Object.entries(facts)
              .map(([key, value]) => `${key.padEnd(12)} ${oneLine(value)}`)
              .join('\n'),
          );
          return 0;
        }
        const { directory } = await assay.chain();
        const all = await directory.models();
        const models = all.filter((record) => name === undefined || record.slug === name);
        if (name !== undefined && models.length === 0) throw unknownModel(name, all);
        const rows = await Promise.all(
          models.map(async (record) => {
            const version = record.liveVersionId === 0n ? undefined : await directory.version(record.liveVersionId);
            const offers = version === undefined ? [] : await directory.offers(version.versionId);
            return { ...record, live: version, offers };
          }),
        );
        print.result({ models: rows }, () =>
          print.table(
            ['model', 'live', 'workers', 'price', 'licence', 'cid'],
            rows.map(({ slug, live, offers }) => [
              slug,
              live?.versionId.toString() ?? '-',
              String(offers.length),
              offers[0] === undefined ? '-' : formatTokens(offers[0].feeWei),
              live?.licence ?? '-',
              live?.cid ?? '-',
            ]),
          ),
        );
        return 0;
      }),
    );
}

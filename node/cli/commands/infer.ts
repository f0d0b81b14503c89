import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type Answer, encodeAnswer } from '../../core/codec/answerFile.ts';
import type { Program } from '../../core/exact/program.ts';
import { decodeOutput } from '../../core/exact/quantize.ts';
import { type Tensor, tensor } from '../../core/tensor/tensor.ts';
import { predictions } from '../../core/train/metrics.ts';
import { reexecute } from '../../service/consumer/answer.ts';
import { openVersion } from '../../service/consumer/catalogue.ts';
import { side } from '../../service/preparedData.ts';
import { exactInput } from '../../service/worker/exactInput.ts';
import { divergenceText } from '../divergence.ts';
import { checkWritable, readData, readText, STDIN, writeOutput } from '../files.ts';
import { InputNotGiven, parseRow } from '../inputRows.ts';
import { bigId, integer } from '../parse.ts';
import { EXIT, formatTokens } from '../print.ts';
import { run } from '../shell.ts';

async function inputOf(options: { input?: string; row?: number; data: string }, program: Program): Promise<Tensor> {
  if (options.row !== undefined) {
    const { features } = side(await readData(options.data, 0), 'test');
    const width = features.dims[1]!;
    const { row } = options;
    if (row >= features.dims[0]!)
      throw new InputNotGiven({
        what: `${options.data} has no test row ${row}`,
        why: `its test rows are 0 to ${features.dims[0]! - 1}`,
        fix: 'Give one of them. Nothing was sent and nothing was paid.',
      });
    return tensor('float32', [1, ...program.input.dims], features.data.slice(row * width, (row + 1) * width));
  }
  if (options.input === undefined)
    throw new InputNotGiven({
      what: 'Nothing to infer on',
      why: 'neither --input nor --row is given',
      fix: 'Give --input "[...]", --input - to read standard input, or --row 0 for a test row of --data.',
    });
  return parseRow(
    options.input === '-' ? await readText(STDIN, 'Pipe a JSON array into the command.') : options.input,
    program,
  );
}

function describe(answer: Answer, program: Program): { label: number; scores: number[] } {
  const scores = decodeOutput(program, answer.output as Tensor<'int32'>);
  return { label: predictions({ dtype: 'float32', dims: answer.output.dims, data: scores })[0]!, scores: [...scores] };
}

export function registerInfer(program: Command): void {
  program
    .command('infer')
    .description('pay a worker for an answer, check its receipt, and re-execute it here')
    .argument('<model>', 'name in the registry')
    .option('--input <json>', 'numbers of one sample; - reads standard input')
    .addOption(
      new Option('--row <n>', 'a test row of --data instead').argParser(integer(0, 1_000_000)).conflicts('input'),
    )
    .option('--data <name>', 'where --row comes from', 'digits')
    .option('--version-id <id>', 'another version than the live one', bigId)
    .option('--save <file>', 'keep answer and receipt: evidence for `assay verify`')
    .option('--no-verify', 'do not re-execute')
    .addHelpText(
      'after',
      '\nExamples:\n  assay infer digits --row 7\n  assay infer digits --row 7 --save answer.json && assay verify answer.json\n  echo "[0,0,5,13,...]" | assay infer digits --input -',
    )
    .action(async (name: string, options, command: Command) =>
      run(command, async ({ print, assay, signal }) => {
        const account = await assay.account();
        const parts = { directory: account.directory, store: await assay.store(), sha256: assay.sha256 };
        const { version, artifact } = await openVersion(parts, name, {
          signal,
          ...(options.versionId === undefined ? {} : { versionId: options.versionId }),
          onProgress: ({ doneBytes, totalBytes, from }) =>
            print.progress(`fetching ${from ?? ''}`, doneBytes, totalBytes, 'bytes'),
        });
        const { program: proven } = artifact;
        const input = exactInput(proven, new Map([[proven.input.name, await inputOf(options, proven)]]));
        if (options.save !== undefined) await checkWritable(options.save);
        const answer = await account.consumer.infer(name, version, proven, input);
        const divergence = options.verify ? reexecute(proven, answer) : undefined;
        // Evidence of a false answer is kept even if nobody asked for it.
        const { jobId } = answer.receipt.receipt;
        const kept =
          options.save ??
          (divergence === undefined ? undefined : join(assay.config.home, `false-${jobId.slice(2, 18)}.json`));
        if (kept !== undefined) await writeOutput(kept, encodeAnswer(answer));
        const { label, scores } = describe(answer, proven);
        const verified = options.verify ? divergence === undefined : null;
        print.result(
          {
            model: name,
            versionId: version.versionId,
            label,
            scores,
            feeWei: answer.feeWei,
            worker: answer.receipt.receipt.worker,
            jobId,
            verified,
            divergence,
            saved: kept,
          },
          () =>
            `${name} says ${label}\n  paid     ${formatTokens(answer.feeWei)} ASSAY to ${answer.receipt.receipt.worker}\n  job      ${jobId}\n  verified ${verified === null ? 'not asked for' : divergence === undefined ? 'equal, bit for bit' : `DIFFERENT: ${divergenceText(divergence)}\n  next     assay dispute open ${kept}`}`,
        );
        return divergence === undefined ? EXIT.ok : EXIT.differs;
      }),
    );
}

import { freemem } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { toHex } from '../../core/codec/hex.ts';
import { oneLine, plainText } from '../../core/codec/plainText.ts';
import { runProgram } from '../../core/exact/interpreter.ts';
import type { Program } from '../../core/exact/program.ts';
import { decodeOutput } from '../../core/exact/quantize.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import { predictions } from '../../core/train/metrics.ts';
import { type CheckedArtifact, checkArtifact, dagBytes, readArtifact } from '../../service/artifact.ts';
import { openVersion } from '../../service/consumer/catalogue.ts';
import { estimateLoad, type LoadEstimate } from '../../service/estimate.ts';
import { side } from '../../service/preparedData.ts';
import { exactInput } from '../../service/worker/exactInput.ts';
import { readData, readText, STDIN } from '../files.ts';
import { InputNotGiven, parseRows } from '../inputRows.ts';
import { Library, NotPulled, nameOf, type Pulled, pulledFile, pulledVersion } from '../library.ts';
import { Meter } from '../meter.ts';
import { unknownModel } from '../modelUnknown.ts';
import { endpoint, integer } from '../parse.ts';
import type { Printer } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { describeBytes } from '../times.ts';

const MAX_FILE_BYTES = 64 << 20;
const CID = /^b[a-z2-7]{20,120}$/;

/** `name` or `name@version`. */
function wanted(text: string): { slug: string; versionId?: bigint } {
  const match = /^([a-z0-9-]{1,64})(?:@(\d{1,18}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Give a name like digits, digits@2, or a CID.');
  return { slug: match[1]!, ...(match[2] === undefined ? {} : { versionId: BigInt(match[2]) }) };
}

const target = (text: string): string => {
  if (!CID.test(text)) wanted(text);
  return text;
};

/** Progress of a transfer with speed and time left. */
function watch(print: Printer) {
  const meter = new Meter();
  return ({ doneBytes, totalBytes, from }: { doneBytes: number; totalBytes: number | undefined; from?: string }) =>
    print.transfer(
      from === undefined ? 'checking what is here' : `from ${from}`,
      totalBytes === undefined ? undefined : doneBytes / totalBytes,
      meter.describe(doneBytes, totalBytes),
    );
}

async function pullModel(shell: Shell, name: string): Promise<Pulled> {
  const { assay, print, signal } = shell;
  const { slug, versionId } = wanted(name);
  const { directory, identity } = await assay.chain();
  const models = await directory.models();
  if (!models.some((model) => model.slug === slug)) throw unknownModel(slug, models);
  const parts = { directory, store: await assay.store(), sha256: assay.sha256 };
  const { version } = await openVersion(parts, slug, {
    signal,
    onProgress: watch(print),
    ...(versionId === undefined ? {} : { versionId }),
  });
  return pulledVersion(slug, version, identity.chainId, new Date());
}

async function pullCid(shell: Shell, cid: string, from: readonly string[]): Promise<Pulled> {
  const { assay, print, signal } = shell;
  const providers =
    from.length > 0
      ? from
      : (await (await assay.chain()).directory.workers())
          .filter(({ active }) => active)
          .map((worker) => worker.endpoint);
  const store = await assay.store();
  const budget = { maxBytes: dagBytes(MAX_FILE_BYTES) };
  await store.fetch(cid, { ...budget, providers, signal, onProgress: watch(print) });
  const bytes = await store.read(cid, budget);
  return pulledFile(cid, toHex(assay.sha256(bytes)), bytes.length, new Date());
}

async function pull(shell: Shell, name: string, from: readonly string[]): Promise<Pulled> {
  const record = CID.test(name) ? await pullCid(shell, name, from) : await pullModel(shell, name);
  await new Library(shell.assay.config.home).save(record);
  return record;
}

/** The artifact of something pulled, proven again; every block is hashed on the way. */
async function artifactOf({ assay }: Shell, record: Pulled): Promise<CheckedArtifact> {
  const store = await assay.store();
  const bytes = await store.read(record.cid, { maxBytes: dagBytes(record.sizeBytes) });
  const { sha256, programRoot, sizeBytes } = record;
  return programRoot === undefined
    ? readArtifact(bytes, assay.sha256)
    : checkArtifact(
        bytes,
        { sha256: sha256 as `0x${string}`, programRoot: programRoot as `0x${string}`, sizeBytes },
        assay.sha256,
      );
}

/** What was pulled, or is pulled now: `run` and `show` work after one command. */
async function bring(shell: Shell, name: string): Promise<Pulled> {
  const library = new Library(shell.assay.config.home);
  try {
    return await library.find(name);
  } catch (error) {
    if (!(error instanceof NotPulled)) throw error;
    shell.print.step(`${name} is not here; pulling it`);
    // What the chain says is said only when it can be asked: offline, "not pulled" is the better answer.
    return await pull(shell, name, []).catch((cause: unknown) => {
      throw isUnreachable(cause) ? error : cause;
    });
  }
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['CHAIN_UNREACHABLE', 'DEPLOYMENT_MISSING'].includes(String(error.code));

interface Outcome {
  readonly label: number;
  readonly name?: string;
  readonly scores: readonly number[];
}

function compute(program: Program, row: Tensor): Outcome {
  const { output } = runProgram(program, exactInput(program, new Map([[program.input.name, row]])));
  const data = decodeOutput(program, output);
  const label = predictions({ dtype: 'float32', dims: output.dims, data })[0]!;
  const name = program.output.labels?.[label];
  return { label, ...(name === undefined ? {} : { name }), scores: [...data] };
}

async function rowsOf(program: Program, input: string | undefined, options: RunOptions): Promise<Tensor[]> {
  if (options.row !== undefined) {
    const { features } = side(await readData(options.data, 0), 'test');
    const line = [...features.data.slice(options.row * features.dims[1]!, (options.row + 1) * features.dims[1]!)];
    return parseRows(JSON.stringify(line), program);
  }
  if (input === undefined && process.stdin.isTTY)
    throw new InputNotGiven({
      what: 'Nothing to compute on',
      why: 'no input is given and nobody pipes one in',
      fix: 'Give numbers as "[...]" or "0,0,5,...", - for standard input, or --row 0 for a test row of --data.',
    });
  if (input === undefined || input === '-')
    return parseRows(await readText(STDIN, 'Pipe JSON arrays or lines of numbers into the command.'), program);
  return parseRows(input.startsWith('@') ? await readText(input.slice(1), 'Give a file of rows.') : input, program);
}

interface RunOptions {
  readonly row?: number;
  readonly data: string;
}

async function runModel(shell: Shell, name: string, input: string | undefined, options: RunOptions): Promise<number> {
  const record = await bring(shell, name);
  const { program } = await artifactOf(shell, record);
  const rows = await rowsOf(program, input, options);
  for (const row of rows) {
    const started = performance.now();
    const outcome = compute(program, row);
    const milliseconds = Number((performance.now() - started).toFixed(3));
    const { label, name: text, scores } = outcome;
    shell.print.result({ model: nameOf(record), cid: record.cid, ...outcome, milliseconds, paidWei: 0n }, () =>
      rows.length > 1
        ? String(text ?? label)
        : `${nameOf(record)} says ${text === undefined ? label : `${oneLine(text)} (${label})`}\n  scores   ${scores.map((score) => score.toFixed(3)).join(' ')}\n  computed here in ${milliseconds} ms, exact, free; \`assay infer\` gives a signed receipt`,
    );
  }
  return 0;
}

/** One sample of the smallest input in the interpreter of this machine, the second time. */
function timeSample(program: Program): number {
  const { dims, lo } = program.input;
  const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(lo);
  const row: Tensor = { dtype: 'float32', dims: [1, ...dims], data };
  compute(program, row);
  const started = performance.now();
  compute(program, row);
  return Number((performance.now() - started).toFixed(3));
}

interface Estimate extends LoadEstimate {
  readonly milliseconds: number;
}

function describeEstimate(estimate: Estimate, limitMiB: number): string[] {
  const { steps, multiplyAdds, constantBytes, peakActivationBytes, processBytes, milliseconds } = estimate;
  const fits = processBytes < freemem() && processBytes < limitMiB * 2 ** 20;
  return [
    `  steps    ${steps}, ${multiplyAdds} multiply-adds a sample`,
    `  weights  ${describeBytes(constantBytes)}; activations ${describeBytes(peakActivationBytes)} a sample`,
    `  memory   about ${describeBytes(processBytes)} for a serving process; ${describeBytes(freemem())} are free, worker.memoryMiB allows ${limitMiB} MiB: ${fits ? 'fits' : 'DOES NOT FIT'}`,
    `  time     ${milliseconds} ms a sample, measured here with the interpreter`,
  ];
}

async function show(shell: Shell, name: string, wantsEstimate: boolean): Promise<number> {
  const { assay, print } = shell;
  const record = await bring(shell, name);
  const artifact = await artifactOf(shell, record);
  const { input, output } = artifact.program;
  const estimate = wantsEstimate
    ? { ...estimateLoad(artifact.program, artifact.bytes.length), milliseconds: timeSample(artifact.program) }
    : undefined;
  const limit = assay.config.worker.memoryMiB;
  print.result(
    {
      ...record,
      programRoot: artifact.programRoot,
      input: { name: input.name, dtype: input.dtype, dims: input.dims, lo: input.lo, hi: input.hi },
      output: { name: output.name, labels: output.labels },
      ...(estimate === undefined ? {} : { estimate: { ...estimate, freeBytes: freemem(), memoryMiB: limit } }),
    },
    () =>
      [
        print.paint('bold', nameOf(record)),
        `  cid      ${record.cid}`,
        `  sha256   ${record.sha256}`,
        `  program  ${artifact.programRoot}, proven here`,
        `  size     ${describeBytes(record.sizeBytes)}`,
        `  licence  ${oneLine(record.licence ?? 'unknown')}`,
        `  input    ${oneLine(input.name)}: ${input.dims.join('x')} numbers, as ${input.dtype} ${input.lo}..${input.hi}`,
        ...(output.labels === undefined ? [] : [`  labels   ${plainText(output.labels.join(', '))}`]),
        ...(estimate === undefined ? [] : describeEstimate(estimate, limit)),
      ].join('\n'),
  );
  return 0;
}

async function list({ assay, print }: Shell): Promise<number> {
  const store = await assay.store();
  const records = await new Library(assay.config.home).list();
  const known = new Set(records.map(({ cid }) => cid));
  const models = await Promise.all(
    records.map(async (record) => ({ ...record, complete: await store.has(record.cid) })),
  );
  const others = (await store.roots()).filter((cid) => !known.has(cid));
  print.result({ models, others }, () =>
    models.length === 0
      ? `nothing was pulled yet: \`assay pull NAME\`${others.length === 0 ? '' : `; models from other commands are in the store: ${others.length}`}`
      : print.table(
          ['name', 'size', 'licence', 'pulled', 'cid'],
          models.map((record) => [
            nameOf(record),
            describeBytes(record.sizeBytes),
            record.licence ?? '-',
            record.complete ? record.pulledAt.slice(0, 10) : 'incomplete',
            record.cid,
          ]),
        ),
  );
  return 0;
}

async function remove({ assay, print }: Shell, name: string): Promise<number> {
  const library = new Library(assay.config.home);
  const record = await library.find(name);
  await library.remove(record);
  const isShared = (await library.list()).some(({ cid }) => cid === record.cid);
  if (!isShared) await (await assay.store()).remove(record.cid);
  print.result(
    { removed: nameOf(record), cid: record.cid, freedBytes: isShared ? 0 : record.sizeBytes },
    () =>
      `${nameOf(record)} is gone${isShared ? '; another version has the same bytes' : `, ${describeBytes(record.sizeBytes)} are free`}`,
  );
  return 0;
}

export function registerLibrary(program: Command): void {
  program
    .command('pull')
    .description('bring a model here by its CID: every block verified, resumed where it stopped; then it works offline')
    .argument('<model>', 'name, name@version, or CID', target)
    .option(
      '--from <url...>',
      'for a CID: gateways to ask (default: the registered workers)',
      (url, all: string[] = []) => [...all, endpoint(url)],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  assay pull digits\n  assay pull digits@1\n  assay pull bafk... --from http://127.0.0.1:8546',
    )
    .action(async (name: string, options: { from?: string[] }, command: Command) =>
      run(command, async (shell) => {
        const started = performance.now();
        const record = await pull(shell, name, options.from ?? []);
        const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
        shell.print.result({ ...record, seconds }, () =>
          [
            `${nameOf(record)}: ${describeBytes(record.sizeBytes)}, every block verified, in ${seconds.toFixed(1)} s`,
            `  cid      ${record.cid}`,
            `  sha256   ${record.sha256}`,
            ...(record.slug === undefined ? [] : [`  next     assay run ${record.slug} --row 7`]),
          ].join('\n'),
        );
        return 0;
      }),
    );

  program
    .command('ls')
    .description('the models on this machine')
    .addHelpText('after', '\nExample:\n  assay ls')
    .action(async (_, command: Command) => run(command, list));

  program
    .command('show')
    .description('a model on this machine: hashes, proof, input, labels; what loading it takes')
    .argument('<model>', 'name, name@version, or CID', target)
    .option('--estimate', 'memory and time of serving it, before it is loaded')
    .addHelpText('after', '\nExamples:\n  assay show digits\n  assay show digits --estimate --json')
    .action(async (name: string, options: { estimate?: boolean }, command: Command) =>
      run(command, (shell) => show(shell, name, options.estimate === true)),
    );

  program
    .command('rm')
    .description('remove a model from this machine')
    .argument('<model>', 'name, name@version, or CID', target)
    .addHelpText('after', '\nExample:\n  assay rm digits@1')
    .action(async (name: string, _, command: Command) => run(command, (shell) => remove(shell, name)));

  program
    .command('run')
    .description('compute an answer on this machine: exact, free, offline once the model is here; no receipt')
    .argument('<model>', 'name, name@version, or CID; pulled when it is not here', target)
    .argument('[input]', 'numbers as JSON or with commas; - or nothing: standard input, one row a line; @FILE')
    .addOption(new Option('--row <n>', 'a test row of --data instead').argParser(integer(0, 1_000_000)))
    .option('--data <name>', 'where --row comes from', 'digits')
    .addHelpText(
      'after',
      '\nExamples:\n  assay run digits --row 7\n  assay run digits "0,0,5,13,..."\n  cat rows.csv | assay run digits -\n\nMany rows give one line each; with --json one object a line.',
    )
    .action(async (name: string, input: string | undefined, options: RunOptions, command: Command) =>
      run(command, (shell) => runModel(shell, name, input, options)),
    );
}

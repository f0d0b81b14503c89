// `npm test`: everything a change must pass, in the order that fails fastest, with one line per phase and a closing
// count. `npm test -- check` runs the static phases alone; any other words choose phases by name.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE, TEST_TIMEOUT } from '../test/helpers/testRun.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (path: string): string => join(root, 'node_modules', path);
const HARDHAT = bin('hardhat/dist/src/cli.js');
/** About twice what the longest phase takes on a slow machine: one that hangs is ended, and turns the run red. */
const LIMIT_MINUTES = 40;

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
}

interface Phase {
  readonly name: string;
  /** Static phases need no chain and no network; `npm run check` runs these. */
  readonly static?: boolean;
  readonly command: () => string[];
  /** Uses one core, or waits more than it computes: runs at the same time as the phase before it. */
  readonly beside?: true;
  /** The command is a planted failure: it must end in the given way. */
  readonly mustFailWith?: RegExp;
}

function testFiles(folder: string, keep: (path: string) => boolean): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith('.test.ts') && keep(path))
    .sort();
}

/** Files that start whole networks or load both cores run one after another, so that they do not starve each other. */
const isSerial = (path: string): boolean => /^test\/(e2e|faults)\//.test(path);
/** Browser tests share one network; what lies deeper in test/web needs neither browser nor network. */
const isBrowser = (path: string): boolean => /^test\/web\/[^/]+$/.test(path);
const isCanary = (path: string): boolean => path.startsWith('test/canary/');

const PHASES: readonly Phase[] = [
  {
    name: 'format and lint (Biome)',
    static: true,
    command: () => [bin('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', '.'],
  },
  {
    name: 'lint (solhint)',
    static: true,
    beside: true,
    command: () => [bin('solhint/solhint.js'), '--quiet', '--noPoster', '--max-warnings', '0', 'contracts/**/*.sol'],
  },
  { name: 'types', static: true, beside: true, command: () => [bin('typescript/bin/tsc'), '-b'] },
  { name: 'architecture', static: true, beside: true, command: () => ['--test', 'test/architecture.test.ts'] },
  { name: 'generated files are fresh', beside: true, command: () => ['scripts/generate.ts', '--check'] },
  { name: 'command reference is fresh', static: true, command: () => ['scripts/docs.ts', '--check'] },
  { name: 'vectors are fresh', command: () => ['scripts/vectors.ts', '--check'] },
  { name: 'contracts', command: () => [HARDHAT, 'test', 'solidity'] },
  {
    name: 'node',
    command: () => [
      '--test',
      TEST_TIMEOUT,
      '--test-concurrency=2',
      ...testFiles('test', (p) => !isSerial(p) && !isBrowser(p) && !isCanary(p) && p !== 'test/architecture.test.ts'),
    ],
  },
  {
    name: 'whole network',
    command: () => ['--test', TEST_TIMEOUT, '--test-concurrency=1', ...testFiles('test', isSerial)],
  },
  { name: 'dApp in a browser', beside: true, command: () => ['test/helpers/browserSuite.ts'] },
  {
    name: 'canary: a failing contract test turns the run red',
    command: () => [HARDHAT, 'test', 'solidity', 'test/canary/Canary.t.sol'],
    mustFailWith: /1 failing/,
  },
  {
    name: 'canary: a failing node test turns the run red',
    command: () => ['--test', 'test/canary/canary.test.ts'],
    mustFailWith: /fail 1/,
  },
];

interface Run {
  readonly outcome: Promise<Outcome>;
  /** Prints what was written so far, and what comes from now on. */
  show(): void;
}

function run(args: readonly string[]): Run {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0', NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  let output = '';
  let shown = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output += text;
      if (shown) process.stdout.write(text);
    });
  }
  const outcome = new Promise<Outcome>((done, fail) => {
    let hangs = false;
    const end = (code: number): void => {
      clearTimeout(limit);
      done({ code: hangs ? 1 : code, output, seconds: (performance.now() - started) / 1000 });
    };
    // Node's test runner names the files that were running when it is interrupted. What a child leaves behind may hold
    // its output open for ever, so nothing waits for that.
    const limit = setTimeout(() => {
      hangs = true;
      process.stdout.write(`\n${args.join(' ').slice(0, 200)}: hangs after ${LIMIT_MINUTES} minutes, interrupted\n`);
      child.kill('SIGINT');
      setTimeout(() => {
        child.kill('SIGKILL');
        end(1);
      }, 10_000).unref();
    }, LIMIT_MINUTES * 60_000);
    child.on('error', fail);
    child.on('close', (code) => end(code ?? 1));
  });
  const show = (): void => {
    shown = true;
    process.stdout.write(output);
  };
  return { outcome, show };
}

/** Counts of node:test (`pass 3`) and Hardhat (`3 passing`) summaries. */
function count(output: string, word: 'pass' | 'fail' | 'skipped'): number {
  const node = [...output.matchAll(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, 'gm'))];
  const hardhat = word === 'skipped' ? [] : [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}ing\\b`, 'gm'))];
  return [...node, ...hardhat].reduce((sum, match) => sum + Number(match[1]), 0);
}

const words = process.argv.slice(2);
const wanted = PHASES.filter(
  (phase) =>
    words.length === 0 ||
    (words.includes('check') && phase.static) ||
    words.some((word) => phase.name.startsWith(word)),
);
if (wanted.length === 0) {
  process.stderr.write(
    `no such phase: ${words.join(' ')}\nphases: check, ${PHASES.map((phase) => phase.name).join('; ')}\n`,
  );
  process.exit(2);
}

let passed = 0;
let failed = 0;
let skipped = 0;
const red: string[] = [];

function judge({ name, mustFailWith }: Phase, { code, output, seconds }: Outcome): void {
  const planted = mustFailWith !== undefined;
  const good = planted ? code !== 0 && mustFailWith.test(output) : code === 0;
  if (planted) passed += good ? 1 : 0;
  else {
    passed += count(output, 'pass');
    failed += count(output, 'fail');
    skipped += count(output, 'skipped');
  }
  if (!good) {
    red.push(name);
    if (count(output, 'fail') === 0 || planted) failed += 1;
    if (planted) process.stdout.write(`${output}\nthis planted failure did not turn the run red\n`);
  } else if (count(output, 'pass') === 0) passed += planted ? 0 : 1;
  process.stdout.write(`── ${name}: ${good ? 'ok' : 'FAILED'} in ${seconds.toFixed(1)} s\n`);
}

/** Phases that run at the same time, shown one after another. */
async function runTogether(group: readonly Phase[]): Promise<void> {
  const runs = group.map((phase) => ({ phase, started: run(phase.command()) }));
  if (group.length > 1) process.stdout.write(`\n── at the same time: ${group.map(({ name }) => name).join(', ')}\n`);
  for (const { phase, started } of runs) {
    process.stdout.write(`\n── ${phase.name}\n`);
    if (phase.mustFailWith === undefined) started.show();
    judge(phase, await started.outcome);
  }
}

const groups: Phase[][] = [];
for (const phase of wanted) {
  const group = groups.at(-1);
  if (phase.beside && group !== undefined) group.push(phase);
  else groups.push([phase]);
}
for (const group of groups) await runTogether(group);

process.stdout.write(
  `\n${red.length === 0 ? 'all phases passed' : `failed: ${red.join('; ')}`}\n${passed} passed, ${failed} failed, ${skipped} skipped\n`,
);
process.exit(red.length === 0 ? 0 : 1);

// `node scripts/checkDocs.ts [page...]`: starts a local network of its own and runs every ```sh block of README.md and
// docs/*.md against it, page by page, the blocks of a page in one shell that stops at the first failure. Also checks
// links, named files and the table of settings. test/e2e/docs.test.ts does the same.
//
// Each page runs in an empty folder that looks like a clone. Three things stand in for the real ones: ports 8545 to 8549,
// 8701 and 8702 are replaced by free ones, `.assay/dev` is the network's home, and `npm` runs the script of package.json
// without installing first. `npm start` is what the network was started with; `npm test` is what runs this file;
// `npm run demo` and `npm run bench` take too long and are only looked up.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../node/cli/main.ts';
import { loadConfig } from '../node/config.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const MAIN = join(ROOT, 'node/cli/main.ts');
/** What a page needs to have happened before: it uses the answers, versions or prices of those. */
const AFTER: Readonly<Record<string, readonly string[]>> = {
  'README.md': [],
  'docs/consumers.md': ['README.md'],
  'docs/contributors.md': [],
  'docs/voters.md': ['docs/contributors.md', 'docs/consumers.md'],
  'docs/operators.md': ['docs/consumers.md'],
};
const LAST = ['docs/operators.md'];
const NETWORK_MS = 180_000;
const PAGE_MS = 180_000;
/** What a page sees of the clone. */
const CLONE = ['data', 'docs', 'node', 'package.json', 'scripts', 'test'];
const NOT_RUN = ['start', 'test', 'demo', 'bench'];

export interface Page {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A local network for the commands of the pages. */
export interface DocsNetwork {
  /** Port of the chain; worker i listens at port + i. */
  readonly port: number;
  readonly home: string;
  /** Everything that `npm start` printed on standard output. */
  readonly report: string;
  stop(): Promise<void>;
}

export function readPages(): Page[] {
  const first = Object.keys(AFTER);
  const others = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .filter((path) => !first.includes(path));
  return [...first, ...others.sort()].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Contents of the fenced blocks of one language. */
export const blocksOf = ({ text }: Page, language: string): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]!);

const withoutBlocks = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

/** Relative links that lead nowhere, headings included. */
export function brokenLinks({ path, text }: Page): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    if (/^[a-z]+:/.test(target!)) return [];
    const [file = '', anchor] = target!.split('#');
    const absolute = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
    if (!existsSync(absolute)) return [`${path}: ${target} does not exist`];
    if (anchor === undefined) return [];
    const headings = [...readFileSync(absolute, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading!));
    return headings.includes(anchor) ? [] : [`${path}: ${target} names no heading`];
  });
}

/** Files that a page names in backticks and that are not there. */
export function missingFiles({ path, text }: Page): string[] {
  const named = withoutBlocks(text).matchAll(
    /`((?:node|contracts|test|scripts|bench|data|docs|\.ci)\/[\w./-]+|[\w-]+\/?[\w./-]*\.t\.sol)`/g,
  );
  return [...named].flatMap(([, file]) => (existsSync(join(ROOT, file!)) ? [] : [`${path}: ${file} does not exist`]));
}

/** A call of the program: by name, by file, or by the `as WHO` of docs/deploy.md. */
const CALL =
  /(?:(?<!-n |"|\/)\bassay(?: --(?= ))?|cli\/main\.ts|(?:^|\$\(|until )as [a-z]+) +((?:--)?[a-z][^|;&#>)`<]*)/g;

/** Commands and flags of `assay` that a page names, in blocks or backticks, and that the program does not have. */
export function unknownCommands({ path, text }: Page): string[] {
  const program = createProgram();
  const joined = text.replace(/\\\n\s*/g, ' ');
  const code = [...joined.matchAll(/^```(?!mermaid)\w*\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block!.split('\n'));
  const inline = [...withoutBlocks(joined).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  return [...code, ...inline].flatMap((line) =>
    [...line.matchAll(CALL)].flatMap(([, words]) =>
      complaintsOf(program, words!.trim().split(/\s+/)).map((why) => `${path}: \`${line.trim()}\`: ${why}`),
    ),
  );
}

/** Walks down the commands as far as words name them, then looks at flags. */
function complaintsOf(program: Command, words: readonly string[]): string[] {
  let command = program;
  const flags: string[] = [];
  for (const word of words) {
    if (word.startsWith('--') && word.length > 2) flags.push(word.split('=')[0]!);
    else {
      const found = command.commands.find((one) => one.name() === word);
      if (found !== undefined) command = found;
      else if (command === program && flags.length === 0) return [`there is no command ${word}`];
      else if (command.commands.length > 0 && flags.length === 0 && /^[a-z-]+$/.test(word))
        return [`${command.name()} has no command ${word}`];
    }
  }
  const known = [...command.options, ...program.options].flatMap(({ long }) => long ?? []);
  return flags.filter((flag) => flag !== '--help' && !known.includes(flag)).map((flag) => `there is no flag ${flag}`);
}

/** Differences between the table of settings in a page and what node/config.ts does. */
export function settingsComplaints({ path, text }: Page): string[] {
  const rows = [...text.matchAll(/^\| `([\w.]+)` \| (.*?) \| (.*?) \|/gm)].map(([, key, fallback, environment]) => ({
    key: key!,
    fallback: fallback!.replaceAll('`', ''),
    environment: /`(\w+)`/.exec(environment!)?.[1],
  }));
  const { config } = loadConfig({ home: '/home' }, {});
  const actual = new Map(Object.entries(flatten(config)).map(([key, value]) => [key, shown(value)]));
  const documented = new Map(rows.map((row) => [row.key, row]));
  return [
    ...[...actual].flatMap(([key, value]) => {
      const row = documented.get(key);
      if (row === undefined) return [`${path}: the setting ${key} is not documented`];
      // The default home depends on the clone.
      if (key !== 'home' && row.fallback !== value)
        return [`${path}: ${key} defaults to ${value}, the page says ${row.fallback}`];
      return isSetBy(row.environment, key) ? [] : [`${path}: ${row.environment} does not set ${key}`];
    }),
    ...rows.flatMap(({ key }) => (actual.has(key) ? [] : [`${path}: there is no setting ${key}`])),
  ];
}

const flatten = (value: object, prefix = ''): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.entries(flatten(item, `${prefix}${key}.`))
        : [[`${prefix}${key}`, item]],
    ),
  );

const shown = (value: unknown): string =>
  value === '' ? 'empty' : String(value).replace(/^\/home(\/|$)/, (_, slash) => (slash === '/' ? '<home>/' : '<home>'));

/** Whether exactly this environment variable sets the key; undefined: none does. */
function isSetBy(variable: string | undefined, key: string): boolean {
  if (variable === undefined) return true;
  const probe = key === 'rpcUrls' ? 'http://127.0.0.1:1' : key === 'logLevel' ? 'debug' : 'probe';
  return loadConfig({}, { [variable]: probe }).origins[key] === 'environment';
}

/** Starts every page that has commands, each after those it builds on, the others side by side. */
export function runPages(pages: readonly Page[], network: DocsNetwork): ReadonlyMap<string, Promise<string>> {
  const running = new Map<string, Promise<string>>();
  for (const page of pages) {
    const before = (AFTER[page.path] ?? LAST).flatMap((path) => running.get(path) ?? []);
    const run = Promise.allSettled(before).then(() => runPage(page, network));
    run.catch(() => undefined);
    running.set(page.path, run);
  }
  return running;
}

/** Runs the `sh` blocks of a page. Resolves with what they printed. @throws with it when one fails */
export async function runPage(page: Page, network: DocsNetwork): Promise<string> {
  const blocks = blocksOf(page, 'sh');
  if (blocks.length === 0) return '';
  const folder = mkdtempSync(join(tmpdir(), 'assay-docs-page-'));
  for (const name of CLONE) symlinkSync(join(ROOT, name), join(folder, name));
  mkdirSync(join(folder, '.assay'));
  symlinkSync(network.home, join(folder, '.assay/dev'));
  try {
    const script = [prelude(), ...blocks.map((block) => onPorts(block, network.port))].join('\n');
    const { code, output } = await shell(script, folder, network.home);
    if (code === 0) return output;
    throw new Error(
      `${page.path}: a command ended with exit code ${code}\n${output.split('\n').slice(-40).join('\n')}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const onPorts = (block: string, port: number): string =>
  block
    .replace(/\b854([5-9])\b/g, (_, digit: string) => String(port + Number(digit) - 5))
    .replace(/\b870([12])\b/g, (_, digit: string) => String(port + Number(digit) + 4));

/** `npm` without the installation, and an echo of every command, so that a failure shows where it happened. */
function prelude(): string {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const cases = Object.entries(scripts).map(([name, command]) => {
    const run = command.replace('node scripts/bootstrap.mjs ', `"${process.execPath}" ${ROOT}/`);
    return `    ${name}) ${NOT_RUN.includes(name) ? `echo "(npm run ${name} is not run here)"` : `${run} "$@"`} ;;`;
  });
  return `set -euo pipefail
trap 'jobs -p | xargs -r kill -KILL' EXIT
npm() {
  [ "$1" = run ] && shift
  [ "\${1:-}" = --silent ] && shift
  local name=$1; shift
  [ "\${1:-}" = -- ] && shift
  case $name in
${cases.join('\n')}
    *) echo "package.json has no script $name"; return 1 ;;
  esac
}
set -v`;
}

function shell(script: string, cwd: string, home: string): Promise<{ code: number; output: string }> {
  return new Promise((done, failed) => {
    const env = {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      ASSAY_HOME: home,
      FORCE_COLOR: '0',
      NO_COLOR: '1',
      // Set inside a test run; with it a `node --test` of a page would run nothing.
      NODE_TEST_CONTEXT: undefined,
    };
    // A group of its own, so that a page that hangs goes with everything it started.
    const child = spawn('bash', ['-s'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    const timer = setTimeout(() => {
      output += `\n(killed after ${PAGE_MS / 1000} s)`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, PAGE_MS);
    child.on('error', failed);
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code: code ?? 1, output });
    });
    child.stdin.end(`${script}\n`);
  });
}

/** `npm start` without its pages on free ports in a temporary home. Resolves when the main job has ended and the network stays up. */
export async function startNetwork(): Promise<DocsNetwork> {
  const home = mkdtempSync(join(tmpdir(), 'assay-docs-home-'));
  const port = await freePorts(7);
  const child = spawn(process.execPath, [MAIN, 'start', '--headless', '--home', home, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
  });
  const gone = new Promise<void>((end) => child.once('close', () => end()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    rmSync(home, { recursive: true, force: true });
  };
  let report = '';
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ready = new Promise<boolean>((tell) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      report += text;
      if (/The network stays up[\s\S]*Ctrl-C/.test(report)) tell(true);
    });
    void gone.then(() => tell(false));
    setTimeout(() => tell(false), NETWORK_MS).unref();
  });
  if (await ready) return { port, home, report, stop };
  await stop();
  throw new Error(`npm start did not come up:\n${log}\n${report}`);
}

/** The first of `count` free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (let base = 20_000 + (process.pid % 1000) * 20; ; base += count) {
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((tell) => {
    const probe = createServer();
    probe.once('error', () => tell(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => tell(true)));
  });

/** Pages whose path contains one of the words, and those they build on; all without words. */
function choose(pages: readonly Page[], words: readonly string[]): Page[] {
  const wanted = pages
    .map(({ path }) => path)
    .filter((path) => words.length === 0 || words.some((w) => path.includes(w)));
  // The list grows while it is walked.
  for (const path of wanted) wanted.push(...(AFTER[path] ?? []).filter((other) => !wanted.includes(other)));
  return pages.filter(({ path }) => wanted.includes(path));
}

async function main(words: readonly string[]): Promise<number> {
  const pages = choose(readPages(), words);
  const complaints = [
    ...pages.flatMap(brokenLinks),
    ...pages.flatMap(missingFiles),
    ...pages.flatMap(unknownCommands),
    ...pages.filter(({ path }) => path === 'docs/operators.md').flatMap(settingsComplaints),
  ];
  const network = await startNetwork();
  try {
    for (const [path, run] of runPages(pages, network)) {
      const output = await run.catch((error: Error) => {
        complaints.push(error.message);
        return '';
      });
      if (output !== '') console.log(`\n── ${path}\n${output}`);
    }
  } finally {
    await network.stop();
  }
  console.log(complaints.length === 0 ? 'every command in the documentation works' : complaints.join('\n'));
  return complaints.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

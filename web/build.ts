import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parseConfig } from './lib/config.ts';

/**
 * `node web/build.ts [--out FOLDER] [--config assay.json] [--force]`: the dApp as a folder of files that any web server, or
 * IPFS, can hand out. The site server of `assay` writes assay.json itself; any other host needs one next to the first page.
 * Next exports the pages; then each page gets its content security policy, and the files that onnxruntime-web loads at run
 * time are put next to them. A tree that did not change is not built again.
 */
const WEB = import.meta.dirname;
const ROOT = resolve(WEB, '..');
/** Everything that decides what the pages are. */
const SOURCES = [
  'web/{app,components,features,lib,generated,public}/**/*',
  'web/{build.ts,next.config.ts,postcss.config.mjs,tsconfig.json,package.json}',
  'node/core/**/*.ts',
  'package-lock.json',
];
/** Written for one host by its site server; never part of the build. */
const HOST_FILE = 'assay.json';
const MARK = '.built';
/** Where `npm start` has its export, without a network. */
const EXPORT = join(WEB, 'out');
/** The WASM build without threads of its own needs no special headers, so it also runs from a gateway of IPFS. */
const ORT = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'];

/** Compressed JavaScript of the first view of any page, in bytes: what a browser loads before it is asked for anything. */
export const FIRST_VIEW_BUDGET = 170_000;

function sourceFiles(): string[] {
  return globSync(SOURCES, { cwd: ROOT })
    .filter((path) => path !== join('web', 'public', HOST_FILE) && statSync(join(ROOT, path)).isFile())
    .sort();
}

/** SHA-256 over names and contents of all sources, and over the version of Node. */
function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of sourceFiles()) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`\0${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** Hashes of a page's inline scripts, as a policy names them. */
export function scriptHashes(html: string): string[] {
  const hashes = [...html.matchAll(INLINE)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text!, 'utf8').digest('base64')}'`,
  );
  return [...new Set(hashes)].sort();
}

/**
 * The policy of a page. No inline style and no inline script but Next's own, named by hash. `wasm-unsafe-eval` compiles
 * WebAssembly, not text. Which servers the page may call is only known when it has read assay.json: the page then adds a
 * second policy that names them (`lib/policy.ts`), and policies only ever narrow.
 */
export function policyOf(html: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${scriptHashes(html).join(' ')}`.trim(),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    'connect-src http: https:',
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** Puts the policy in front of everything that it governs. Scripts for browsers of before 2018 go: they cannot run the rest. */
export function securePage(html: string): string {
  const lean = html.replace(/<script[^>]*\snomodule[^>]*><\/script>/gi, '');
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policyOf(lean)}"/>`;
  return lean.replace(/<head>(<meta charSet="utf-8"\/>)?/i, (head) => `${head}${meta}`);
}

/** Scripts that a page names: what a browser loads before it is asked for anything. */
export const scriptsOf = (html: string): string[] => {
  const named = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.js)"[^>]*>/g)];
  return [...new Set(named.map(([, path]) => path!))].sort();
};

/** Bytes of every page's scripts after gzip, as a server sends them; the heaviest page first. */
export function firstViewBytes(folder: string): readonly { readonly page: string; readonly bytes: number }[] {
  const sizes = new Map<string, number>();
  const sizeOf = (path: string): number => {
    const known = sizes.get(path) ?? gzipSync(readFileSync(join(folder, decodeURI(path))), { level: 9 }).length;
    sizes.set(path, known);
    return known;
  };
  return globSync('**/*.html', { cwd: folder })
    .map((page) => {
      const scripts = scriptsOf(readFileSync(join(folder, page), 'utf8'));
      return { page, bytes: scripts.reduce((sum, path) => sum + sizeOf(path), 0) };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

/** Next keeps its work in one folder and lets one build at a time into it. */
const BUSY = /Another .*next build.* is already running/;
const BUSY_MS = 300_000;

function runNext(folder: string, build: string): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'], {
      cwd: WEB,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ASSAY_WEB_DIST: folder,
        ASSAY_WEB_BUILD: build,
        NEXT_TELEMETRY_DISABLED: '1',
        ORT_DISABLE_TELEMETRY: '1',
        NO_COLOR: '1',
      },
    });
    let said = '';
    const hear = (part: Buffer): void => {
      said += String(part);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', fail);
    child.once('close', (code) => done({ code, said }));
  });
}

/** False when another build is under way. */
async function exportPages(folder: string, build: string): Promise<boolean> {
  const { code, said } = await runNext(folder, build);
  if (code !== 0 && !BUSY.test(said)) throw new Error(`next build ended with exit code ${code}\n${said}`);
  return code === 0;
}

/** Under its version, so that code of one release never meets the runtime of another (`lib/inference/inferenceWorker.ts`). */
function copyRuntime(folder: string): void {
  const source = join(ROOT, 'node_modules', 'onnxruntime-web');
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { readonly version: string };
  const target = join(folder, 'ort', version);
  mkdirSync(target, { recursive: true });
  for (const name of ORT) cpSync(join(source, 'dist', name), join(target, name));
}

/** The service worker of each release is another one: browsers notice, and keep the files of each release apart. */
function nameRelease(folder: string, release: string): void {
  const file = join(folder, 'sw.js');
  const named = readFileSync(file, 'utf8').replace("'unreleased'", `'${release}'`);
  if (!named.includes(release)) throw new Error('sw.js has no place for the name of the release');
  writeFileSync(file, named);
}

function secure(folder: string): void {
  for (const path of globSync('**/*.html', { cwd: folder })) {
    const file = join(folder, path);
    writeFileSync(file, securePage(readFileSync(file, 'utf8')));
  }
}

export interface BuildOptions {
  readonly force?: boolean | undefined;
  /** A file that becomes the site's assay.json. */
  readonly config?: string | undefined;
}

/** What {@link buildSite} writes into MARK: SHA-256 over the tree and the network. */
const printOf = (tree: string, hostFile = ''): string =>
  createHash('sha256').update(tree).update(hostFile).digest('hex');

const holds = (folder: string, print: string): boolean =>
  existsSync(join(folder, MARK)) && readFileSync(join(folder, MARK), 'utf8') === print;

/** Builds into `out` unless it holds this very tree. Returns whether it built. @throws ProblemError for a faulty `config` */
export async function buildSite(out: string, { force = false, config }: BuildOptions = {}): Promise<boolean> {
  const hostFile = config === undefined ? undefined : readFileSync(config, 'utf8');
  if (hostFile !== undefined) parseConfig(JSON.parse(hostFile));
  const tree = fingerprint();
  const print = printOf(tree, hostFile);
  if (!force && holds(out, print)) return false;
  // Next needs its target inside web/.
  const draft = join(WEB, `.next-export-${process.pid}`);
  const end = performance.now() + BUSY_MS;
  try {
    // The pages are the same for every network.
    if (!force && hostFile !== undefined && holds(EXPORT, printOf(tree))) cpSync(EXPORT, draft, { recursive: true });
    else {
      while (!(await exportPages(relative(WEB, draft), tree.slice(0, 20)))) {
        if (performance.now() > end) throw new Error('another build did not end in time');
        await setTimeout(1000);
        // The other one may have built this very tree.
        if (!force && holds(out, print)) return false;
      }
      rmSync(join(draft, HOST_FILE), { force: true });
      copyRuntime(draft);
      nameRelease(draft, tree.slice(0, 20));
      secure(draft);
    }
    if (hostFile !== undefined) writeFileSync(join(draft, HOST_FILE), hostFile);
    writeFileSync(join(draft, MARK), print);
    replace(out, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return true;
}

/** Puts `draft` in the place of `out` in one step, so that a server of `out` never sees half of it. */
function replace(out: string, draft: string): void {
  const [next, old] = [`${out}.next-${process.pid}`, `${out}.old-${process.pid}`];
  mkdirSync(dirname(out), { recursive: true });
  cpSync(draft, next, { recursive: true });
  if (existsSync(out)) renameSync(out, old);
  renameSync(next, out);
  rmSync(old, { recursive: true, force: true });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, config: { type: 'string' }, force: { type: 'boolean' } },
  });
  const out = resolve(values.out ?? EXPORT);
  const built = await buildSite(out, values);
  const views = firstViewBytes(out).map(({ page, bytes }) => `${(bytes / 1000).toFixed(1).padStart(8)} kB  ${page}\n`);
  process.stdout.write(
    `${built ? 'Built' : 'Unchanged'}: ${out}\nCompressed JavaScript of first views (budget ${FIRST_VIEW_BUDGET / 1000} kB):\n${views.join('')}`,
  );
}

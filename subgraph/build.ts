// Compiles the mappings and renders the manifest of one network:
//   node subgraph/build.ts [--deployment deployment.json] [--network NAME] [--out subgraph/build]
//   node subgraph/build.ts --deployment deployment.json --network NAME --source   # subgraph.yaml, for graph-cli
// The mappings are compiled once for a given source, whatever the network: only addresses and start block differ.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** What a template may name: `{{network}}`, `{{startBlock}}`, `{{address.<contract>}}`. */
export interface Network {
  /** As `dataSource.network()` tells mappings. */
  readonly network: string;
  readonly startBlock: string;
  /** By contract, as in the deployment file. */
  readonly addresses: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  /** Folder with `subgraph.template.yaml`, `schema.graphql`, `src` and `abis`. @default this one */
  readonly project?: string;
  /** Where the manifest and all it names go; it may hold one network only. @default `build` in the project */
  readonly out?: string;
  /** Of compiled mappings. @default `build/.compiled` in the project */
  readonly cache?: string;
  readonly network: Network;
}

const TEMPLATE = 'subgraph.template.yaml';
const INPUTS = [TEMPLATE, 'schema.graphql', 'src', 'abis'];
const PLACEHOLDER = /\{\{\s*([\w.]+)\s*\}\}/g;

function fill(name: string, { network, startBlock, addresses }: Network): string {
  if (name === 'network') return network;
  if (name === 'startBlock') return startBlock;
  const address = /^address(?:es)?\.(\w+)$/.exec(name)?.[1];
  const value = address === undefined ? undefined : addresses[address];
  if (value === undefined) throw new Error(`${TEMPLATE} names {{${name}}}, which the deployment does not have`);
  return value;
}

/**
 * The same template with stand-ins that graph-cli takes for real values, and that no real value equals: they are
 * exchanged in the built manifest.
 */
function standIns(template: string): { readonly text: string; readonly names: ReadonlyMap<string, string> } {
  const names = new Map<string, string>();
  let block = 987_654_321_000;
  const text = template.replace(PLACEHOLDER, (_all, name: string) => {
    const known = [...names].find(([, other]) => other === name)?.[0];
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(name).digest('hex');
    const stand =
      name === 'network' ? 'mainnet-stand-in' : name.startsWith('address') ? `0x${hash.slice(0, 40)}` : String(block++);
    names.set(stand, name);
    return stand;
  });
  return { text, names };
}

function hashOf(project: string): string {
  const hash = createHash('sha256');
  for (const name of ['@graphprotocol/graph-cli', '@graphprotocol/graph-ts'])
    hash.update(`${(require(`${name}/package.json`) as { version: string }).version}\n`);
  const add = (path: string): void => {
    const file = join(project, path);
    if (INPUTS.includes(path) ? ['src', 'abis'].includes(path) : !/\.\w+$/.test(path)) {
      for (const entry of readdirSync(file).sort()) add(join(path, entry));
    } else hash.update(`${path}\0`).update(readFileSync(file)).update('\0');
  };
  for (const input of INPUTS) add(input);
  return hash.digest('hex').slice(0, 32);
}

function graph(folder: string, args: readonly string[]): void {
  const cli = join(dirname(require.resolve('@graphprotocol/graph-cli/package.json')), 'bin/run.js');
  const run = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  // graph-cli ends with 0 after some failures and says so on its output only.
  if (run.status !== 0 || /^\s*✖/m.test(run.stdout + run.stderr))
    throw new Error(`graph ${args.join(' ')} failed\n${run.stdout}\n${run.stderr}`);
}

/** @returns the folder with the built manifest, whose addresses are stand-ins */
function compile(project: string, cache: string): string {
  const done = join(cache, hashOf(project));
  if (existsSync(join(done, 'subgraph.yaml'))) return done;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'work-'));
  try {
    for (const input of INPUTS.slice(1)) cpSync(join(project, input), join(work, input), { recursive: true });
    // graph-cli finds graph-ts in a node_modules above the manifest, and nowhere else.
    symlinkSync(
      resolve(dirname(require.resolve('@graphprotocol/graph-ts/package.json')), '../..'),
      join(work, 'node_modules'),
    );
    writeFileSync(join(work, 'subgraph.yaml'), standIns(readFileSync(join(project, TEMPLATE), 'utf8')).text);
    graph(work, ['codegen', '--skip-migrations']);
    graph(work, ['build', '--skip-migrations']);
    if (!existsSync(join(work, 'build/subgraph.yaml'))) throw new Error('graph build wrote no manifest');
    // Another process may have built the same meanwhile.
    if (!existsSync(done)) renameSync(join(work, 'build'), done);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return done;
}

/** @returns the path of the manifest */
export function buildSubgraph(options: BuildOptions): string {
  const project = resolve(options.project ?? here);
  const out = resolve(options.out ?? join(project, 'build'));
  const built = compile(project, resolve(options.cache ?? join(project, 'build/.compiled')));
  const { names } = standIns(readFileSync(join(project, TEMPLATE), 'utf8'));
  let manifest = readFileSync(join(built, 'subgraph.yaml'), 'utf8');
  for (const [stand, name] of names) manifest = manifest.replaceAll(stand, fill(name, options.network));
  mkdirSync(out, { recursive: true });
  for (const entry of readdirSync(built)) {
    if (entry === 'subgraph.yaml') continue;
    rmSync(join(out, entry), { recursive: true, force: true });
    cpSync(join(built, entry), join(out, entry), { recursive: true });
  }
  const path = join(out, 'subgraph.yaml');
  writeFileSync(`${path}.new`, manifest);
  renameSync(`${path}.new`, path);
  return path;
}

/**
 * Writes `subgraph.yaml` of a network beside its template: from there on `graph codegen`, `graph build` and `graph deploy`
 * work as in any subgraph.
 * @returns the path of the manifest
 */
export function writeSource(project: string, network: Network): string {
  const template = readFileSync(join(project, TEMPLATE), 'utf8');
  const path = join(project, 'subgraph.yaml');
  writeFileSync(
    path,
    template.replace(PLACEHOLDER, (_all, name: string) => fill(name, network)),
  );
  return path;
}

const LOCAL_CHAIN = 31337;

/** Reads a deployment file: `{ chainId, block, addresses }`. */
export function networkOf(deployment: unknown, name?: string): Network {
  const { chainId, block, addresses } = deployment as {
    chainId?: unknown;
    block?: unknown;
    addresses?: Record<string, string>;
  };
  if (typeof chainId !== 'number' || !/^\d{1,15}$/.test(String(block)) || typeof addresses !== 'object')
    throw new Error('the deployment file needs chainId, block and addresses');
  for (const [contract, address] of Object.entries(addresses))
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new Error(`${contract} has no address in the deployment file`);
  return {
    network: name ?? (chainId === LOCAL_CHAIN ? 'localhost' : `chain-${chainId}`),
    startBlock: String(block),
    addresses,
  };
}

function main(): void {
  const { values } = parseArgs({
    options: {
      deployment: { type: 'string' },
      network: { type: 'string' },
      out: { type: 'string' },
      project: { type: 'string' },
      source: { type: 'boolean', default: false },
    },
  });
  // Without a deployment the mappings are compiled and nothing is rendered: a check that they compile.
  if (values.deployment === undefined) {
    const project = resolve(values.project ?? here);
    process.stdout.write(`${compile(project, join(project, 'build/.compiled'))}\n`);
    return;
  }
  const network = networkOf(JSON.parse(readFileSync(values.deployment, 'utf8')), values.network);
  if (values.source) {
    process.stdout.write(`${writeSource(resolve(values.project ?? here), network)}\n`);
    return;
  }
  const path = buildSubgraph({
    network,
    ...(values.project !== undefined && { project: values.project }),
    ...(values.out !== undefined && { out: values.out }),
  });
  process.stdout.write(`${path}\n`);
}

if (import.meta.main) main();

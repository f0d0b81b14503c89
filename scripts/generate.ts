// Writes what others need of the compiled contracts, so that `npm start` needs no compiler: ABIs and bytecode for the
// node, functions for the dApp (one file per contract: a page loads only those it calls), its events and a sentence for
// every custom error, ABIs for the subgraph, and what an answer of the index may look like.
// `node scripts/generate.ts` rewrites the files; `--check` fails when a committed one is stale.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toEventSelector, toFunctionSelector } from 'viem';
import { takeRows } from '../node/core/train/scaling.ts';
import { prepareData, side } from '../node/service/preparedData.ts';
import { pluralName, singularName } from '../subgraph/runner/graphql/names.ts';
import { membersOf, sentenceOf } from './errorSentences.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Source of each artifact; the exported names follow the contract's name. */
const SOURCES = [
  'contracts/disputes/Arena.sol',
  'contracts/disputes/AuditPool.sol',
  'contracts/disputes/BlockBeacon.sol',
  'contracts/disputes/Court.sol',
  'contracts/disputes/JobCourt.sol',
  'contracts/disputes/ReceiptCourt.sol',
  'contracts/governance/AssayGovernor.sol',
  'contracts/governance/AssayToken.sol',
  'contracts/governance/Parameters.sol',
  'contracts/governance/VotingPower.sol',
  'contracts/market/JobMarket.sol',
  'contracts/market/Till.sol',
  'contracts/models/ModelRegistry.sol',
  'contracts/periphery/MarketLens.sol',
  'contracts/verifier/Referee.sol',
  'contracts/workers/WorkerRegistry.sol',
  '@openzeppelin/contracts/governance/TimelockController.sol',
];
/** EIP-170. */
const MAX_CODE_BYTES = 24_576;

interface Artifact {
  readonly contractName: string;
  readonly abi: readonly Readonly<Record<string, unknown>>[];
  readonly bytecode: string;
  readonly deployedBytecode: string;
  readonly linkReferences: Readonly<Record<string, unknown>>;
}

function compile(): void {
  const hardhat = join(root, 'node_modules/hardhat/dist/src/cli.js');
  const run = spawnSync(process.execPath, [hardhat, 'build', '--no-tests'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: 'true' },
  });
  if (run.status !== 0) throw new Error(`the contracts do not compile\n${run.stdout}\n${run.stderr}`);
}

function artifactOf(source: string): Artifact {
  const name = source.split('/').at(-1)!.replace('.sol', '');
  const artifact = JSON.parse(readFileSync(join(root, 'artifacts', source, `${name}.json`), 'utf8')) as Artifact;
  const size = (artifact.deployedBytecode.length - 2) / 2;
  if (size > MAX_CODE_BYTES) throw new Error(`${name} has ${size} bytes of code, the limit is ${MAX_CODE_BYTES}`);
  if (Object.keys(artifact.linkReferences).length > 0) throw new Error(`${name} needs linked libraries`);
  return artifact;
}

const HEAD = '// Written by `node scripts/generate.ts` from contracts/. Do not edit.\n';
const variableOf = ({ contractName }: Artifact): string => contractName[0]!.toLowerCase() + contractName.slice(1);

function renderAbi(name: string, abi: Artifact['abi']): string {
  const entries = abi.map((entry) => `  ${JSON.stringify(entry)},\n`).join('');
  return `export const ${name} = [\n${entries}] as const;\n`;
}

/** Entries of one kind, without Solidity's own names of types: nothing encodes or decodes by them. */
const entriesOf = ({ abi }: Artifact, kind: 'function' | 'event'): Artifact['abi'] =>
  JSON.parse(JSON.stringify(abi.filter(({ type }) => type === kind)), (key, value: unknown) =>
    key === 'internalType' ? undefined : value,
  ) as Artifact['abi'];

const renderFunctions = (artifact: Artifact): string =>
  `${HEAD}\n${renderAbi(`${variableOf(artifact)}Abi`, entriesOf(artifact, 'function'))}`;

/** Every event of every contract once. */
function renderEvents(all: readonly Artifact[]): string {
  const events = new Map<string, Artifact['abi'][number]>();
  for (const entry of all.flatMap((artifact) => entriesOf(artifact, 'event'))) {
    const topic = toEventSelector(entry as never);
    const known = events.get(topic);
    if (known !== undefined && indexedOf(known) !== indexedOf(entry)) throw new Error(`two events ${entry['name']}`);
    events.set(topic, known ?? entry);
  }
  return `${HEAD}\n/** Of all contracts; what several of them emit is here once. */\n${renderAbi('contractEvents', [...events.values()])}`;
}

const indexedOf = ({ inputs }: Artifact['abi'][number]): string =>
  JSON.stringify((inputs as readonly { readonly indexed: boolean }[]).map(({ indexed }) => indexed));

const renderNode = (artifact: Artifact): string =>
  `${renderAbi(`${variableOf(artifact)}Abi`, artifact.abi)}export const ${variableOf(artifact)}Bytecode =\n  '${artifact.bytecode}';\n`;

const withoutConstructor = ({ abi }: Artifact): Artifact['abi'] => abi.filter(({ type }) => type !== 'constructor');

interface ErrorEntry {
  readonly type: 'error';
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly internalType?: string }[];
}

/** Every custom error of every contract by selector: sentence and parameters, enums with the names of their members. */
function renderErrors(artifacts: readonly Artifact[]): string {
  const paths = globSync(['contracts/**/*.sol', 'node_modules/@openzeppelin/contracts/governance/*.sol'], {
    cwd: root,
  });
  const sources = paths.sort().map((path) => readFileSync(join(root, path), 'utf8'));
  const entries = artifacts.flatMap(({ abi }) => abi.filter(({ type }) => type === 'error') as unknown as ErrorEntry[]);
  const rows = entries.map(({ name, inputs }): [string, string] => {
    const selector = toFunctionSelector(`${name}(${inputs.map(({ type }) => type).join(',')})`);
    const parameters = inputs.map(({ name: label, type, internalType }) => {
      const members = membersOf(/^enum (?:\w+\.)?(\w+)$/.exec(internalType ?? '')?.[1] ?? '-', sources);
      return { name: label, type, ...(members === undefined ? {} : { members }) };
    });
    return [selector, JSON.stringify({ name, sentence: sentenceOf(name, sources), inputs: parameters })];
  });
  const lines = [...new Map(rows.toSorted()).entries()].map(([selector, row]) => `  '${selector}': ${row},\n`);
  return `export interface ContractError {
  readonly name: string;
  /** What is wrong, as a sentence without its full stop. */
  readonly sentence: string;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly members?: readonly string[] }[];
}

/** By selector. */
export const contractErrors: Readonly<Record<string, ContractError>> = {\n${lines.join('')}};\n`;
}

/** What each error says, by its name: what the command line and the node's log tell people. */
function renderSentences(artifacts: Parameters<typeof renderErrors>[0]): string {
  const table = renderErrors(artifacts).matchAll(/^ {2}'0x[0-9a-f]{8}': (\{.*\}),$/gm);
  const rows = [...table].map(([, row]) => JSON.parse(row!) as { name: string; sentence: string });
  const lines = [...new Map(rows.map(({ name, sentence }) => [name, sentence]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sentence]) => `  ${name}: ${JSON.stringify(sentence)},\n`);
  return `/** What is wrong, by the name of the Solidity error; a sentence without its full stop. */
export const errorSentences: Readonly<Record<string, string>> = {\n${lines.join('')}};\n`;
}

const SDL_TYPE = /^(type|enum) (\w+)[^{]*\{\n([^}]*)\}/gm;

/** Types of the index as its pages need them: fields with their types, members of enumerations, and what can be asked for. */
function renderIndexTypes(): string {
  const sdl = readFileSync(join(root, 'subgraph/schema.graphql'), 'utf8').replace(
    /"{3}[\s\S]*?"{3}|"(?:[^"\\\n]|\\.)*"/g,
    '',
  );
  const rows: string[] = [];
  const queries = ['_meta _Meta_'];
  for (const [, kind, name, body] of sdl.matchAll(SDL_TYPE)) {
    const lines = body!
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (kind === 'enum') rows.push(`${name}=${lines.join(' ')}`);
    else {
      rows.push(`${name} ${lines.map((line) => line.replace(/^(\w+): *(\S+).*$/, '$1 $2')).join(' ')}`);
      queries.push(`${singularName(name!)} ${name} ${pluralName(name!)} [${name}!]!`);
    }
  }
  rows.push('_Meta_ block _Block_! deployment String! hasIndexingErrors Boolean!');
  rows.push('_Block_ hash Bytes number Int! timestamp Int', `Query ${queries.join(' ')}`);
  return `/** One type a line: \`Type field type field type\`, or \`Type=MEMBER MEMBER\`. From subgraph/schema.graphql. */
export const INDEX_TYPES = \`\n${rows.join('\n')}\n\`;\n`;
}

/** Real rows that no model was trained on, two of each digit, for one click in the dApp. CC BY 4.0, see data/README.md. */
function digitSamples(): string {
  const data = prepareData('digits', readFileSync(join(root, 'data/digits.csv'), 'utf8'), 0);
  const rows = side(data, 'test');
  const pixels = readFileSync(join(root, 'data/digits.csv'), 'utf8');
  const known = new Set(pixels.trim().split('\n'));
  const samples = Array.from({ length: 10 }, (_, digit) => digit).flatMap((digit) => {
    const found = [...rows.labels.keys()].filter((row) => rows.labels[row] === digit).slice(0, 2);
    return found.map((row) => ({
      label: String(digit),
      values: [...takeRows(rows.features, Uint32Array.of(row)).data],
    }));
  });
  if (!samples.every(({ label, values }) => known.has([...values, label].join(','))))
    throw new Error('a sample is no row of data/digits.csv');
  return `${JSON.stringify({ source: 'UCI Optical Recognition of Handwritten Digits, CC BY 4.0', samples })}\n`;
}

compile();
const artifacts = SOURCES.map(artifactOf);
/** Path from the root and content of every generated file. */
const outputs = new Map<string, string>([
  ['web/public/samples/digits.json', digitSamples()],
  ['node/chain/generated/contracts.ts', [HEAD, ...artifacts.map(renderNode)].join('\n')],
  ['node/chain/generated/errorSentences.ts', `${HEAD}\n${renderSentences(artifacts)}`],
  ['web/generated/events.ts', renderEvents(artifacts)],
  ['web/generated/indexTypes.ts', `${HEAD.replace('contracts/', 'subgraph/')}\n${renderIndexTypes()}`],
  ['web/generated/errors.ts', `${HEAD}\n${renderErrors(artifacts)}`],
  ...artifacts.flatMap((artifact): [string, string][] => [
    [`web/generated/abi/${variableOf(artifact)}.ts`, renderFunctions(artifact)],
    [`subgraph/abis/${artifact.contractName}.json`, `${JSON.stringify(withoutConstructor(artifact), null, 1)}\n`],
  ]),
]);

if (process.argv.includes('--check')) {
  const stale = [...outputs].flatMap(([path, text]) =>
    existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8') === text ? [] : [path],
  );
  if (stale.length > 0) {
    console.error(`stale: ${stale.join(', ')}; run \`npm run generate\` and commit the result`);
    process.exit(1);
  }
  console.log(`${outputs.size} generated files are fresh`);
} else {
  for (const [path, text] of outputs) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  console.log(`wrote ${outputs.size} files for ${SOURCES.length} contracts`);
}

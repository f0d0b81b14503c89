// Writes node/chain/generated/contracts.ts from the compiled contracts, so that `npm start` needs no compiler.
// `node scripts/generate.ts` rewrites the file; `--check` fails when the committed one is stale.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'node', 'chain', 'generated', 'contracts.ts');

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

function render(artifact: Artifact): string {
  const name = artifact.contractName[0]!.toLowerCase() + artifact.contractName.slice(1);
  const entries = artifact.abi.map((entry) => `  ${JSON.stringify(entry)},\n`).join('');
  return `export const ${name}Abi = [\n${entries}] as const;\nexport const ${name}Bytecode =\n  '${artifact.bytecode}';\n`;
}

compile();
const text = [
  '// Written by `node scripts/generate.ts` from contracts/. Do not edit.\n',
  ...SOURCES.map((source) => render(artifactOf(source))),
].join('\n');

if (process.argv.includes('--check')) {
  let committed = '';
  try {
    committed = readFileSync(target, 'utf8');
  } catch (error) {
    console.error(`node/chain/generated/contracts.ts cannot be read: ${String(error)}`);
  }
  if (committed !== text) {
    console.error('node/chain/generated/contracts.ts is stale: run `npm run generate` and commit the result');
    process.exit(1);
  }
  console.log('node/chain/generated/contracts.ts is fresh');
} else {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`wrote node/chain/generated/contracts.ts (${SOURCES.length} contracts, ${text.length} characters)`);
}

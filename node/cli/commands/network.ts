import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { NetworkChoice } from '../../compose.ts';
import { PACKAGE_ROOT } from '../../config.ts';
import { isAddress } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { SiteConfig } from '../../gateway/site.ts';
import { runBuildScript } from '../buildScript.ts';
import { readText, writeOutput } from '../files.ts';
import { endpoint, integer, tokens } from '../parse.ts';
import { EXIT, formatTokens, type Printer, toJson } from '../print.ts';
import { publicGateways } from '../publicGateways.ts';
import { run, type Shell } from '../shell.ts';

/** The file that says who gets the tokens. */
export class AllocationsMalformed extends ProtocolError {
  override readonly code = 'ALLOCATIONS_MALFORMED';
  constructor(path: string, why: string) {
    super({
      what: 'The allocations cannot be read',
      why: `${path}: ${why}`,
      fix: 'Write a JSON list like [{ "recipient": "0x…", "amount": "60000000" }], amounts in ASSAY.',
      meta: { path },
    });
  }
}

/** Nothing is sent to a real chain without the word. */
export class NetworkDeploymentUnconfirmed extends ProtocolError {
  override readonly code = 'NETWORK_DEPLOYMENT_UNCONFIRMED';
}

export class NetworkExportFailed extends ProtocolError {
  override readonly code = 'NETWORK_EXPORT_FAILED';
}

type Plan = Awaited<ReturnType<Shell['assay']['network']['plan']>>;

export function registerNetwork(program: Command): void {
  const network = program
    .command('network')
    .description('deploy the contracts to a real chain, check a deployment, hand its addresses to dApp and index')
    .addHelpText('after', '\nGuide: docs/deploy.md\nExample:\n  assay network verify');

  network
    .command('deploy')
    .description(
      'deploy the whole protocol with the configured account; says what it costs first, continues when interrupted',
    )
    .addOption(
      new Option('--profile <name>', 'clocks and amounts (node/chain/profiles.ts)')
        .choices(['standard', 'fast', 'dev'])
        .makeOptionMandatory(),
    )
    .requiredOption(
      '--allocations <file>',
      'JSON list of { recipient, amount } in ASSAY; the rest goes to the treasury',
    )
    .option('--out <file>', 'where the deployment file goes (default: the configured --deployment)')
    .option('--confirmations <n>', 'blocks on top of the last creation', integer(0, 1000), 5)
    .option('--dry-run', 'compute, rehearse and price everything, send nothing', false)
    .option('--yes', 'send: without it the plan is shown and nothing happens', false)
    .addHelpText(
      'after',
      '\nExamples:\n  assay network deploy --profile standard --allocations holders.json --account deployer --dry-run\n  assay network deploy --profile standard --allocations holders.json --account deployer --yes',
    )
    .action(async (options, command: Command) =>
      run(command, async (shell) => {
        const { print, assay } = shell;
        const out = resolve(options.out ?? assay.config.deployment);
        if (existsSync(out) && options.dryRun !== true)
          throw new NetworkDeploymentUnconfirmed({
            what: 'This is not deployed',
            why: `${out} exists already, and it may be all that knows where those contracts are`,
            fix: 'Name another file with --out, or move the old one away yourself.',
            meta: { out },
          });
        const choice: NetworkChoice = {
          profile: options.profile,
          allocations: await readAllocations(options.allocations),
        };
        print.step('rehearsing on this machine');
        const plan = await assay.network.plan(choice);
        for (const warning of plan.warnings) print.warn(warning);
        if (options.dryRun === true) {
          print.result({ dryRun: true, plan }, () => describePlan(plan, print));
          return 0;
        }
        if (options.yes !== true) {
          if (!print.json) print.result(plan, () => describePlan(plan, print));
          throw new NetworkDeploymentUnconfirmed({
            what: 'This is not deployed',
            why: 'nothing is sent to a chain before somebody has read the plan',
            fix: 'Run the same command with --yes to send it, or with --dry-run to see the plan alone.',
          });
        }
        print.step(
          `deploying ${plan.contracts.length} contracts to chain ${plan.chainId}, at most ${ether(plan.costWei)} ETH`,
        );
        const commit = commitOf();
        const deployment = await assay.network.deploy(choice, {
          plan,
          out,
          confirmations: options.confirmations,
          ...(commit === undefined ? {} : { commit }),
          onProgress: (done, total, contract) => {
            print.progress('deploying', done, total, contract);
            print.step(`${done}/${total} ${contract}`);
          },
        });
        print.result({ deployment, file: out }, () =>
          [
            `deployed on chain ${deployment.chainId} from block ${deployment.block}; nobody but governance has a right`,
            `  file     ${out}`,
            `  next     assay network verify --deployment ${out}`,
          ].join('\n'),
        );
        return 0;
      }),
    );

  network
    .command('verify')
    .description('compare a deployment with these sources: creations, code with immutables, roles, parameters')
    .addHelpText(
      'after',
      '\nExit code 5: something differs.\n\nExample:\n  assay network verify --deployment deployment.json',
    )
    .action(async (_, command: Command) =>
      run(command, async ({ print, assay }) => {
        const review = await assay.network.review();
        const { findings } = review;
        print.result({ equal: findings.length === 0, ...review }, () =>
          findings.length === 0
            ? `equal: ${review.contracts} contracts, ${review.codeBytes} bytes of code with their immutables, ${review.parameters} parameters of the profile ${review.profile}; only the timelock has rights`
            : print.table(
                ['differs', 'contract', 'expected', 'found'],
                findings.map(({ check, contract, expected, found }) => [check, contract, expected, found]),
              ),
        );
        return findings.length === 0 ? 0 : EXIT.differs;
      }),
    );

  network
    .command('export')
    .description('write what dApp and index need of a network: assay.json and a rendered subgraph')
    .requiredOption('--out <folder>', 'where the files go')
    .requiredOption('--subgraph-url <url>', 'where the index of this network answers', endpoint)
    .option('--public-rpc <url...>', 'endpoints that browsers may use (default: the configured ones)')
    .option('--gateway <url...>', 'workers that browsers ask first (default: those in the registry)')
    .option('--name <text>', 'name of the network for people')
    .option('--explorer <url>', 'block explorer', endpoint)
    .option('--no-subgraph', 'only assay.json')
    .addHelpText(
      'after',
      '\nExample:\n  assay network export --out site-config --subgraph-url https://index.example/subgraphs/name/assay',
    )
    .action(async (options, command: Command) =>
      run(command, async (shell) => {
        const { print, assay } = shell;
        const config = await siteConfigOf(shell, options);
        const folder = resolve(options.out);
        await mkdir(folder, { recursive: true });
        const files = [join(folder, 'assay.json')];
        await writeOutput(files[0]!, `${JSON.stringify(JSON.parse(toJson(config)), null, 2)}\n`);
        if (options.subgraph !== false)
          files.push(renderSubgraph(resolve(assay.config.deployment), join(folder, 'subgraph')));
        print.result({ files, config }, () => files.join('\n'));
        return 0;
      }),
    );
}

/** @throws {AllocationsMalformed} */
export async function readAllocations(path: string): Promise<NetworkChoice['allocations']> {
  const text = await readText(path, 'Give a JSON file of at most 4 MiB.');
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new AllocationsMalformed(path, 'it is not JSON');
  }
  if (!Array.isArray(list)) throw new AllocationsMalformed(path, 'it is not a list');
  return list.map((entry: unknown, i) => {
    const { recipient, amount, ...rest } = (entry ?? {}) as Record<string, unknown>;
    const extra = Object.keys(rest)[0];
    if (extra !== undefined) throw new AllocationsMalformed(path, `entry ${i} has the unknown key ${extra}`);
    if (typeof recipient !== 'string' || !isAddress(recipient))
      throw new AllocationsMalformed(path, `the recipient of entry ${i} is not an address`);
    if (typeof amount !== 'string' || !/^\d{1,10}(\.\d{1,18})?$/.test(amount))
      throw new AllocationsMalformed(path, `the amount of entry ${i} is not a decimal text like "1000"`);
    return { recipient, amountWei: tokens(amount) };
  });
}

function describePlan(plan: Plan, print: Printer): string {
  const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;
  const total = plan.contracts.reduce((sum, { codeBytes }) => sum + codeBytes, 0);
  return [
    print.paint('bold', plan.continues ? 'Goes on with a deployment that was begun' : 'A new network'),
    row('chain', `${plan.chainId}, genesis ${plan.genesisHash}`),
    row('deployer', `${plan.deployer}, first nonce ${plan.firstNonce}; it keeps no right`),
    row('profile', plan.profile),
    row('holders', `${formatTokens(plan.circulatingWei)} ASSAY; a quorum is ${formatTokens(plan.quorumWei)}`),
    row('treasury', `${formatTokens(plan.treasuryWei)} ASSAY, which only a vote can move`),
    row(
      'gas',
      `${plan.gas} at ${gwei(plan.gasPriceWei)} gwei: at most ${ether(plan.costWei)} ETH (a rollup adds its data fee)`,
    ),
    row('balance', `${ether(plan.balanceWei)} ETH`),
    row('code', `${total} bytes in ${plan.contracts.length} contracts`),
    '',
    print.table(
      ['contract', 'address', 'gas', 'bytes', 'there'],
      plan.contracts.map(({ contract, address, gas, codeBytes, present }) => [
        contract,
        address,
        String(gas),
        String(codeBytes),
        present ? 'yes' : '',
      ]),
    ),
  ].join('\n');
}

const ether = (wei: bigint): string => formatTokens(wei);
const gwei = (wei: bigint): string => (Number(wei / 1000n) / 1e6).toString();

/** Commit of this clone; undefined outside one. */
function commitOf(): string | undefined {
  const git = (...args: string[]): string | undefined => {
    const { status, stdout } = spawnSync('git', ['-C', PACKAGE_ROOT, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git('rev-parse', 'HEAD');
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  return git('status', '--porcelain', '--untracked-files=no', '--', 'contracts', 'node/chain') === ''
    ? commit
    : `${commit}-dirty`;
}

interface ExportOptions {
  readonly subgraphUrl: string;
  readonly publicRpc?: readonly string[];
  readonly gateway?: readonly string[];
  readonly name?: string;
  readonly explorer?: string;
}

async function siteConfigOf({ assay }: Shell, options: ExportOptions): Promise<SiteConfig> {
  const { chainId, addresses, block } = await assay.deployment();
  const gateways = options.gateway ?? publicGateways(await (await assay.chain()).directory.workers());
  return {
    chainId,
    chainName: options.name ?? `chain ${chainId}`,
    rpcUrls: (options.publicRpc ?? assay.config.rpcUrls).map(endpoint),
    subgraphUrl: options.subgraphUrl,
    gateways: gateways.map(endpoint),
    contracts: addresses,
    deploymentBlock: String(block),
    ...(options.explorer === undefined ? {} : { explorerUrl: options.explorer }),
    local: chainId === 31337,
  };
}

/** Runs the subgraph's own build for one deployment. Returns its manifest. @throws {NetworkExportFailed} */
function renderSubgraph(deploymentFile: string, out: string): string {
  const failed = (why: string): NetworkExportFailed =>
    new NetworkExportFailed({
      what: 'The subgraph could not be rendered',
      why,
      fix: 'Name a folder that you may write to, install the dependencies again, or write assay.json alone with --no-subgraph.',
    });
  // Before the mappings are compiled, which takes a while the first time.
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw failed(String(error));
  }
  const why = runBuildScript('subgraph/build.ts', ['--deployment', deploymentFile, '--out', out]);
  if (why !== undefined) throw failed(why);
  return join(out, 'subgraph.yaml');
}

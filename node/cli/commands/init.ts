import { existsSync } from 'node:fs';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Assay } from '../../compose.ts';
import { defaultHome, homeOf, loadConfig } from '../../config.ts';
import type { Address } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import { noteFormat } from '../home.ts';
import { endpoint, tokens } from '../parse.ts';
import { formatTokens, type Printer } from '../print.ts';
import { createAsker } from '../questions.ts';
import { type BareShell, runBare } from '../shell.ts';

/** The answer names no network. */
export class NetworkUnknown extends ProtocolError {
  override readonly code = 'NETWORK_UNKNOWN';
}

/** The account cannot pay for what it shall do. */
export class AccountPoor extends ProtocolError {
  override readonly code = 'ACCOUNT_POOR';
}

const LOCAL_CHAIN = 31337;
const ROLES = ['consumer', 'worker'] as const;
type Role = (typeof ROLES)[number];
/** Play money of a local network: what a day of trying costs, beside the stake. */
const ALLOWANCE_WEI = tokens('100');
const DEFAULT_STAKE = '10000';

interface InitFlags {
  readonly network?: string;
  readonly role?: Role;
  readonly endpoint?: string;
  readonly stake: bigint;
  readonly price?: bigint;
  readonly yes?: boolean;
}

interface Plan {
  readonly home: string;
  readonly role: Role;
  /** Of the home that the network's own accounts are in; undefined for a deployment file. */
  readonly networkHome?: string;
  readonly deploymentFile: string;
  readonly rpcUrls: readonly string[];
  readonly endpoint?: string;
}

/** At most three questions. */
async function planOf({ flags }: BareShell, options: InitFlags): Promise<Plan> {
  const asker = createAsker({ yes: options.yes === true });
  try {
    const network = await asker.ask({
      text: 'Network: the folder of a local one, or a deployment file',
      flag: '--network',
      given: options.network,
      fallback: defaultHome(),
    });
    const { networkHome, deploymentFile, rpcUrls } = await locate(resolve(network), flags.rpc);
    const role = await asker.ask({
      text: 'What for: consumer or worker',
      flag: '--role',
      given: options.role,
      fallback: 'consumer',
    });
    if (!ROLES.includes(role as Role))
      throw new NetworkUnknown({
        what: 'There is no such role',
        why: JSON.stringify(role),
        fix: `Answer ${ROLES.join(' or ')}.`,
      });
    const url =
      role === 'worker'
        ? await asker.ask({
            text: 'Where consumers reach this worker',
            flag: '--endpoint',
            given: options.endpoint,
            ...(networkHome === undefined ? {} : { fallback: 'http://127.0.0.1:8701' }),
          })
        : undefined;
    return {
      home: homeOf(flags),
      role: role as Role,
      deploymentFile,
      rpcUrls,
      ...(networkHome === undefined ? {} : { networkHome }),
      ...(url === undefined ? {} : { endpoint: endpoint(url) }),
    };
  } finally {
    asker.close();
  }
}

/** @throws {NetworkUnknown} */
async function locate(
  path: string,
  rpc: readonly string[] | undefined,
): Promise<Pick<Plan, 'networkHome' | 'deploymentFile' | 'rpcUrls'>> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const deploymentFile = isFolder ? join(path, 'deployment.json') : path;
  if (!existsSync(deploymentFile))
    throw new NetworkUnknown({
      what: 'There is no network to join',
      why: `${deploymentFile} does not exist`,
      fix: 'Start a local network (`assay up`, or `npm start`), or give --network FILE with the addresses of a real one.',
      meta: { path },
    });
  if (!isFolder && rpc === undefined)
    throw new NetworkUnknown({
      what: 'The network has no endpoint',
      why: 'a deployment file names contracts, not who answers for the chain',
      fix: 'Give --rpc URL as well.',
    });
  const rpcUrls = rpc ?? loadConfig({ home: path }, {}).config.rpcUrls;
  return isFolder ? { networkHome: path, deploymentFile, rpcUrls } : { deploymentFile, rpcUrls };
}

async function seed(
  { home, role, rpcUrls, deploymentFile, networkHome, endpoint: url }: Plan,
  price?: bigint,
): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (resolve(deploymentFile) !== join(home, 'deployment.json'))
    await copyFile(deploymentFile, join(home, 'deployment.json'));
  const { port } = new URL(url ?? 'http://127.0.0.1:8701');
  const config = {
    rpcUrls,
    account: role === 'worker' ? 'hot' : 'consumer',
    ...(networkHome === undefined ? {} : { privateProviders: true }),
    ...(role === 'worker'
      ? {
          worker: {
            ...(port === '' ? {} : { port: Number(port) }),
            ...(price === undefined ? {} : { feeWei: String(price) }),
          },
        }
      : {}),
  };
  if (!existsSync(join(home, 'config.json')))
    await writeFile(join(home, 'config.json'), `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  await noteFormat(home);
}

/** Play money from the local network's own accounts; real money is somebody's to send. @throws {AccountPoor} */
async function fund(
  assay: Assay,
  plan: Plan,
  account: Address,
  gas: readonly Address[],
  needsWei: bigint,
): Promise<void> {
  const { settlement, reading } = await assay.chain();
  const hasWei = await settlement.balanceOf(account);
  const isLocal = Number(reading.chainId) === LOCAL_CHAIN;
  if (isLocal) await assay.fundEther(gas);
  if (hasWei >= needsWei) return;
  if (!isLocal || plan.networkHome === undefined)
    throw new AccountPoor({
      what: `${account} cannot do that yet`,
      why: `it has ${formatTokens(hasWei)} ASSAY and needs ${formatTokens(needsWei)}, and some ether for gas`,
      fix: `Send both to ${account}, then run the same command again: it goes on where it is.`,
      meta: { account, hasWei, needsWei },
    });
  const { compose } = await import('../../compose.ts');
  const rich = compose(loadConfig({ home: plan.networkHome, account: 'author', logLevel: 'warn' }, {}).config);
  try {
    await (await rich.account()).credits.transfer(account, needsWei - hasWei);
  } finally {
    await rich.close();
  }
}

async function init(shell: BareShell, options: InitFlags): Promise<number> {
  const { print } = shell;
  const started = performance.now();
  const plan = await planOf(shell, options);
  await seed(plan, options.price);
  const { compose } = await import('../../compose.ts');
  const owner = plan.role === 'worker' ? 'owner' : 'consumer';
  const { config } = loadConfig({ home: plan.home, account: owner, logLevel: 'warn' }, {});
  const assay = compose(config);
  try {
    await assay.keys.ensurePassword();
    const { identity } = await assay.chain();
    const light = identity.chainId === LOCAL_CHAIN;
    const names = plan.role === 'worker' ? ['owner', 'hot'] : ['consumer'];
    const keys: Record<string, Address> = {};
    for (const name of names) keys[name] = await assay.keys.ensure(name, { light });
    const account = keys[owner]!;
    const stakeWei = plan.role === 'worker' ? options.stake : 0n;
    const registered =
      plan.role === 'worker' && (await (await assay.chain()).stakesView.position(account)) !== undefined;
    await fund(assay, plan, account, Object.values(keys), (registered ? 0n : stakeWei) + ALLOWANCE_WEI);
    if (plan.role === 'worker' && !registered) {
      print.step(`staking ${formatTokens(stakeWei)} ASSAY and registering ${plan.endpoint}`);
      await (await (await assay.account()).staking('hot')).register(keys['hot']!, plan.endpoint!, stakeWei);
    }
    tell(print, plan, keys, Number(((performance.now() - started) / 1000).toFixed(1)));
    return 0;
  } finally {
    await assay.close();
  }
}

function tell(print: Printer, plan: Plan, keys: Readonly<Record<string, Address>>, seconds: number): void {
  const { home, role } = plan;
  const next = role === 'worker' ? `assay worker run --home ${home}` : `assay infer digits --row 7 --home ${home}`;
  print.result({ home, role, keys, endpoint: plan.endpoint, rpcUrls: plan.rpcUrls, seconds, next }, () =>
    [
      `${home} is ready, in ${seconds} s`,
      ...Object.entries(keys).map(([name, address]) => `  ${name.padEnd(8)} ${address}`),
      ...(role === 'worker'
        ? ['  keep     keys/owner.json on another machine: the hot key is all that the worker needs']
        : []),
      `  next     ${next}`,
    ].join('\n'),
  );
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description(
      'make a home for a consumer or a worker: keys, settings, and on a local network money and registration',
    )
    .option('--network <path>', 'folder of a local network, or the deployment file of a real one (with --rpc)')
    .addOption(new Option('--role <role>', 'consumer or worker').choices([...ROLES]))
    .option('--endpoint <url>', 'worker: where consumers reach it', endpoint)
    .addOption(
      new Option('--stake <tokens>', 'worker: stake, like "10000 ASSAY"')
        .argParser(tokens)
        .default(tokens(DEFAULT_STAKE), DEFAULT_STAKE),
    )
    .option('--price <tokens>', 'worker: price of one inference, like "0.001 ASSAY"', tokens)
    .option('--yes', 'ask nothing: flags and defaults')
    .addHelpText(
      'after',
      '\nAsks at most three questions; every one has a flag. Running it again changes nothing that is there.\n\nExamples:\n  assay init --home my-node\n  assay init --home my-worker --role worker --endpoint http://127.0.0.1:8701 --yes\n  assay worker run --home my-worker',
    )
    .action(async (options: InitFlags, command: Command) => runBare(command, (shell) => init(shell, options)));
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { defaultHome } from '../../config.ts';
import type { Report } from '../local/mainJob.ts';
import type { LocalNetwork } from '../local/network.ts';
import { openInBrowser } from '../local/openInBrowser.ts';
import type { Pages } from '../local/pages.ts';
import { SCENARIOS, type Scenario, type Seeded } from '../local/scenario.ts';
import { integer } from '../parse.ts';
import { formatTokens, type Printer, toJson } from '../print.ts';
import { run, type Shell } from '../shell.ts';

/** `start` alone. */
interface StartOptions extends DevOptions {
  readonly open?: boolean;
}

interface DevOptions {
  readonly port: number;
  readonly workers: number;
  readonly reset: boolean;
  readonly headless: boolean;
}

const withNetworkOptions = (command: Command): Command =>
  command
    .option(
      '--port <n>',
      'port of the chain; worker i listens at port + i, then the index and the dApp',
      integer(1, 65_000),
      8545,
    )
    .option('--workers <n>', 'number of workers', integer(1, 16), 3)
    .option('--headless', 'without index and dApp', false)
    .option('--reset', 'forget the earlier state and start over', false);

/** Starts the network, runs the body, and stops everything whatever happens. */
async function withNetwork(
  shell: Shell,
  options: DevOptions,
  body: (network: LocalNetwork) => Promise<void>,
): Promise<number> {
  const { print, loaded, signal } = shell;
  const home = loaded.origins['home'] === 'default' ? defaultHome() : loaded.config.home;
  const { startNetwork } = await import('../local/network.ts');
  const network = await startNetwork({ home, print, signal, ...options });
  try {
    await body(network);
  } finally {
    print.step('stopping; the state stays on disk');
    await network.stop();
  }
  return 0;
}

async function seedScenario(
  { print, signal }: Shell,
  network: LocalNetwork,
  { scenario, port, workers }: DevOptions & { scenario?: Scenario },
): Promise<Seeded | undefined> {
  if (scenario === undefined) return undefined;
  const { seed } = await import('../local/scenarios.ts');
  // Behind the workers, the index and the dApp.
  return await seed({ network, print, signal }, scenario, port + workers + 3);
}

const stayUp = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
};

function describe(report: Report, print: Printer): string {
  const { training, vote, jobs, receipts, accuracy, money } = report;
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;
  const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;
  return [
    '',
    print.paint('bold', `Assay: the main job, end to end, in ${report.seconds.toFixed(1)} s`),
    row('model', `${report.model}, version ${report.versionId}, ${report.steps} exact steps`),
    ...(training === undefined
      ? []
      : [
          row(
            'training',
            `${training.epochs} epochs; exact ${percent(training.exactCorrect, training.testRows)}, float ${percent(training.floatCorrect, training.testRows)} of ${training.testRows} test rows`,
          ),
        ]),
    row('CID', report.cid),
    row('sha256', report.sha256),
    row('programRoot', report.programRoot),
    ...(vote === undefined
      ? []
      : [
          row(
            'vote',
            `for ${formatTokens(vote.forWei)}, against ${formatTokens(vote.againstWei)}, quorum ${formatTokens(vote.quorumWei)}: ${vote.state}`,
          ),
        ]),
    row(
      'jobs',
      `${jobs.paid} paid, ${jobs.completed} completed, by ${Object.keys(jobs.perWorker).length} workers (${Object.values(jobs.perWorker).join(', ')}), in ${jobs.seconds.toFixed(1)} s`,
    ),
    row(
      'accuracy',
      `${percent(accuracy.correct, accuracy.rows)} of the paid answers are right (${accuracy.correct}/${accuracy.rows})`,
    ),
    row('receipts', `${receipts.verified} re-executed and equal, ${receipts.different} different`),
    row(
      'money',
      `consumer paid ${formatTokens(money.paidByConsumerWei)} ASSAY; workers got ${formatTokens(money.workersWei)}, author ${formatTokens(money.authorWei)}, treasury ${formatTokens(money.treasuryWei)}`,
    ),
    row('conserved', money.differenceWei === 0n ? 'to the wei' : `NO: ${money.differenceWei} wei`),
  ].join('\n');
}

/** Waits for index and dApp and says where they are; opens the dApp on a desktop when asked to. */
async function showPages(network: LocalNetwork, print: Printer, open: boolean): Promise<Pages | undefined> {
  const waits = setTimeout(() => print.step('building index and dApp: a minute or two, once'), 500);
  const pages = await network.pages().finally(() => clearTimeout(waits));
  if (pages === undefined) return undefined;
  await pages.caughtUp();
  print.done('index and dApp are up');
  if (open) openInBrowser(pages.siteUrl);
  return pages;
}

/** The model of the main job, which `infer --row` has data for. */
const DIGITS = 'digits';

/** The model that a newcomer can ask, if there is one. */
async function liveModel(network: LocalNetwork): Promise<string | undefined> {
  const { directory } = await network.as('author').account();
  return (await directory.models()).find(({ liveVersionId }) => liveVersionId !== 0n)?.slug;
}

const ofHome = ({ home }: LocalNetwork): string => (home === defaultHome() ? '' : ` --home ${home}`);

function tryIt(network: LocalNetwork, model: string | undefined, pages?: Pages): string {
  const command = (text: string): string => `  npm run assay -- ${text}${ofHome(network)}`;
  const ask = [
    ...(model === DIGITS ? [`infer ${model} --row 7 --save answer.json`, 'verify answer.json'] : []),
    ...(model === undefined ? [] : [`model show ${model}`]),
  ];
  return [
    '',
    ...(pages === undefined ? [] : [`The dApp: ${pages.siteUrl}`]),
    'The network stays up. Try it from another terminal:',
    ...[...ask, 'gov list', 'worker status'].map(command),
    ...(model === undefined ? [] : [`  curl ${network.workers[0]?.endpoint ?? ''}/v2/models/${model}`]),
    ...(model === undefined
      ? ['No model is live yet: docs/contributors.md brings one, `npm start` does it for you.']
      : []),
    `chain ${network.rpcUrl}, state in ${network.home}; Ctrl-C stops it, the next start continues`,
  ].join('\n');
}

export function registerDev(program: Command): void {
  withNetworkOptions(
    program
      .command('dev')
      .description('the whole local network: chain, contracts, accounts, workers; state survives a restart'),
  )
    .addOption(
      new Option(
        '--scenario <name>',
        'bring it into a state to look at: an open vote, a dispute, a slashed worker',
      ).choices([...SCENARIOS]),
    )
    .addHelpText('after', '\nExamples:\n  assay dev --port 9545 --workers 5\n  assay dev --scenario vote')
    .action(async (options: DevOptions & { scenario?: Scenario }, command: Command) =>
      run(command, (shell) =>
        withNetwork(shell, options, async (network) => {
          const seeded = await seedScenario(shell, network, options);
          const model = await liveModel(network);
          await network.release();
          const pages = await showPages(network, shell.print, false);
          const { rpcUrl, home, workers } = network;
          shell.print.result(
            {
              ready: true,
              rpcUrl,
              home,
              siteUrl: pages?.siteUrl,
              subgraphUrl: pages?.subgraphUrl,
              scenario: seeded,
              workers: workers.map(({ name, owner, endpoint, process }) => ({
                name,
                owner,
                endpoint,
                pid: process.pid,
              })),
            },
            () =>
              `${tryIt(network, model, pages)}${seeded === undefined ? '' : `\nscenario ${seeded.scenario}: ${seeded.next}${ofHome(network)}`}`,
          );
          await stayUp(shell.signal);
        }),
      ),
    );

  const job = (name: string, description: string, stays: boolean): void => {
    const command = withNetworkOptions(program.command(name).description(description));
    if (stays) command.option('--no-open', 'do not open the dApp in the browser of this desktop');
    command
      .addHelpText('after', `\nExample:\n  assay ${name} --reset`)
      .action(async (given: StartOptions, command: Command) =>
        run(command, (shell) => {
          // Nobody looks at the pages of a network that ends at once.
          const options = { ...given, headless: given.headless || !stays };
          return withNetwork(shell, options, async (network) => {
            const { print, signal } = shell;
            const { runMainJob } = await import('../local/mainJob.ts');
            const report = await runMainJob({ network, print, signal });
            await writeFile(join(network.home, 'report.json'), `${toJson(report)}\n`);
            print.result(report, () => describe(report, print));
            let pages: Pages | undefined;
            if (stays && !options.headless) {
              const { offerUpgrade } = await import('../local/upgrade.ts');
              await offerUpgrade({ network, print, signal });
              pages = await showPages(network, print, given.open ?? true);
            }
            // From here on other commands may use the accounts.
            await network.release();
            if (!stays) return;
            if (!print.json) print.result(undefined, () => tryIt(network, DIGITS, pages));
            await stayUp(signal);
          });
        }),
      );
  };
  job('start', 'dev, then the main job with a report; the network stays up', true);
  job('demo', 'the same once without dApp, then everything stops; exit code 0 when every check held', false);
}

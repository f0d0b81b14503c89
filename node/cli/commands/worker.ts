import { type Command, Option } from 'commander';
import type { Http } from '../../ports/Http.ts';
import { endpoint, integer, tokens } from '../parse.ts';
import { formatTokens } from '../print.ts';
import { run } from '../shell.ts';
import { transactional } from '../transactions.ts';

export function registerWorker(program: Command): void {
  const worker = program
    .command('worker')
    .description('stake, register and run a node that serves models')
    .addHelpText('after', '\nExample:\n  assay worker run --help');

  transactional(
    worker
      .command('init')
      .description('stake and register: the account is the owner, a keystore of its own becomes the hot key')
      .requiredOption('--endpoint <url>', 'where consumers reach the worker', endpoint)
      .option('--stake <tokens>', 'stake, like 10000 or "10000 ASSAY" (default: 10000)', tokens)
      .option('--hot-key <name>', 'keystore of the hot key, made when it does not exist', 'hot')
      .addHelpText(
        'after',
        '\nExamples:\n  assay worker init --endpoint https://worker.example:8701 --stake "10000 ASSAY" --account owner\n  assay worker init --endpoint https://worker.example:8701 --account owner --dry-run',
      ),
  ).action(async (options, command: Command) =>
    run(command, async ({ print, assay }) => {
      const stakeWei: bigint = options.stake ?? tokens('10000');
      const hot = await assay.keys.ensure(options.hotKey);
      const account = await assay.account();
      await (await account.staking(options.hotKey)).register(hot, options.endpoint, stakeWei);
      print.result(
        { owner: account.address, hotKey: hot, endpoint: options.endpoint, stakeWei },
        () =>
          `registered ${account.address}\n  hot key  ${hot}\n  stake    ${formatTokens(stakeWei)} ASSAY\n  next     assay worker run --account ${options.hotKey}${portFlag(options.endpoint)}`,
      );
      return 0;
    }),
  );

  worker
    .command('run')
    .description('serve every live version until SIGTERM; the account is the hot key')
    .option('--port <n>', 'port of the gateway', integer(0, 65_535))
    .addOption(new Option('--until-stdin-ends', 'end with the process that started this one').hideHelp())
    .addHelpText('after', '\nExample:\n  assay worker run --account hot --port 8701')
    .action(async (options, command: Command) =>
      run(
        command,
        async ({ print, assay, signal }) => {
          const { startWorker } = await import('../../daemon.ts');
          if (options.untilStdinEnds === true) endWithStandardInput();
          const running = await startWorker(assay);
          print.step(`worker ${running.owner} answers at ${running.url}; stop with Ctrl-C`);
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve();
            else signal.addEventListener('abort', () => resolve(), { once: true });
          });
          const open = await running.stop();
          print.result({ stopped: true, openJobs: open }, () =>
            open === 0
              ? 'stopped; nothing is owed'
              : `stopped; ${open} served jobs wait in the journal for the next start`,
          );
          return 0;
        },
        { quietLog: false, ...(options.port === undefined ? {} : { worker: { port: options.port } }) },
      ),
    );

  transactional(
    worker
      .command('set-hot-key')
      .description('replace the hot key; what the old one signed binds the worker for a thaw longer')
      .argument('<name>', 'keystore of the new hot key, made when it does not exist')
      .addHelpText('after', '\nExample:\n  assay worker set-hot-key hot-2 --account owner'),
  ).action(async (name: string, _, command: Command) =>
    run(command, async ({ print, assay }) => {
      const { stakes, address: owner } = await assay.account();
      await assay.keys.ensure(name);
      const hot = await assay.keys.open(name);
      await stakes.setHotKey({ address: hot.address, consent: (digest) => hot.signDigest(digest) });
      print.result(
        { owner, hotKey: hot.address },
        () =>
          `${hot.address} (${name}) signs for ${owner} from now on\n  next     give the worker this keystore and restart it; keep the old one until its jobs have ended`,
      );
      return 0;
    }),
  );

  transactional(
    worker
      .command('set-endpoint')
      .description('replace the address where consumers reach the worker')
      .argument('<url>', 'public base URL', endpoint)
      .addHelpText('after', '\nExample:\n  assay worker set-endpoint https://new.example:8701 --account owner'),
  ).action(async (url: string, _, command: Command) =>
    run(command, async ({ print, assay }) => {
      const { stakes, address: owner } = await assay.account();
      await stakes.setEndpoint(url);
      print.result({ owner, endpoint: url }, () => `${owner} answers at ${url}`);
      return 0;
    }),
  );

  transactional(
    worker
      .command('withdraw')
      .description('pay out what the account has earned (worker, author or refunded client)')
      .addHelpText('after', '\nExample:\n  assay worker withdraw --account owner'),
  ).action(async (_, command: Command) =>
    run(command, async ({ print, assay }) => {
      const { address, credits } = await assay.account();
      const paidWei = (await credits.creditOf(address)) === 0n ? 0n : await credits.withdraw();
      print.result({ account: address, paidWei }, () =>
        paidWei === 0n
          ? `${address} has earned nothing since the last time`
          : `${formatTokens(paidWei)} ASSAY paid to ${address}`,
      );
      return 0;
    }),
  );

  worker
    .command('status')
    .description('every worker of the registry: stake, endpoint, what it serves, whether it answers')
    .addHelpText('after', '\nExample:\n  assay worker status')
    .action(async (_, command: Command) =>
      run(command, async ({ print, assay }) => {
        const { directory } = await assay.chain();
        const rows = await Promise.all(
          (await directory.workers()).map(async (record) => ({
            ...record,
            serving: await servedBy(assay.http, record.endpoint),
          })),
        );
        print.result({ workers: rows }, () =>
          print.table(
            ['worker', 'stake', 'endpoint', 'state', 'serves'],
            rows.map(({ worker: owner, stakeWei, endpoint, active, serving }) => [
              owner,
              formatTokens(stakeWei),
              endpoint,
              serving === undefined ? 'no answer' : active ? 'active' : 'inactive',
              serving?.join(', ') ?? '-',
            ]),
          ),
        );
        return 0;
      }),
    );
}

/** A worker behind a proxy listens elsewhere than its endpoint says: only the operator knows where. */
function portFlag(url: string): string {
  const { hostname, port } = new URL(url);
  return ['127.0.0.1', 'localhost'].includes(hostname) && port !== '' ? ` --port ${port}` : '';
}

/** The supervisor holds the other end of our standard input, and never writes: its end is his. */
function endWithStandardInput(): void {
  process.stdin.once('end', () => process.kill(process.pid, 'SIGTERM')).resume();
  // Only the worker itself keeps this process alive.
  (process.stdin as Partial<NodeJS.ReadStream>).unref?.();
}

/** Names of the versions a worker says it serves; undefined when it does not answer within two seconds. */
async function servedBy(http: Http, endpoint: string): Promise<string[] | undefined> {
  try {
    const response = await http(`${endpoint}/v2/models`, { signal: AbortSignal.timeout(2000), redirect: 'error' });
    let text = '';
    for await (const chunk of response.body ?? [])
      if (text.length < 1 << 20) text += Buffer.from(chunk).toString('utf8');
    const { models } = JSON.parse(text) as { models?: { name: string; versions?: string[] }[] };
    return (models ?? []).map(({ name, versions }) =>
      versions === undefined ? name : `${name}/${versions.join('+')}`,
    );
  } catch {
    return undefined;
  }
}

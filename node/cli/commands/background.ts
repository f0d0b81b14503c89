import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { type Flags, homeOf, loadConfig } from '../../config.ts';
import { ProtocolError } from '../../core/errors.ts';
import { down, up } from '../background/control.ts';
import { describeEvent, eventOf, logLines } from '../background/logLines.ts';
import { type BackgroundRecord, logFileOf, readRecord, SERVICES, type Service } from '../background/record.ts';
import { integer } from '../parse.ts';
import { EXIT } from '../print.ts';
import { type BareShell, runBare } from '../shell.ts';
import { describeSeconds } from '../times.ts';

/** Nothing of that name has a log here. */
export class NoLog extends ProtocolError {
  override readonly code = 'NO_LOG';
}

/** First start of a network with pages: the dApp is built. */
const NETWORK_READY_MS = 300_000;
const WORKER_READY_MS = 60_000;
const GRACE_MS = 30_000;
const PROBE_MS = 2000;

interface UpFlags {
  readonly port?: number;
  readonly workers?: number;
  readonly headless?: boolean;
  readonly reset?: boolean;
}

/** For a command to copy: the home that this one was given. */
const ofHome = ({ home }: Flags): string => (home === undefined ? '' : ` --home ${home}`);

const argument = (text: string): Argument => new Argument('[service]', text).choices([...SERVICES]);

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    (response) => response.ok,
    () => false,
  );

/** Flags of this command that its foreground twin has too. */
function passedOn({ rpc, deployment, account, passwordFile, logLevel }: Flags): string[] {
  return [
    ...(rpc ?? []).flatMap((url) => ['--rpc', url]),
    ...Object.entries({
      '--deployment': deployment,
      '--account': account,
      '--password-file': passwordFile,
      '--log-level': logLevel,
    }).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
  ];
}

/** Where the worker of a home answers. */
function workerUrl(flags: Flags, home: string, port: number | undefined): string {
  const { worker } = loadConfig({ ...flags, home }).config;
  return `http://${worker.host}:${port ?? worker.port}`;
}

async function start({ print, flags, signal }: BareShell, service: Service, options: UpFlags): Promise<number> {
  const home = homeOf(flags);
  const port = options.port === undefined ? [] : ['--port', String(options.port)];
  const network = [
    ...['dev', '--json', '--home', home, ...port],
    ...(options.workers === undefined ? [] : ['--workers', String(options.workers)]),
    ...(options.headless === true ? ['--headless'] : []),
    ...(options.reset === true ? ['--reset'] : []),
  ];
  const worker = ['worker', 'run', '--home', home, ...port, ...passedOn(flags)];
  print.step(`starting the ${service} of ${home}`);
  const record = await up({
    home,
    service,
    args: service === 'network' ? network : worker,
    readyMs: service === 'network' ? NETWORK_READY_MS : WORKER_READY_MS,
    signal,
    isReady: async (log) =>
      service === 'network'
        ? /^\{"ready":true/m.test(log)
        : log.includes('worker started') && (await answers(`${workerUrl(flags, home, options.port)}/v2/health/ready`)),
  });
  print.result({ service, pid: record.pid, home, logFile: record.logFile }, () =>
    [
      `the ${service} runs in the background, process ${record.pid}`,
      `  next     assay status${ofHome(flags)}`,
      `  log      assay logs ${service} -f${ofHome(flags)}`,
      `  end      assay down ${service}${ofHome(flags)}`,
    ].join('\n'),
  );
  return 0;
}

async function stop({ print, flags }: BareShell, services: readonly Service[], kill: boolean): Promise<Service[]> {
  const stopped: Service[] = [];
  // A worker settles on the chain of the network: it ends first.
  for (const service of [...services].sort().reverse()) {
    if ((await readRecord(homeOf(flags), service)) !== undefined)
      print.step(`ending the ${service}; what it has in hand is answered first`);
    if (await down(homeOf(flags), service, { graceMs: GRACE_MS, kill })) stopped.push(service);
  }
  return stopped;
}

interface ServiceState {
  readonly service: Service;
  /** In the background, started by `up`. */
  readonly running: boolean;
  /** It answers, whoever started it. */
  readonly ready?: boolean;
  readonly pid?: number;
  readonly startedAt?: string;
  readonly uptimeSeconds?: number;
  readonly url?: string;
  readonly logFile?: string;
}

/** What a service that ran in a home leaves there. */
const TRACE: Readonly<Record<Service, string>> = { network: 'network.lock', worker: 'journal.sqlite' };

const chainAnswers = (url: string): Promise<boolean> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}',
    signal: AbortSignal.timeout(PROBE_MS),
  }).then(
    (response) => response.ok,
    () => false,
  );

async function stateOf(flags: Flags, service: Service): Promise<ServiceState> {
  const home = homeOf(flags);
  const record = await readRecord(home, service);
  // What a terminal or a service manager runs leaves this file too, and no record.
  if (record === undefined && !existsSync(join(home, TRACE[service]))) return { service, running: false };
  const port = record?.args.includes('--port') ? Number(record.args[record.args.indexOf('--port') + 1]) : undefined;
  const url = service === 'worker' ? workerUrl(flags, home, port) : loadConfig({ home }, {}).config.rpcUrls[0]!;
  const ready = service === 'worker' ? await answers(`${url}/v2/health/ready`) : await chainAnswers(url);
  if (record === undefined) return ready ? { service, running: false, ready, url } : { service, running: false };
  const { pid, startedAt, logFile } = record;
  const uptimeSeconds = Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000));
  return { service, running: true, ready, pid, startedAt, uptimeSeconds, url, logFile };
}

/** Log of a service, or of one worker of the local network: `worker-1`. */
async function logOf(home: string, name: string): Promise<string> {
  if ((SERVICES as readonly string[]).includes(name)) return logFileOf(home, name as Service);
  const workers = await readdir(join(home, 'workers')).catch(() => [] as string[]);
  if (workers.includes(name)) return join(home, 'workers', name, 'worker.log');
  throw new NoLog({
    what: `There is no log of ${JSON.stringify(name)} here`,
    why: `this home has ${[...SERVICES, ...workers].join(', ')}`,
    fix: 'Name one of them.',
    meta: { name },
  });
}

const nothingLogged = (name: string, path: string): NoLog =>
  new NoLog({
    what: `There is no log of ${JSON.stringify(name)} here yet`,
    why: `${path} is not there: \`assay up\` has not started it in this home`,
    fix: 'What runs in the foreground logs on its own standard error; under systemd `journalctl -u` shows it.',
    meta: { name },
  });

const chosen = (service: Service | undefined): readonly Service[] => (service === undefined ? SERVICES : [service]);

export function registerBackground(program: Command): void {
  program
    .command('up')
    .description('start the local network, or a worker, in the background; returns when it is ready')
    .addArgument(argument('network (default) or worker').default('network'))
    .option('--port <n>', 'as of `dev` and `worker run`', integer(1, 65_535))
    .option('--workers <n>', 'network: number of workers', integer(1, 16))
    .option('--headless', 'network: without index and dApp')
    .option('--reset', 'network: forget the earlier state and start over')
    .addHelpText(
      'after',
      '\nIn the foreground the same are `assay dev` and `assay worker run`.\n\nExamples:\n  assay up --headless\n  assay up worker --account hot --port 8701',
    )
    .action(async (service: Service, options: UpFlags, command: Command) =>
      runBare(command, (shell) => start(shell, service, options)),
    );

  program
    .command('down')
    .description('end what runs in the background: requests in hand are answered, what is owed is settled')
    .addArgument(argument('network or worker (default: both)'))
    .option('--kill', 'end it at once when it takes longer than 30 s')
    .addHelpText('after', '\nExamples:\n  assay down\n  assay down worker')
    .action(async (service: Service | undefined, options: { kill?: boolean }, command: Command) =>
      runBare(command, async (shell) => {
        const stopped = await stop(shell, chosen(service), options.kill === true);
        shell.print.result({ stopped }, () =>
          stopped.length === 0 ? 'nothing was running' : `ended: ${stopped.join(', ')}; the state stays on disk`,
        );
        return 0;
      }),
    );

  program
    .command('restart')
    .description('end it and start it again with the same flags')
    .addArgument(argument('network or worker (default: what runs)'))
    .addHelpText('after', '\nExample:\n  assay restart worker')
    .action(async (service: Service | undefined, _, command: Command) =>
      runBare(command, async (shell) => {
        const home = homeOf(shell.flags);
        const records = await Promise.all(chosen(service).map((one) => readRecord(home, one)));
        const running = records.filter((record): record is BackgroundRecord => record !== undefined);
        await stop(
          shell,
          running.map((record) => record.service),
          false,
        );
        const restarted: { service: Service; pid: number }[] = [];
        // The network first: a worker needs its chain.
        for (const record of running.sort((a, b) => (a.service < b.service ? -1 : 1)))
          restarted.push({ service: record.service, pid: await again(shell, home, record) });
        shell.print.result({ restarted }, () =>
          restarted.length === 0
            ? `nothing was running: \`assay up${service === undefined ? '' : ` ${service}`}${ofHome(shell.flags)}\``
            : restarted.map((one) => `the ${one.service} runs again, process ${one.pid}`).join('\n'),
        );
        return restarted.length === 0 ? EXIT.unreachable : EXIT.ok;
      }),
    );

  program
    .command('status')
    .description('what runs in this home, and whether it answers; exit code 4: nothing does')
    .addArgument(argument('network or worker (default: both)'))
    .addHelpText('after', '\nExamples:\n  assay status\n  assay status worker --json')
    .action(async (service: Service | undefined, _, command: Command) =>
      runBare(command, async ({ print, flags }) => {
        const services = await Promise.all(chosen(service).map((one) => stateOf(flags, one)));
        print.result({ home: homeOf(flags), services }, () =>
          print.table(
            ['service', 'state', 'process', 'for', 'at'],
            services.map(({ service: name, running, ready, pid, uptimeSeconds, url }) => [
              name,
              ready === true ? 'ready' : running ? 'not ready' : 'down',
              pid === undefined ? (ready === true ? 'foreground' : '-') : String(pid),
              uptimeSeconds === undefined ? '-' : describeSeconds(BigInt(uptimeSeconds)),
              url ?? '-',
            ]),
          ),
        );
        return services.some(({ ready }) => ready === true) ? EXIT.ok : EXIT.unreachable;
      }),
    );

  program
    .command('logs')
    .description('the log of the network, the worker, or one worker of the network')
    .argument('[name]', 'network, worker, or worker-1 and so on (default: what runs)')
    .option('-f, --follow', 'go on with every new line until Ctrl-C')
    .option('-n, --lines <n>', 'lines to begin with', integer(0, 1_000_000), 50)
    .addHelpText(
      'after',
      '\nWith --json one event a line.\n\nExamples:\n  assay logs worker-1 -n 20\n  assay logs network -f --json',
    )
    .action(async (name: string | undefined, options: { follow?: boolean; lines: number }, command: Command) =>
      runBare(command, async ({ print, flags, signal }) => {
        const home = homeOf(flags);
        const running = await Promise.all(SERVICES.map((one) => readRecord(home, one)));
        const of = name ?? running.find((record) => record !== undefined)?.service ?? 'network';
        const path = await logOf(home, of);
        if (!existsSync(path) && options.follow !== true) throw nothingLogged(of, path);
        for await (const line of logLines(path, { ...options, follow: options.follow === true, signal })) {
          const event = eventOf(line);
          print.result(event, () => describeEvent(event));
        }
        return 0;
      }),
    );
}

/** Starts what a record says, once more; `--reset` is done only once. */
async function again(shell: BareShell, home: string, { service, args }: BackgroundRecord): Promise<number> {
  const at = args.indexOf('--port');
  const workers = args.indexOf('--workers');
  const quiet: BareShell = { ...shell, print: shell.print.hushed() };
  await start(quiet, service, {
    ...(at < 0 ? {} : { port: Number(args[at + 1]) }),
    ...(workers < 0 ? {} : { workers: Number(args[workers + 1]) }),
    headless: args.includes('--headless'),
  });
  return (await readRecord(home, service))!.pid;
}

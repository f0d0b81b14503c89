import { type Command, InvalidArgumentError } from 'commander';
import { endpoint } from '../parse.ts';
import { formatTokens, type Printer } from '../print.ts';
import { metricsOf, servedBy } from '../runningWorkers.ts';
import { run, type Shell } from '../shell.ts';
import { describeBytes } from '../times.ts';
import { type MetricsSample, type Rates, ratesBetween } from '../workerMetrics.ts';
import { pause } from './challenger.ts';

interface WorkerRow extends Partial<Rates> {
  readonly endpoint: string;
  /** Owner; absent for an endpoint that was given by hand. */
  readonly worker?: string;
  readonly answers: boolean;
  readonly models: readonly string[];
  readonly answered?: number;
  readonly failed?: number;
  readonly inFlight?: number;
  readonly waiting?: number;
  readonly residentBytes?: number;
}

interface View {
  readonly block?: bigint;
  readonly workers: readonly WorkerRow[];
}

interface Place {
  readonly endpoint: string;
  readonly worker?: string;
}

async function places({ assay }: Shell, given: readonly string[]): Promise<readonly Place[]> {
  if (given.length > 0) return given.map((url) => ({ endpoint: url }));
  return (await (await assay.chain()).directory.workers()).map((record) => ({
    endpoint: record.endpoint,
    worker: record.worker,
  }));
}

function interval(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.2 && seconds <= 3600)) throw new InvalidArgumentError('Give seconds from 0.2 to 3600.');
  return seconds;
}

const percent = (share: number | undefined): string => (share === undefined ? '-' : `${Math.round(share * 100)} %`);
const milliseconds = (seconds: number | undefined): string =>
  seconds === undefined ? '-' : `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms`;
const count = (value: number | undefined): string => (value === undefined ? '-' : String(value));

function describe(print: Printer, { workers, block }: View): string {
  const total = workers.reduce((sum, { jobsPerSecond }) => sum + (jobsPerSecond ?? 0), 0);
  return [
    `${workers.filter((one) => one.answers).length} of ${workers.length} workers answer, ${total.toFixed(1)} jobs/s${block === undefined ? '' : `, block ${block}`}`,
    print.table(
      ['endpoint', 'jobs/s', 'failed/s', 'p50', 'p95', 'in hand', 'waiting', 'memory', 'cpu', 'answered', 'serves'],
      workers.map((row) => [
        row.endpoint,
        row.jobsPerSecond === undefined ? (row.answers ? '-' : 'no answer') : row.jobsPerSecond.toFixed(1),
        row.failedPerSecond === undefined ? '-' : row.failedPerSecond.toFixed(1),
        milliseconds(row.p50Seconds),
        milliseconds(row.p95Seconds),
        count(row.inFlight),
        count(row.waiting),
        row.residentBytes === undefined ? '-' : describeBytes(row.residentBytes),
        percent(row.cpu),
        count(row.answered),
        row.models.join(' ') || '-',
      ]),
    ),
  ].join('\n');
}

async function look(
  shell: Shell,
  known: readonly Place[],
  before: ReadonlyMap<string, { at: number; sample: MetricsSample }>,
): Promise<{ view: View; samples: Map<string, { at: number; sample: MetricsSample }> }> {
  const { http } = shell.assay;
  const samples = new Map<string, { at: number; sample: MetricsSample }>();
  const workers = await Promise.all(
    known.map(async (place): Promise<WorkerRow> => {
      const [models, sample] = await Promise.all([servedBy(http, place.endpoint), metricsOf(http, place.endpoint)]);
      const at = performance.now();
      const names = (models ?? []).map(({ name, version }) => (version === undefined ? name : `${name}@${version}`));
      if (sample === undefined) return { ...place, answers: models !== undefined, models: names };
      samples.set(place.endpoint, { at, sample });
      const last = before.get(place.endpoint);
      const { answered, failed, inFlight, waiting, residentBytes } = sample;
      const rates = last === undefined ? {} : ratesBetween(last.sample, sample, (at - last.at) / 1000);
      return { ...place, answers: true, models: names, ...rates, answered, failed, inFlight, waiting, residentBytes };
    }),
  );
  return { view: { workers }, samples };
}

async function watch(shell: Shell, urls: readonly string[], seconds: number, once: boolean): Promise<number> {
  const { print, signal } = shell;
  const known = await places(shell, urls);
  const live = !once && !print.json && process.stdout.isTTY;
  let { samples } = await look(shell, known, new Map());
  do {
    await pause(seconds * 1000, signal);
    if (signal.aborted) break;
    const block =
      urls.length > 0 ? undefined : await (await shell.assay.chain()).reading.client.getBlockNumber({ cacheTime: 0 });
    const next = await look(shell, known, samples);
    samples = next.samples;
    const view: View = { ...next.view, ...(block === undefined ? {} : { block }) };
    if (live) process.stdout.write('\x1b[H\x1b[2J');
    print.result({ at: new Date().toISOString(), ...view }, () => describe(print, view));
  } while (live || (print.json && !once));
  return 0;
}

async function loaded(shell: Shell, urls: readonly string[]): Promise<number> {
  const { assay, print } = shell;
  const workers = await Promise.all(
    (await places(shell, urls)).map(async (place) => ({
      ...place,
      models: await servedBy(assay.http, place.endpoint),
    })),
  );
  const rows = workers.map(({ models, ...place }) => ({
    ...place,
    answers: models !== undefined,
    models: models ?? [],
  }));
  print.result({ workers: rows }, () =>
    print.table(
      ['endpoint', 'model', 'version', 'state', 'price', 'cid'],
      rows.flatMap(({ endpoint: url, answers, models }) =>
        models.length === 0
          ? [[url, '-', '-', answers ? 'serves nothing' : 'no answer', '-', '-']]
          : models.map(({ name, version, live, fee_wei, cid }) => [
              url,
              name,
              version ?? '-',
              live === true ? 'live' : 'earlier',
              fee_wei === undefined || !/^\d+$/.test(fee_wei) ? '-' : formatTokens(BigInt(fee_wei)),
              cid ?? '-',
            ]),
      ),
    ),
  );
  return 0;
}

const urls = (url: string, all: string[] = []): string[] => [...all, endpoint(url)];

export function registerTop(program: Command): void {
  program
    .command('ps')
    .description('the versions that running workers have loaded')
    .option('--endpoint <url...>', 'ask these (default: every registered worker)', urls)
    .addHelpText('after', '\nExamples:\n  assay ps\n  assay ps --endpoint http://127.0.0.1:8701')
    .action(async (options: { endpoint?: string[] }, command: Command) =>
      run(command, (shell) => loaded(shell, options.endpoint ?? [])),
    );

  program
    .command('top')
    .description('workers, jobs a second, latency and memory, live until Ctrl-C')
    .option('--once', 'one look and end; also when nobody is at a terminal')
    .option('--interval <seconds>', 'between two looks', interval, 1)
    .option('--endpoint <url...>', 'ask these (default: every registered worker)', urls)
    .addHelpText(
      'after',
      '\nNumbers come from /metrics, which workers show to their own machine only. With --json one object a line.\n\nExamples:\n  assay top\n  assay top --once --json',
    )
    .action(async (options: { once?: boolean; interval: number; endpoint?: string[] }, command: Command) =>
      run(command, (shell) => watch(shell, options.endpoint ?? [], options.interval, options.once === true)),
    );
}

// The embedded index: hosts a compiled subgraph over one SQLite file and answers GraphQL.
//   node subgraph/runner/main.ts --rpc URL[,URL...] --manifest build/subgraph.yaml --db index.db --port 8030
import { parseArgs } from 'node:util';
import { messageOf } from './errors.ts';
import { createLogger } from './log.ts';
import { startRunner } from './runner.ts';

const USAGE = `usage: node subgraph/runner/main.ts --rpc URL[,URL] --manifest FILE --db FILE [options]

  --rpc URL[,URL]    JSON-RPC endpoints of the chain, in order of preference
  --manifest FILE    a built manifest (node subgraph/build.ts writes one)
  --db FILE          SQLite file of the index; made when it is not there
  --port N           of the server; 0 takes a free one (default 8030)
  --host ADDRESS     to listen on (default 127.0.0.1)
  --poll MS          between looks at the chain (default 250)
  --reindex          start from zero
  --until-stdin-ends end with the process that started this one
  --log LEVEL        debug, info, warning or error (default info), on stderr

Prints one line of JSON on stdout once it answers: { "ready": true, "url", "deployment" }.
Exit status: 0 after SIGTERM or SIGINT, 1 when the index cannot go on, 2 when the arguments are wrong.
`;

class UsageError extends Error {}

function options() {
  const { values } = parseArgs({
    options: {
      rpc: { type: 'string' },
      manifest: { type: 'string' },
      db: { type: 'string' },
      port: { type: 'string', default: '8030' },
      host: { type: 'string', default: '127.0.0.1' },
      poll: { type: 'string', default: '250' },
      reindex: { type: 'boolean', default: false },
      log: { type: 'string', default: 'info' },
      'until-stdin-ends': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  for (const name of ['rpc', 'manifest', 'db'] as const)
    if (values[name] === undefined || values[name] === '') throw new UsageError(`--${name} is needed`);
  const rpcUrls = values.rpc!.split(',').map((url) => url.trim());
  for (const url of rpcUrls)
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new UsageError(`${url} is not an HTTP URL`);
  const level = (['debug', 'info', 'warning', 'error'] as const).find((one) => one === values.log);
  if (level === undefined) throw new UsageError(`--log ${values.log} is not a level`);
  return {
    rpcUrls,
    manifest: values.manifest!,
    database: values.db!,
    host: values.host,
    port: integer('port', values.port, 65_535),
    pollMs: integer('poll', values.poll, 600_000),
    reindex: values.reindex,
    untilStdinEnds: values['until-stdin-ends'],
    log: createLogger(level),
  };
}

function integer(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new UsageError(`--${name} takes a number up to ${max}`);
  return value;
}

async function main(): Promise<number> {
  const given = options();
  if (given === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const runner = await startRunner(given);
  process.stdout.write(`${JSON.stringify({ ready: true, url: runner.url, deployment: runner.deployment })}\n`);
  const asked = new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
    // A supervisor that is killed cannot tell its children, but its end of this pipe closes.
    if (given.untilStdinEnds) process.stdin.once('end', done).once('error', done).resume();
  });
  try {
    await Promise.race([asked, runner.stopped]);
    return 0;
  } finally {
    await runner.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(usage ? `${messageOf(error)}\n\n${USAGE}` : `the index cannot run: ${messageOf(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}

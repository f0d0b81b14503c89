// The whole way of a request (HTTP, checks, process pool, commitments, signed receipt) against bare onnxruntime-node on
// the same model in the same run. Load comes from wrk where it is installed, else from a Node client, always in a
// process of its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Program } from './gateway/program.ts';
import type { BenchRow } from './row.ts';

const CONNECTIONS = 16;
/** Far beyond what the gateway takes at the same time (64) and lets wait (256). */
const FLOOD = 1000;
const OVERLOAD = 3;
const FLOOD_SECONDS = 6;
const ROUNDS = 5;
const SECONDS = 2;
const PATH = '/v2/models/dense/infer';

interface Case {
  readonly name: string;
  readonly width: number;
  readonly layers: number;
  /** Runtime processes of the gateway. */
  readonly processes: number;
  /** Least share of the bare throughput. */
  readonly share?: number;
  /** Least requests per second. */
  readonly rate?: number;
  /** Least share of its own throughput when three times as much is asked for. */
  readonly overloaded?: number;
}

const CASES: readonly Case[] = [
  { name: '32 MiB model (2 ms)', width: 1024, layers: 8, processes: 2, share: 0.85, overloaded: 0.9 },
  { name: '4 MiB model (0.1 ms)', width: 1024, layers: 1, processes: 1, share: 0.3, rate: 4000 },
  { name: '36 KiB model', width: 96, layers: 1, processes: 1, rate: 6000 },
];

interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than 2xx. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly failed: number;
  readonly p99Ms: number;
}

const script = (name: string): string => fileURLToPath(new URL(`gateway/${name}`, import.meta.url));
const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

/** A binary OIP request for one row. */
function body(width: number): { readonly hex: string; readonly jsonLength: number } {
  const json = Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'x', shape: [1, width], datatype: 'FP32', parameters: { binary_data_size: 4 * width } }],
      outputs: [{ name: 'y', parameters: { binary_data: true } }],
    }),
  );
  const data = Buffer.from(new Float32Array(width).fill(0.5).buffer);
  return { hex: Buffer.concat([json, data]).toString('hex'), jsonLength: json.length };
}

interface Shape {
  readonly connections: number;
  readonly seconds: number;
  /** Pause of each connection before each request. */
  readonly pauseMs: number;
}
const FULL: Shape = { connections: CONNECTIONS, seconds: SECONDS, pauseMs: 0 };

async function load(url: string, width: number, { connections, seconds, pauseMs } = FULL): Promise<Load> {
  const { hex, jsonLength } = body(width);
  const tail = [hex, jsonLength, pauseMs];
  const wrk = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script('load.lua'), url, '--', ...tail];
  const node = [script('load.ts'), url, seconds, connections, ...tail];
  const program = hasWrk ? new Program('wrk', wrk) : new Program(process.execPath, node);
  const [text] = await program.said(/\{"requests".*\}/);
  return JSON.parse(text) as Load;
}

/** Runs per second of `processes` bare sessions side by side. */
async function bare({ width, layers }: Case, processes: number): Promise<number> {
  const all = Array.from(
    { length: processes },
    () => new Program(process.execPath, [script('bare.ts'), width, layers, SECONDS]),
  );
  await Promise.all(all.map((each) => each.said(/ready/)));
  for (const each of all) each.goOn();
  const rates = await Promise.all(all.map((each) => each.said(/runs\/s ([\d.]+)/)));
  return rates.reduce((sum, [, rate]) => sum + Number(rate), 0);
}

const perSecond = ({ requests, refused, seconds }: Load): number => (requests - refused) / seconds;

/** The best of some rounds of each side, alternating, so that a slow minute of the machine hits both. */
async function compare(each: Case): Promise<readonly BenchRow[]> {
  const gateway = new Program(process.execPath, [script('serve.ts'), each.width, each.layers, each.processes]);
  try {
    const url = `http://127.0.0.1:${(await gateway.said(/port (\d+)/))[1]}`;
    await load(url + PATH, each.width);
    const rounds: { readonly load: Load; readonly bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const best = Math.max(await bare(each, 1), await bare(each, 2));
      rounds.push({ load: await load(url + PATH, each.width), bare: best });
    }
    const failed = rounds.reduce((sum, round) => sum + round.load.refused + round.load.failed, 0);
    if (failed > 0) throw new Error(`${each.name}: ${failed} requests were not answered with 200`);
    const rows = rowsOf(each, rounds);
    return each.overloaded === undefined ? rows : [...rows, await overload(each, url, rows[0]!.ours)];
  } finally {
    gateway.kill();
  }
}

function rowsOf(each: Case, rounds: readonly { readonly load: Load; readonly bare: number }[]): BenchRow[] {
  const ours = Math.max(...rounds.map((round) => perSecond(round.load)));
  const peer = Math.max(...rounds.map((round) => round.bare));
  const p99 = Math.min(...rounds.map((round) => round.load.p99Ms));
  const note = `best of ${ROUNDS}, ${hasWrk ? 'wrk' : 'node client'}, ${CONNECTIONS} connections, p99 ${p99.toFixed(1)} ms, receipts on`;
  const rows: BenchRow[] = [
    {
      name: `gateway, ${each.name}, against bare onnxruntime (better of 1 and 2 processes)`,
      ours,
      peer,
      ratio: ours / peer,
      unit: 'req/s',
      ...(each.share === undefined ? {} : { target: each.share }),
      note,
    },
  ];
  if (each.rate !== undefined) {
    rows.push({
      name: `gateway, ${each.name}, against the target rate`,
      ours,
      peer: each.rate,
      ratio: ours / each.rate,
      unit: 'req/s',
      target: 1,
      note,
    });
  }
  return rows;
}

async function overload(each: Case, url: string, peak: number): Promise<BenchRow> {
  const pauseMs = Math.round((1000 * FLOOD) / (OVERLOAD * peak));
  const under = await load(url + PATH, each.width, { connections: FLOOD, seconds: FLOOD_SECONDS, pauseMs });
  const goodput = perSecond(under);
  return {
    name: `gateway, ${each.name}, ${OVERLOAD} times its load over ${FLOOD} connections, against its own best`,
    ours: goodput,
    peer: peak,
    ratio: goodput / peak,
    unit: 'req/s',
    ...(each.overloaded === undefined ? {} : { target: each.overloaded }),
    note: `${(under.requests / under.seconds).toFixed(0)} requests per second, ${under.refused} refused with 503, ${under.failed} without an answer`,
  };
}

export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const each of CASES) rows.push(...(await compare(each)));
  return rows;
}

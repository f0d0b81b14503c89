import { toHex } from '../../node/core/codec/hex.ts';
import { DTYPES, type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import type { Answer, Machine, Output } from './machines.ts';
import type { Job } from './workload.ts';

/** How one machine did one job. */
export interface Finding {
  readonly job: string;
  readonly isControl: boolean;
  /** Outputs (cases, or steps) that are not bit for bit the expected ones. */
  readonly wrong: readonly string[];
  readonly outputs: number;
  readonly wrongElements: number;
  readonly elements: number;
}

export interface Column {
  readonly machine: string;
  /** Undefined: it did not run, and `missing` says why. */
  readonly findings: readonly Finding[] | undefined;
  readonly missing?: string;
}

/** Elements of `given` that are not those of `wanted`; all of them where type or shape differ or they were not sent. */
function wrongElements(wanted: Tensor, given: Output | undefined): number {
  const same = given?.dtype === wanted.dtype && given.dims.join() === wanted.dims.join();
  if (same && `0x${given.sha256}` === toHex(sha256(tensorBytes(wanted)))) return 0;
  if (!same || given.base64 === undefined) return wanted.data.length;
  const [a, b] = [tensorBytes(wanted), Buffer.from(given.base64, 'base64')];
  const size = DTYPES[wanted.dtype].bytes;
  const places = Array.from({ length: wanted.data.length }, (_, at) => at * size);
  return places.filter((at) => Buffer.compare(a.subarray(at, at + size), b.subarray(at, at + size)) !== 0).length;
}

/** Compares what a machine said with what it had to say, output by output. */
export const compare = (jobs: readonly Job[], answers: readonly Answer[]): readonly Finding[] =>
  jobs.map((job, at) => {
    const given = new Map(answers[at]?.outputs.map((output) => [output.name, output]));
    const counts = [...job.expected].map(([name, value]) => ({
      name,
      elements: value.data.length,
      wrong: wrongElements(value, given.get(name)),
    }));
    return {
      job: job.name,
      isControl: job.isControl,
      wrong: counts.filter(({ wrong }) => wrong > 0).map(({ name }) => name),
      outputs: counts.length,
      wrongElements: counts.reduce((sum, { wrong }) => sum + wrong, 0),
      elements: counts.reduce((sum, { elements }) => sum + elements, 0),
    };
  });

function cell({ wrong, outputs, wrongElements: count, elements }: Finding): string {
  if (wrong.length === 0) return 'equal';
  return `**${outputs === 1 ? '' : `${wrong.length} of ${outputs}, `}${count} of ${elements} elements wrong**`;
}

/** One line per job, one column per machine that ran. */
export function table(jobs: readonly Job[], columns: readonly Column[]): string {
  const ran = columns.filter(({ findings }) => findings !== undefined);
  const head = ['', ...ran.map(({ machine }) => machine)];
  const rows = jobs.map(({ name }, at) => [name, ...ran.map(({ findings }) => cell(findings![at]!))]);
  return [head, head.map(() => '---'), ...rows].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** Machines on which anything but a control differs: there must be none. */
export const unfit = (columns: readonly Column[]): readonly Machine['name'][] =>
  columns
    .filter(({ findings }) => findings?.some(({ isControl, wrong }) => !isControl && wrong.length > 0))
    .map(({ machine }) => machine);

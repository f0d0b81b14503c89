// `npm run bench [word...]`: runs every bench/*.ts that exports run(), or those whose name contains a word; prints a
// table and writes bench/results.json. Exits 1 when a benchmark fails, not when a target is missed: a busy machine is
// not a defect.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { BenchRow } from './row.ts';

interface Bench {
  readonly run?: () => Promise<readonly BenchRow[]>;
}

const here = new URL('.', import.meta.url);
const words = process.argv.slice(2);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))
  .map((file) => file.slice(0, -3))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)));

const round = (value: number | null): string =>
  value === null ? '-' : value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

const verdict = ({ ratio, target }: BenchRow): string =>
  target === undefined || ratio === null ? '' : ratio >= target ? `ok (>= ${target})` : `MISSED (target ${target})`;

function print(rows: readonly BenchRow[]): void {
  for (const row of rows) {
    const ratio = row.ratio === null ? '-' : `${row.ratio.toFixed(2)}x`;
    console.log(
      `  ${row.name}\n    ours ${round(row.ours)} ${row.unit}, peer ${round(row.peer)}, ratio ${ratio} ${verdict(row)}${row.note === undefined ? '' : `\n    ${row.note}`}`,
    );
  }
}

/** A partial run keeps what the others measured. */
const results: Record<string, readonly BenchRow[]> =
  words.length === 0 ? {} : JSON.parse(readFileSync(new URL('results.json', here), 'utf8')).results;
const broken: string[] = [];
for (const name of names) {
  const bench = (await import(new URL(`${name}.ts`, here).href)) as Bench;
  if (bench.run === undefined) continue;
  console.log(`\n${name}`);
  try {
    results[name] = await bench.run();
    print(results[name]);
  } catch (error) {
    broken.push(name);
    console.error(`  failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
}

const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
writeFileSync(new URL('results.json', here), `${JSON.stringify({ machine, results }, undefined, 2)}\n`);
const rows = names.flatMap((name) => results[name] ?? []);
const missed = rows.filter((row) => verdict(row).startsWith('MISSED'));
console.log(`\n${rows.length} rows, ${missed.length} targets missed, ${broken.length} benchmarks failed`);
process.exit(broken.length === 0 ? 0 : 1);

// Writes docs/figures.md from bench/results.json, which `npm run bench` writes.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRow } from '../bench/row.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

interface Results {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly results: Readonly<Record<string, readonly BenchRow[]>>;
}

const number = (value: number | null): string =>
  value === null ? 'not installed' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });

function verdict({ ratio, target }: BenchRow): string {
  if (target === undefined) return '';
  if (ratio === null) return `target ${target}`;
  return `${ratio >= target ? 'met' : '**missed**'} (${target})`;
}

const row = (bench: BenchRow): string =>
  `| ${bench.name} | ${number(bench.ours)} | ${number(bench.peer)} | ${bench.unit} | ${bench.ratio === null ? '' : bench.ratio.toFixed(2)} | ${verdict(bench)} | ${bench.note ?? ''} |`;

const { machine, results } = JSON.parse(readFileSync(join(ROOT, 'bench/results.json'), 'utf8')) as Results;
const tables = Object.entries(results).map(
  ([name, rows]) =>
    `## ${name}\n\n\`npm run bench -- ${name}\`, source \`bench/${name}.ts\`\n\n| what | ours | peer | unit | ratio | target | notes |\n|---|---|---|---|---|---|---|\n${rows.map(row).join('\n')}\n`,
);
const text = `# Figures

Written by \`node scripts/figures.ts\` from \`bench/results.json\`, which \`npm run bench\` writes. Ours and peer are measured in the
same run on the same machine; the ratio says how many times better ours is (1: equal). Absolute numbers depend on the
machine: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node.replace('v', '')}; other programs may have been running.

The figures of the main job (accuracy, time, money) are those of the report that \`npm run demo\` prints; one is in the
[README](../README.md#two-commands).

${tables.join('\n')}`;
writeFileSync(join(ROOT, 'docs/figures.md'), text);
console.log('wrote docs/figures.md');

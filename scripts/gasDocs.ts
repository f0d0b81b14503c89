// Writes docs/gas.md and the gas block of the README from the frozen figures that the gas tests check.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

interface Judgement {
  readonly calldataBytes: number;
  readonly executionGas: number;
  readonly transactionGas: number;
}

const read = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;
const moves = read<Record<string, number>>('test/gas/disputes.json');
const judgements = read<Record<string, Judgement>>('test/vectors/gas.json');
const count = (value: number): string => value.toLocaleString('en-US');
const short = (gas: number): string => (gas >= 1e6 ? `${(gas / 1e6).toFixed(2)}M` : `${Math.round(gas / 1000)}k`);

const moveRows = Object.entries(moves).map(([name, gas]) => `| ${name} | ${count(gas)} |`);
const judgeRows = Object.entries(judgements).map(
  ([name, { calldataBytes, executionGas, transactionGas }]) =>
    `| ${name} | ${count(calldataBytes)} | ${count(executionGas)} | ${count(transactionGas)} |`,
);
const text = `# Gas

Written by \`node scripts/gasDocs.ts\` from \`test/gas/disputes.json\` and \`test/vectors/gas.json\`: real contracts on anvil,
with the 21,000 of a transaction and the calldata floor of EIP-7623, values random (the dearest calldata). The tests beside
them fail when a figure moves.

## Moves of a dispute

\`node --test test/gas/disputes.test.ts\`. Tensors of a network of 64 steps with 1 MiB each (16 rows of 32 x 32 x 64), so that
every opening has its full size; \`conv-k144-small\` is a network of 64 steps on one image of 16 x 16 x 16. \`prove\` includes the verdict, the slash and what the court writes down about it; a whole
dispute is everything that both sides send from filing to verdict.

| transaction | gas |
|---|---|
${moveRows.join('\n')}

## One step

\`node --test test/differential/refereeGas.test.ts\`: the referee alone, called in a transaction.

| step | bytes of calldata | execution | whole transaction |
|---|---|---|---|
${judgeRows.join('\n')}
`;
writeFileSync(join(ROOT, 'docs/gas.md'), text);

const block = `| what | gas |
|---|---|
| commit to a claim, in batches of 256 | ${Math.round(moves['commitBatch']! / 256)} each |
| last step, dot product of K = 1024, 4096 | ${short(judgements['QLINEAR K=1024']!.transactionGas)}, ${short(judgements['QLINEAR K=4096']!.transactionGas)} |
| last step, 3x3 convolution over 64, 256 channels | ${short(judgements['QCONV2D 3x3 C=64']!.transactionGas)}, ${short(judgements['QCONV2D 3x3 C=256']!.transactionGas)} |
${Object.entries(moves)
  .filter(([name]) => name.startsWith('whole dispute'))
  .map(([name, gas]) => `| ${name}, both sides | ${short(gas)} |`)
  .join('\n')}
| an unchallenged job, in a batch of one | ${short(moves['finalize one job']!)} |`;
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const marked = /(<!-- gas: written by `node scripts\/gasDocs.ts` -->\n\n)[\s\S]*?(\n\n<!-- \/gas -->)/;
if (!marked.test(readme)) throw new Error('README.md has no gas block');
writeFileSync(
  join(ROOT, 'README.md'),
  readme.replace(marked, (_, open: string, close: string) => `${open}${block}${close}`),
);
console.log('wrote docs/gas.md and the gas block of README.md');

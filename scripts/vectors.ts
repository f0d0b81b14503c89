// `npm run vectors` writes test/vectors from the reference implementation; with `--check` it only compares, so that a
// change of a committed format cannot pass unnoticed. The Solidity twins read the same files.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { conformanceVectors } from './vectors/conformance.ts';
import { merkleVectors } from './vectors/merkle.ts';
import { programVectors } from './vectors/program.ts';
import { receiptVectors } from './vectors/receipt.ts';
import { requantVectors } from './vectors/requant.ts';
import { tensorVectors } from './vectors/tensor.ts';

const FILES: Readonly<Record<string, () => unknown>> = {
  conformance: conformanceVectors,
  merkle: merkleVectors,
  program: programVectors,
  receipt: receiptVectors,
  requant: requantVectors,
  tensor: tensorVectors,
};

const isCheck = process.argv.includes('--check');
let stale = 0;
for (const [name, make] of Object.entries(FILES)) {
  const path = new URL(`../test/vectors/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(make(), undefined, 1)}\n`;
  const isFresh = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (!isFresh && !isCheck) writeFileSync(path, text);
  if (!isFresh) stale += 1;
  console.log(`${isFresh ? 'fresh' : isCheck ? 'STALE' : 'written'} test/vectors/${name}.json`);
}
if (isCheck && stale > 0) {
  console.error(
    `${stale} vector files differ from what the code makes; if that is meant, run npm run vectors and commit`,
  );
  process.exit(1);
}

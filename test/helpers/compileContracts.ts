import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Abi, Hex } from 'viem';

const require = createRequire(import.meta.url);
const solc: {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } | { error: string } }): string;
} = require('solc');

const root = new URL('../../', import.meta.url);

interface Compiled {
  readonly abi: Abi;
  readonly bytecode: Hex;
}
interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<
    string,
    Record<string, { readonly abi: Abi; readonly evm: { readonly bytecode: { readonly object: string } } }>
  >;
}

/** Contracts as the working tree has them, with the settings of hardhat.config.ts: for what is deployed by tests alone. */
export function compileContracts(...paths: readonly string[]): Compiled[] {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(paths.map((path) => [path, { content: readFileSync(new URL(path, root), 'utf8') }])),
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'prague',
      metadata: { bytecodeHash: 'none' },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const find = (path: string): { contents: string } => {
    const base = path.startsWith('@') ? new URL('node_modules/', root) : root;
    return { contents: readFileSync(new URL(path, base), 'utf8') };
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find })) as Output;
  const failed = output.errors?.find(({ severity }) => severity === 'error');
  if (failed !== undefined) throw new Error(failed.formattedMessage);
  return paths.map((path) => {
    const name = path.split('/').at(-1)!.replace('.sol', '');
    const { abi, evm } = output.contracts[path]![name]!;
    return { abi, bytecode: `0x${evm.bytecode.object}` };
  });
}

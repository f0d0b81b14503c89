import { DeterministicError } from '../errors.ts';
import type { HostFunction } from './context.ts';

const REASONS: Readonly<Record<string, string>> = {
  ipfs: 'the index of this network holds what the chain says; files are read by whoever shows them',
  ens: 'the runner keeps no table of names',
};

/** Stands in for an import that is not hosted: the module loads, and the mapping fails once it calls it. */
export const refuse =
  (name: string): HostFunction =>
  () => {
    const reason = REASONS[name.split('.')[0]!] ?? 'the runner has no such function';
    throw new DeterministicError(`${name} is not hosted: ${reason}`);
  };

import { join } from 'node:path';
import { buildSubgraph } from '../../../subgraph/build.ts';
import { type MappingHarness, openHarness } from '../../../subgraph/runner/harness.ts';
import { temporary } from '../fixture/temporary.ts';

const NAMES = [
  'timelock',
  'token',
  'parameters',
  'models',
  'workers',
  'governor',
  'market',
  'jobCourt',
  'receiptCourt',
  'court',
  'arena',
  'auditPool',
] as const;

/** An address that says whose it is: the byte, twenty times. */
export const address = (byte: number): string => `0x${byte.toString(16).padStart(2, '0').repeat(20)}`;
export const word = (byte: number): string => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
export const ADDRESSES = Object.fromEntries(NAMES.map((name, at) => [name, address(0xc0 + at)])) as Readonly<
  Record<(typeof NAMES)[number], string>
>;

/** The real mappings, compiled, with nothing in the index. */
export function openMappings(): MappingHarness {
  const network = { network: 'localhost', startBlock: '0', addresses: ADDRESSES };
  return openHarness(buildSubgraph({ out: join(temporary('mappings'), 'built'), network }));
}

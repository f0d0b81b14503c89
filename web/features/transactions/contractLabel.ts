import { sameAddress } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../lib/config.ts';

/** What people call the contracts, by their names in the configuration. */
const LABELS: Readonly<Record<string, string>> = {
  timelock: 'Treasury and timelock',
  token: 'ASSAY token',
  parameters: 'Parameters',
  models: 'Model registry',
  workers: 'Worker registry',
  votingPower: 'Voting power',
  governor: 'Governor',
  market: 'Job market',
  jobCourt: 'Job court',
  lens: 'Market lens',
  referee: 'Referee',
  receiptCourt: 'Receipt court',
  court: 'Court',
  arena: 'Arena',
  beacon: 'Random beacon',
  auditPool: 'Audit pool',
};

export const contractLabel = (name: string): string => LABELS[name] ?? name;

/** Name of the protocol's contract at an address; undefined for any other address. */
export function labelOfAddress(site: SiteConfig, address: string): string | undefined {
  const found = Object.entries(site.contracts).find(([, at]) => sameAddress(at, address));
  return found === undefined ? undefined : contractLabel(found[0]);
}

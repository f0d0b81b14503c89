import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig, withSettings } from '../../../web/lib/config.ts';
import { ProblemError } from '../../../web/lib/problem.ts';

const NAMES = [
  ...['timelock', 'token', 'parameters', 'models', 'workers', 'votingPower', 'governor', 'market', 'jobCourt', 'lens'],
  ...['referee', 'receiptCourt', 'court', 'arena', 'beacon', 'auditPool'],
];
const GOOD = {
  chainId: 31337,
  chainName: 'Local network',
  rpcUrls: ['http://127.0.0.1:1'],
  subgraphUrl: 'http://127.0.0.1:2/subgraphs/name/assay',
  gateways: ['http://127.0.0.1:3'],
  contracts: Object.fromEntries(NAMES.map((name) => [name, `0x${'11'.repeat(20)}`])),
  deploymentBlock: '1',
  local: true,
};

describe('parseConfig', () => {
  it('reads what the site server writes', () => assert.deepEqual(parseConfig(GOOD), GOOD));
  it('lays the settings of the reader over it', () =>
    assert.deepEqual(withSettings(parseConfig(GOOD), { gateways: ['http://x.example'] }).gateways, [
      'http://x.example',
    ]));
  it('takes nothing but true for a local chain', () =>
    assert.equal(parseConfig({ ...GOOD, local: 'yes' }).local, false));
  const bad: Readonly<Record<string, unknown>> = {
    'no object': 7,
    'no chain': { ...GOOD, chainId: '1' },
    'no index': { ...GOOD, subgraphUrl: 'javascript:x' },
    'an RPC that is no URL': { ...GOOD, rpcUrls: ['x'] },
    'a gateway with a password': { ...GOOD, gateways: ['http://a:b@x.example'] },
    'a contract that is missing': { ...GOOD, contracts: { ...GOOD.contracts, market: undefined } },
    'no block': { ...GOOD, deploymentBlock: 1 },
  };
  for (const [name, value] of Object.entries(bad))
    it(`refuses ${name}`, () => assert.throws(() => parseConfig(value), ProblemError));
});

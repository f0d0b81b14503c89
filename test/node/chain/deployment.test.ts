import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  checkDeployment,
  type Deployment,
  DeploymentMalformed,
  DeploymentMismatch,
  DeploymentMissing,
  readDeployment,
  writeDeployment,
} from '../../../node/chain/deployment.ts';
import type { Address } from '../../../node/core/codec/hex.ts';
import { startTestChain, type TestChain } from '../../helpers/anvilRpc.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-deployment-'));
const path = join(folder, 'home', 'deployment.json');
let chain: TestChain;
let deployment: Deployment;
before(async () => {
  chain = await startTestChain();
  const code = await chain.deployCounter();
  const names = ['timelock', 'token', 'parameters', 'models', 'workers', 'votingPower', 'governor', 'market'] as const;
  const addresses = Object.fromEntries(
    [...names, 'jobCourt', 'lens', 'referee', 'receiptCourt', 'court', 'arena', 'beacon', 'auditPool'].map((name) => [
      name,
      code,
    ]),
  );
  deployment = { ...chain.chain, block: 12n, addresses: addresses as Deployment['addresses'] };
});
after(async () => {
  rmSync(folder, { recursive: true });
  await chain.anvil.stop();
});

describe('writeDeployment and readDeployment', () => {
  it('default: gives back what was written, and leaves no draft', async () => {
    await writeDeployment(path, deployment);
    await writeDeployment(path, deployment);
    assert.deepEqual(await readDeployment(path), deployment);
    assert.deepEqual(readdirSync(join(folder, 'home')), ['deployment.json']);
  });

  it('error: DeploymentMissing', async () => {
    await assert.rejects(readDeployment(join(folder, 'none.json')), DeploymentMissing);
  });

  it('error: DeploymentMalformed names the field', async () => {
    const text = readFileSync(path, 'utf8');
    const cases: [string, RegExp][] = [
      ['{', /not JSON/],
      [text.replace('31337', '"31337"'), /chainId/],
      [text.replace(/"token": "0x../, '"token": "0x'), /addresses\.token/],
      [text.replace('"lens"', '"lense"'), /addresses/],
      [text.replace('"genesisHash": "0x', '"genesisHash": "'), /genesisHash/],
      [text.replace('"12"', '"-1"'), /block/],
    ];
    for (const [bad, field] of cases) {
      writeFileSync(path, bad);
      await assert.rejects(
        readDeployment(path),
        (error) => error instanceof DeploymentMalformed && field.test(error.message),
      );
    }
  });
});

describe('checkDeployment', () => {
  it('default: passes where there is code', () => checkDeployment(chain.rpc, deployment));

  it('error: DeploymentMismatch names contract and address', async () => {
    const empty: Address = `0x${'12'.repeat(20)}`;
    const wrong = { ...deployment, addresses: { ...deployment.addresses, market: empty } };
    await assert.rejects(checkDeployment(chain.rpc, wrong), (error) => {
      assert.ok(error instanceof DeploymentMismatch);
      assert.match(error.message, new RegExp(`market should be at ${empty} on chain 31337`));
      return true;
    });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeAbiParameters } from 'viem';
import { decryptKey, parseKeystore } from '../../../../node/chain/keystore.ts';
import { createHotKey, isConsent, keystoreOf, registrationData } from '../../../../web/features/staking/hotKey.ts';

const contracts = { workers: `0x${'ab'.repeat(20)}` } as never;
const site = { chainId: 31337, contracts };
const worker = `0x${'12'.repeat(20)}` as const;

describe('hot key made in the browser', () => {
  it('consents to one worker on one chain only', async () => {
    const key = await createHotKey(site, worker);
    assert.ok(await isConsent(site, worker, key.address, key.consent));
    assert.ok(!(await isConsent(site, `0x${'13'.repeat(20)}`, key.address, key.consent)));
    assert.ok(!(await isConsent({ ...site, chainId: 1 }, worker, key.address, key.consent)));
    assert.ok(!(await isConsent(site, worker, worker, key.consent)));
    for (const bad of ['', '0x', `0x${'00'.repeat(65)}`, `${key.consent}00`, 'javascript:alert(1)'])
      assert.ok(!(await isConsent(site, worker, key.address, bad)));
  });

  it('is saved as a keystore that the node opens with the password, and with no other', async () => {
    const key = await createHotKey(site, worker);
    const keystore = parseKeystore(await keystoreOf(key, 'correct horse'));
    assert.equal(`0x${Buffer.from(await decryptKey(keystore, 'correct horse')).toString('hex')}`, key.privateKey);
    await assert.rejects(decryptKey(keystore, 'wrong horse'));
  });

  it('packs the registration as the registry decodes it', async () => {
    const key = await createHotKey(site, worker);
    const data = registrationData(key.address, key.consent, 'https://worker.example');
    const decoded = decodeAbiParameters([{ type: 'address' }, { type: 'bytes' }, { type: 'string' }], data);
    assert.deepEqual(decoded, [key.address, key.consent, 'https://worker.example']);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { publicGateways } from '../../../node/cli/publicGateways.ts';
import { testSigner } from '../../helpers/testSigner.ts';

const worker = (endpoint: string, stakeWei = 1n, active = true) => {
  const { address } = testSigner(endpoint);
  return { worker: address, hotKey: address, endpoint, stakeWei, active };
};

describe('the workers that a site names', () => {
  it('are the active ones, most stake first, each once', () => {
    const workers = [
      worker('https://a.example', 1n),
      worker('https://b.example', 3n),
      worker('https://gone.example', 9n, false),
      worker('https://b.example', 2n),
    ];
    assert.deepEqual(publicGateways(workers), ['https://b.example', 'https://a.example']);
  });

  it('are usable whatever strangers register', () => {
    const hostile = [
      'no address',
      'ftp://x.example',
      'https://*',
      'https://x;script-src',
      'http://$(id)',
      'javascript:x',
    ];
    assert.deepEqual(publicGateways([...hostile, 'https://a.example'].map((one) => worker(one, 5n))), [
      'https://a.example',
    ]);
  });

  it('are no more than the dApp reads, however many there are', () => {
    const many = Array.from({ length: 100 }, (_, i) => worker(`https://w${i}.example`, BigInt(i)));
    assert.equal(publicGateways(many).length, 64);
    assert.equal(publicGateways(many)[0], 'https://w99.example');
  });
});

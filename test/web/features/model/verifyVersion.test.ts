import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Check, type VerificationParts, verifyVersion } from '../../../../web/features/model/verifyVersion.ts';
import { proveArtifact } from '../../../../web/lib/inference/proveArtifact.ts';
import { exactArtifact } from '../../../helpers/exactArtifact.ts';

const { bytes } = exactArtifact(1);
const root = proveArtifact(bytes).programRoot;
const CLAIM = {
  cid: 'bafkreickb5jhmk2un3bfonpt67evor5dkaqppngmhpqpo2p4xvobwscbti',
  sha256: `0x${createHash('sha256').update(bytes).digest('hex')}`,
  programRoot: root as string,
  sizeBytes: bytes.length,
};

const parts = (claim: Partial<typeof CLAIM> = {}, file: Uint8Array = bytes): VerificationParts => ({
  readClaim: async () => ({ ...CLAIM, ...claim }),
  fetchArtifact: async () => file,
  digest: async (artifact) => `0x${createHash('sha256').update(artifact).digest('hex')}`,
  prove: async () => {
    const { program, programRoot } = proveArtifact(file);
    return { programRoot, steps: program.steps.length };
  },
});
const run = async (given: VerificationParts) => {
  const heard: Check[] = [];
  const result = await verifyVersion(given, (check) => heard.push(check));
  assert.deepEqual(heard, result.checks);
  return result;
};
const failed = ({ checks }: { readonly checks: readonly Check[] }) =>
  checks.filter(({ state }) => state === 'failed').map(({ title }) => title);

describe('verifyVersion', () => {
  it('holds for what was registered', async () => {
    const result = await run(parts());
    assert.equal(result.holds, true);
    assert.deepEqual(
      result.checks.map(({ state }) => state),
      Array(6).fill('passed'),
    );
  });
  it('finds another programRoot', async () => {
    const result = await run(parts({ programRoot: `0x${'11'.repeat(32)}` }));
    assert.equal(result.holds, false);
    assert.deepEqual(failed(result), ['programRoot']);
  });
  it('finds another SHA-256, and proves nothing then', async () => {
    const result = await run(parts({ sha256: `0x${'22'.repeat(32)}` }));
    assert.deepEqual([result.holds, failed(result), result.checks.length], [false, ['SHA-256 of the file'], 4]);
  });
  it('finds another size', async () => {
    const result = await run(parts({ sizeBytes: 7 }));
    assert.deepEqual([result.holds, failed(result)], [false, ['Size']]);
  });
  it('reports a file that is no exact model, in sentences', async () => {
    const noise = new Uint8Array([1, 2, 3]);
    const sha256 = `0x${createHash('sha256').update(noise).digest('hex')}`;
    const result = await run(parts({ sha256, sizeBytes: 3 }, noise));
    assert.equal(result.holds, false);
    assert.match(result.problem!.what, /\w/);
  });
  it('reports gateways and chains that do not answer', async () => {
    const result = await run({ ...parts(), fetchArtifact: () => Promise.reject(new TypeError('fetch failed')) });
    assert.deepEqual([result.holds, result.problem?.what], [false, 'The server does not answer']);
  });
  it('checks the file of a float version, which has no program', async () => {
    const result = await run(parts({ programRoot: `0x${'0'.repeat(64)}` }));
    assert.deepEqual([result.holds, result.checks.at(-1)?.state], [true, 'skipped']);
  });
});

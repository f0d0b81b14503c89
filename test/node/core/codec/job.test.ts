import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { TypedDataEncoder } from 'ethers';
import { encodeAbiParameters, hashTypedData, keccak256 } from 'viem';
import { type Address, type Digest, toHex } from '../../../../node/core/codec/hex.ts';
import { authorizationDigest, type JobTerms, jobIdOf } from '../../../../node/core/codec/job.ts';

const bytes = (seed: string, length: number) => toHex(createHash('sha256').update(seed).digest().subarray(0, length));
const number = (seed: string, bits: number): bigint => BigInt(bytes(seed, 32)) >> BigInt(256 - bits);

function termsOf(seed: number): JobTerms {
  const of = (name: string): string => `${seed}|${name}`;
  return {
    client: bytes(of('client'), 20) as Address,
    worker: bytes(of('worker'), 20) as Address,
    versionId: number(of('version'), 1 + (seed % 256)),
    inputRoot: bytes(of('input'), 32) as Digest,
    feeWei: number(of('fee'), 1 + (seed % 128)),
    expiresAt: number(of('expires'), 1 + (seed % 64)),
    evaluator: bytes(of('evaluator'), 20) as Address,
    salt: bytes(of('salt'), 32) as Digest,
  };
}

const TERMS = [
  { name: 'client', type: 'address' },
  { name: 'worker', type: 'address' },
  { name: 'versionId', type: 'uint256' },
  { name: 'inputRoot', type: 'bytes32' },
  { name: 'feeWei', type: 'uint128' },
  { name: 'expiresAt', type: 'uint64' },
  { name: 'evaluator', type: 'address' },
  { name: 'salt', type: 'bytes32' },
] as const;

const AUTHORIZATION = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
];

describe('jobIdOf', () => {
  it('equals abi.encode + keccak256 of viem on 1,000 random terms', () => {
    for (let seed = 0; seed < 1000; seed++) {
      const terms = termsOf(seed);
      const market = bytes(`${seed}|market`, 20) as Address;
      const chainId = number(`${seed}|chain`, 1 + (seed % 60));
      const encoded = encodeAbiParameters(
        [{ type: 'uint256' }, { type: 'address' }, { type: 'tuple', components: TERMS }],
        [chainId, market, terms],
      );
      assert.equal(jobIdOf(terms, chainId, market), keccak256(encoded));
    }
  });

  it('changes with every field', () => {
    const terms = termsOf(7);
    const market = bytes('market', 20) as Address;
    const base = jobIdOf(terms, 1n, market);
    for (const key of Object.keys(terms) as (keyof JobTerms)[]) {
      const other = { ...terms, [key]: termsOf(263)[key] };
      assert.notEqual(jobIdOf(other, 1n, market), base, key);
    }
    assert.notEqual(jobIdOf(terms, 2n, market), base);
    assert.notEqual(jobIdOf(terms, 1n, terms.client), base);
  });
});

describe('authorizationDigest', () => {
  for (const kind of ['Receive', 'Transfer'] as const) {
    it(`${kind}: equals viem and ethers on 1,000 random authorizations`, () => {
      for (let seed = 0; seed < 1000; seed++) {
        const token = bytes(`${seed}|token`, 20) as Address;
        const chainId = number(`${seed}|chain`, 1 + (seed % 52));
        const message = {
          from: bytes(`${seed}|from`, 20) as Address,
          to: bytes(`${seed}|to`, 20) as Address,
          value: number(`${seed}|value`, 1 + (seed % 256)),
          validAfter: number(`${seed}|after`, 1 + (seed % 47)),
          validBefore: number(`${seed}|before`, 1 + (seed % 47)),
          nonce: bytes(`${seed}|nonce`, 32) as Digest,
        };
        const domain = { name: 'Assay', version: '1', chainId, verifyingContract: token };
        const types = { [`${kind}WithAuthorization`]: AUTHORIZATION };
        const digest = toHex(authorizationDigest(kind, message, { chainId, token }));
        assert.equal(digest, hashTypedData({ domain, types, primaryType: `${kind}WithAuthorization`, message }));
        assert.equal(digest, TypedDataEncoder.hash(domain, types, message));
      }
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAbiParameters, encodeFunctionData, type Hex, keccak256 } from 'viem';
import { challengeCalls, claimIdOf } from '../../../../web/features/disputes/challengeCalls.ts';
import { readVerdict } from '../../../../web/features/disputes/verdict.ts';
import { arenaAbi } from '../../../../web/generated/abi/arena.ts';

const word = (byte: string): Hex => `0x${byte.repeat(32)}`;
const address = (byte: string): Hex => `0x${byte.repeat(20)}`;
const [GAME, OTHER] = [word('0a'), word('0b')];
const receipt = {
  jobId: word('01'),
  versionId: 1n,
  programRoot: word('02'),
  inputRoot: word('03'),
  outputRoot: word('04'),
  worker: address('05'),
  issuedAt: 9n,
};
const prove = (game: Hex): Hex =>
  encodeFunctionData({ abi: arenaAbi, functionName: 'prove', args: [game, receipt, 30, 477n, '0x0102'] });

describe('how a game was ended', () => {
  it('is read from the call, alone or among others', () => {
    const expected = { call: 'prove', step: 30, element: 477n, evidenceBytes: 2 };
    assert.deepEqual(readVerdict(prove(GAME), GAME), expected);
    const challenge = encodeFunctionData({ abi: arenaAbi, functionName: 'challenge', args: [word('0c')] });
    const many = encodeFunctionData({
      abi: arenaAbi,
      functionName: 'multicall',
      args: [[challenge, prove(OTHER), prove(GAME)]],
    });
    assert.deepEqual(readVerdict(many, GAME), expected);
    const late = encodeFunctionData({ abi: arenaAbi, functionName: 'timeout', args: [GAME] });
    assert.deepEqual(readVerdict(late, GAME), { call: 'timeout' });
  });

  it('is not known from calls of other games, other contracts, or nothing', () => {
    assert.equal(readVerdict(prove(OTHER), GAME), undefined);
    for (const input of ['0x', '0x12345678', `${prove(GAME).slice(0, 40)}`] as Hex[])
      assert.equal(readVerdict(input, GAME), undefined);
  });
});

describe('the calls of a challenge', () => {
  it('files, uses the permit and challenges, in this order', () => {
    const claimId = claimIdOf(word('01'), word('02'));
    assert.equal(
      claimId,
      keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }], [word('01'), word('02')])),
    );
    const signature = `0x${'11'.repeat(32)}${'22'.repeat(32)}1b` as Hex;
    const calls = challengeCalls({
      claimId,
      job: { id: word('01'), subject: address('07') },
      permit: { amountWei: 5n, deadline: 6n, signature },
    });
    assert.deepEqual(
      calls.map((data) => data.slice(0, 10)),
      (['file', 'usePermit', 'challenge'] as const).map((name) =>
        encodeFunctionData({
          abi: arenaAbi,
          functionName: name,
          args: (name === 'file'
            ? [address('07'), '0x']
            : name === 'usePermit'
              ? [0n, { deadline: 0n, v: 27, r: word('00'), s: word('00') }]
              : [word('00')]) as never,
        }).slice(0, 10),
      ),
    );
    assert.equal(challengeCalls({ claimId }).length, 1);
  });
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { encodeErrorResult, type Hex, parseAbi, toFunctionSelector } from 'viem';
import { contractErrors } from '../../../web/generated/errors.ts';
import { problemOfRevert } from '../../../web/lib/revert.ts';

const ABIS = new URL('../../../subgraph/abis/', import.meta.url);
interface Entry {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
}
const entries = readdirSync(ABIS).flatMap((file) =>
  (JSON.parse(readFileSync(new URL(file, ABIS), 'utf8')) as Entry[]).filter(({ type }) => type === 'error'),
);
/** A value of each type that errors have. */
const sample = (type: string): unknown =>
  type === 'address'
    ? `0x${'ab'.repeat(20)}`
    : type === 'bytes32'
      ? `0x${'cd'.repeat(32)}`
      : type === 'string'
        ? 'text'
        : /^u?int(8|16|32|48)$/.test(type)
          ? 1
          : 7n;

describe('sentences for reverts', () => {
  it('has one for every custom error of every contract', () => {
    assert.ok(entries.length > 190, `${entries.length} errors`);
    for (const { name, inputs } of entries) {
      const selector = toFunctionSelector(`${name}(${inputs.map(({ type }) => type).join(',')})`);
      const { sentence } = contractErrors[selector] ?? {};
      assert.match(sentence ?? '', /^[A-Z].{7,}[^.]$/, `${name}: ${sentence}`);
      assert.doesNotMatch(sentence ?? '', /Thrown|threats\.md|[{}`]/, name);
    }
  });

  it('decodes every one of them with its values', () => {
    for (const entry of entries) {
      const data = encodeErrorResult({
        abi: [entry],
        errorName: entry.name,
        args: entry.inputs.map(({ type }) => sample(type)),
      } as never);
      const { what, why, fix } = problemOfRevert(data);
      assert.ok(what.length > 7 && fix.length > 7, entry.name);
      if (entry.inputs.length > 0) assert.match(why, /\(.+\)$/, entry.name);
    }
  });

  it('fills in amounts, moments, addresses and names of states', () => {
    const of = (signature: string, args: readonly unknown[]): Hex =>
      encodeErrorResult({ abi: parseAbi([signature] as never), args } as never);
    const balance = problemOfRevert(
      of('error ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)', [
        '0x1234567890123456789012345678901234567890',
        5n * 10n ** 17n,
        10n ** 18n,
      ]),
    );
    assert.equal(balance.what, 'The account does not hold that much ASSAY');
    assert.match(balance.why, /sender 0x1234…7890, balance 0\.5 ASSAY, needed 1 ASSAY/);
    const thaw = problemOfRevert(
      of('error WorkerRegistryStillThawing(address worker,uint64 thawEndsAt)', [
        '0x1234567890123456789012345678901234567890',
        1_800_000_000n,
      ]),
    );
    assert.match(thaw.why, /thaw ends at 15 Jan 2027/);
    assert.match(thaw.fix, /Wait/);
    const state = problemOfRevert(
      of('error GovernorUnexpectedProposalState(uint256 proposalId,uint8 current,bytes32 expectedStates)', [
        1n,
        1,
        `0x${'00'.repeat(32)}`,
      ]),
    );
    assert.match(state.why, /current Active/);
  });

  it('tells of texts, panics, unknown and malformed data without failing', () => {
    const text = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['<b>no</b>'] });
    assert.match(problemOfRevert(text).why, /"<b>no<\/b>"/);
    assert.match(problemOfRevert(`0x4e487b71${'11'.padStart(64, '0')}`).why, /too large or negative/);
    assert.match(problemOfRevert('0x').why, /no reason/);
    assert.match(problemOfRevert('0xdeadbeef').why, /unknown/);
    const cut = toFunctionSelector('WorkerRegistryNothingThawing(address)');
    assert.equal(problemOfRevert(`${cut}00`).what, 'Nothing thaws');
  });
});

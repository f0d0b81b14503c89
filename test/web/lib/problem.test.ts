import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRejection, ProblemError, problemOf } from '../../../web/lib/problem.ts';

const wallet = (code: number, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('problemOf', () => {
  it('has a sentence for every answer that wallets give by number', () => {
    const whats = [4001, 4100, 4200, 4900, 4901, 4902, -32002, -32003, -32005].map(
      (code) => problemOf(wallet(code)).what,
    );
    assert.equal(new Set(whats).size, whats.length);
    for (const what of whats) assert.notEqual(what, 'That did not work');
  });

  it('finds the cause however deep it lies, and does not follow rings', () => {
    const deep = new Error('outer', { cause: new Error('middle', { cause: wallet(4001) }) });
    assert.match(problemOf(deep).what, /declined/);
    assert.ok(isRejection(deep));
    const ring = new Error('ring');
    ring.cause = ring;
    assert.equal(problemOf(ring).why, 'ring');
    assert.ok(!isRejection(ring));
  });

  it('knows what nodes say in words', () => {
    for (const [message, what] of [
      ['insufficient funds for gas * price + value', /cannot pay the network fee/],
      ['nonce too low: next nonce 5, tx nonce 4', /came too late/],
      ['replacement transaction underpriced', /replacement pays too little/],
      ['intrinsic gas too low', /more gas/],
      ['MetaMask Tx Signature: User denied transaction signature.', /declined/],
      ['The current chain of the wallet (id: 1) does not match the target chain', /another network/],
    ] as const)
      assert.match(problemOf(new Error(message)).what, what);
  });

  it('tells a server that does not answer from one that is slow', () => {
    assert.match(problemOf(new TypeError('Failed to fetch')).why, /did not get through/);
    assert.match(problemOf(new DOMException('timeout', 'TimeoutError')).why, /in time/);
    assert.match(problemOf(new DOMException('gone', 'AbortError')).what, /given up/);
  });

  it('keeps sentences that are there already, ours and those of the protocol', () => {
    const problem = { what: 'a', why: 'b', fix: 'c' };
    assert.deepEqual(problemOf(new ProblemError(problem)), problem);
    assert.deepEqual(problemOf(Object.assign(new Error('x'), problem)), problem);
  });

  it('clips what a stranger wrote to one line', () => {
    const { why } = problemOf(new Error(`<script>alert(1)</script>\n${'x'.repeat(5000)}`));
    assert.ok(why.length <= 240);
    assert.ok(!why.includes('\n'));
    for (const odd of [undefined, null, 5, {}, [], Symbol('x')]) assert.equal(problemOf(odd).what, 'That did not work');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { address, bigId, endpoint, integer, integers, number, tokens } from '../../../node/cli/parse.ts';

const rejects = (parse: (text: string) => unknown, ...texts: readonly string[]): void => {
  for (const text of texts)
    assert.throws(() => parse(text), { code: 'commander.invalidArgument' }, `${JSON.stringify(text)} is refused`);
};

describe('option parsers', () => {
  it('integer', () => {
    const port = integer(1, 65_000);
    assert.equal(port('1'), 1);
    assert.equal(port('65000'), 65_000);
    rejects(port, '0', '65001', '1.5', '1e3', ' 1', '', 'x', '0x10', '99999999999999999999');
    assert.equal(integer(-5, 5)('-5'), -5);
  });

  it('number', () => {
    assert.equal(number('0.1'), 0.1);
    assert.equal(number('-2e-3'), -0.002);
    rejects(number, '', ' ', 'fast', 'NaN', 'Infinity', '1,5');
  });

  it('integers', () => {
    assert.deepEqual(integers('64,32'), [64, 32]);
    assert.deepEqual(integers('64, 32'), [64, 32]);
    assert.deepEqual(integers('0'), [], 'no hidden layer');
    rejects(integers, '', '1,', '1;2', '-1', '1.5');
  });

  it('bigId', () => {
    assert.equal(
      bigId('115792089237316195423570985008687907853269984665640564039457584007913129639935'),
      2n ** 256n - 1n,
    );
    rejects(bigId, '', '-1', '0x1', '1n', '1'.repeat(79));
  });

  it('tokens, exact to the wei', () => {
    assert.equal(tokens('12'), 12n * 10n ** 18n);
    assert.equal(tokens('0.001'), 10n ** 15n);
    assert.equal(tokens('0.000000000000000001'), 1n);
    rejects(tokens, '', '.5', '1.', '1,5', '-1', '0.0000000000000000001', '1e18');
  });

  it('endpoint', () => {
    for (const url of ['http://127.0.0.1:8701', 'https://worker.example']) assert.equal(endpoint(url), url);
    rejects(endpoint, '', 'worker.example', 'ftp://worker.example', `https://${'a'.repeat(250)}`);
    rejects(endpoint, 'https://*.example', 'https://x;script-src', 'http://$(id)', 'https://a:b@worker.example');
  });

  it('address', () => {
    const text = `0x${'Ab'.repeat(20)}`;
    assert.equal(address(text), text);
    rejects(address, '', '0x', 'ab'.repeat(20), `0x${'ab'.repeat(19)}`, `0x${'zz'.repeat(20)}`, 'vitalik.eth');
  });
});

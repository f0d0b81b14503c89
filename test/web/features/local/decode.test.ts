import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAbiParameters, encodeEventTopics, encodeFunctionData } from 'viem';
import { decodeCall, decodeEvent } from '../../../../web/features/local/decode.ts';
import { assayTokenAbi } from '../../../../web/generated/abi/assayToken.ts';
import { tillAbi } from '../../../../web/generated/abi/till.ts';
import { contractEvents } from '../../../../web/generated/events.ts';
import type { SiteConfig } from '../../../../web/lib/config.ts';

const TOKEN = `0x${'aa'.repeat(20)}` as const;
const SOMEBODY = `0x${'bb'.repeat(20)}` as const;
const SITE = { contracts: { token: TOKEN } } as unknown as SiteConfig;
const transfer = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [SOMEBODY, 7n] });

describe('decodeCall', () => {
  it('names function and arguments of a contract of the protocol', () => {
    assert.deepEqual(decodeCall(SITE, TOKEN, transfer), {
      name: 'transfer',
      args: [
        { name: 'to', value: '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB' },
        { name: 'value', value: 7n },
      ],
    });
  });

  it('knows tills at any address, and nothing else of strangers', () => {
    const { name } = tillAbi[0]!;
    const data = encodeFunctionData({ abi: tillAbi, functionName: name } as never);
    assert.equal(decodeCall(SITE, SOMEBODY, data)?.name, name);
    assert.equal(decodeCall(SITE, SOMEBODY, transfer), undefined);
    assert.equal(decodeCall(SITE, TOKEN, '0x12345678'), undefined);
  });
});

describe('decodeEvent', () => {
  const topics = encodeEventTopics({
    abi: contractEvents,
    eventName: 'Transfer',
    args: { from: TOKEN, to: SOMEBODY },
  }) as `0x${string}`[];
  const data = encodeAbiParameters([{ type: 'uint256' }], [9n]);

  it('names an event and its values', () => {
    const event = decodeEvent({ topics, data });
    assert.equal(event?.name, 'Transfer');
    assert.deepEqual(
      event.args.map(({ name, value }) => [name, String(value).toLowerCase()]),
      [
        ['from', TOKEN],
        ['to', SOMEBODY],
        ['value', '9'],
      ],
    );
  });

  it('leaves unknown and broken logs alone', () => {
    assert.equal(decodeEvent({ topics: [`0x${'12'.repeat(32)}`], data }), undefined);
    assert.equal(decodeEvent({ topics, data: '0x01' }), undefined);
    assert.equal(decodeEvent({ topics: [], data: '0x' }), undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeNode, linksOf } from '../../../node/ipfs/dagNode.ts';
import { StoreDagRefused } from '../../../node/ipfs/errors.ts';
import { seeded } from './seeded.ts';
import { dice, node, pbBlock, rawBlock } from './world.ts';

describe('decodeNode', () => {
  it('takes every honest node of up to 1,024 links, whatever its sizes and names (seed 1024)', () => {
    const roll = dice(1024);
    for (let i = 0; i < 300; i++) {
      const count = i < 3 ? [0, 1, 1024][i]! : roll(1025);
      const links = Array.from({ length: count }, (_, at) => ({
        Name: 'n'.repeat(roll(200)),
        Tsize: roll(2 ** 31) * (1 + roll(1000)),
        Hash: rawBlock(Buffer.from(`${i} ${at}`)).cid,
      }));
      const made = pbBlock({ Data: seeded(roll(300), `data ${i}`), Links: links });
      assert.equal(decodeNode(made.cid, made.bytes).Links.length, count);
    }
  });

  it('error: StoreDagRefused for one link more', () => {
    const made = node(Array.from({ length: 1025 }, (_, i) => rawBlock(Buffer.from([i & 255, i >> 8])).cid));
    assert.throws(() => decodeNode(made.cid, made.bytes), StoreDagRefused);
  });

  it('a raw block has no links', () => {
    const made = rawBlock(node([]).bytes);
    assert.deepEqual(linksOf(made.cid, made.bytes), []);
  });
});

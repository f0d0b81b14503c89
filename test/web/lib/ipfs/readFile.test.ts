import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { importer } from 'ipfs-unixfs-importer';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { type Cid, parseCid } from '../../../../web/lib/ipfs/cid.ts';
import { decodeFileNode, NotAFile } from '../../../../web/lib/ipfs/fileNode.ts';
import { readFile } from '../../../../web/lib/ipfs/readFile.ts';

/** Blocks as the real importer writes them, with the profile that Assay uses. */
async function add(bytes: Uint8Array, chunk = 1024): Promise<{ cid: Cid; blocks: Map<string, Uint8Array> }> {
  const blocks = new Map<string, Uint8Array>();
  const store = {
    put: (cid: CID, block: Uint8Array) => {
      blocks.set(cid.toString(), block);
      return cid;
    },
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const options = { rawLeaves: true, cidVersion: 1, chunker: () => chunks() };
  let root = '';
  for await (const file of importer([{ content: bytes }], store as never, options as never)) root = file.cid.toString();
  return { cid: parseCid(root)!, blocks };
}
const loader = (blocks: ReadonlyMap<string, Uint8Array>) => async (cid: Cid) => {
  const block = blocks.get(cid.text);
  if (block === undefined) throw new Error(`no block ${cid.text}`);
  return block;
};

async function nodeOf(unixfs: UnixFS, links: dagPb.PBLink[] = []): Promise<{ cid: Cid; block: Uint8Array }> {
  const block = dagPb.encode(dagPb.prepare({ Data: unixfs.marshal(), Links: links }));
  const cid = CID.createV1(dagPb.code, await sha256.digest(block));
  return { cid: parseCid(cid.toString())!, block };
}

describe('readFile', () => {
  for (const size of [1, 1024, 1025, 400_000])
    it(`puts ${size} bytes together again`, async () => {
      const bytes = new Uint8Array(randomBytes(size));
      const { cid, blocks } = await add(bytes);
      const heard: number[] = [];
      const read = await readFile(cid, loader(blocks), { maxBytes: size, onProgress: (loaded) => heard.push(loaded) });
      assert.deepEqual(read, bytes);
      if (cid.codec === 'dag-pb') assert.equal(heard.at(-1), size);
    });

  it('refuses a file that is larger than expected before it makes room', async () => {
    const { cid, blocks } = await add(new Uint8Array(5000));
    const asked: string[] = [];
    const load = (one: Cid) => {
      asked.push(one.text);
      return loader(blocks)(one);
    };
    await assert.rejects(readFile(cid, load, { maxBytes: 4999 }), NotAFile);
    assert.deepEqual(asked, [cid.text]);
  });

  it('refuses a part whose size is not what its parent says', async () => {
    const leaf = CID.createV1(0x55, await sha256.digest(new Uint8Array(3)));
    const unixfs = new UnixFS({ type: 'file' });
    unixfs.addBlockSize(4n);
    const { cid, block } = await nodeOf(unixfs, [{ Hash: leaf, Tsize: 3, Name: '' }]);
    const blocks = new Map([
      [cid.text, block],
      [leaf.toString(), new Uint8Array(3)],
    ]);
    await assert.rejects(readFile(cid, loader(blocks), { maxBytes: 10 }), NotAFile);
  });
});

describe('decodeFileNode', () => {
  it('refuses directories', async () => {
    const { block } = await nodeOf(new UnixFS({ type: 'directory' }));
    assert.throws(() => decodeFileNode(block), /directory/);
  });
  it('refuses sizes without children', async () => {
    const unixfs = new UnixFS({ type: 'file' });
    unixfs.addBlockSize(4n);
    const { block } = await nodeOf(unixfs);
    assert.throws(() => decodeFileNode(block), /declares 1 children and links to 0/);
  });
  it('throws nothing but NotAFile on noise', () => {
    for (let round = 0; round < 2000; round++) {
      try {
        decodeFileNode(new Uint8Array(randomBytes(round % 64)));
      } catch (error) {
        assert.ok(error instanceof NotAFile, String(error));
      }
    }
  });
  it('throws nothing but NotAFile on a good node with a flipped bit', async () => {
    const { cid, blocks } = await add(new Uint8Array(5000));
    const good = blocks.get(cid.text)!;
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      try {
        decodeFileNode(bad);
      } catch (error) {
        assert.ok(error instanceof NotAFile, String(error));
      }
    }
  });
});

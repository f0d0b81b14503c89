import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  PartitionImpossible,
  type PartitionRequest,
  parsePartition,
  partitionName,
  partitionRows,
} from '../../../../node/core/train/partition.ts';
import { type DataName, golden, load, rowsHash } from './real.ts';

const request = (name: DataName, seed: number, nodes: number): PartitionRequest => {
  const { split, dataset } = load(name, seed);
  return { train: split.train, labels: dataset.labels, classes: dataset.classes, nodes, name, seed };
};

describe('partitionRows', () => {
  for (const name of ['digits', 'bc'] as DataName[]) {
    for (const { seed, kind, nodes, sizes, rows } of golden.data[name].partitions) {
      it(`behavior: ${name} ${kind} over ${nodes} nodes, seed ${seed}, as the reference deals it`, () => {
        const parts = partitionRows(request(name, seed, nodes), parsePartition(kind));
        assert.deepEqual(
          parts.map((part) => part.length),
          sizes,
        );
        assert.equal(rowsHash(parts.flatMap((part) => [...part])), rows);
      });
    }
  }

  it('behavior: every train row is dealt exactly once', () => {
    const { train } = request('digits', 0, 7);
    for (const kind of ['iid', 'dir0.3', 'shard3']) {
      const parts = partitionRows(request('digits', 0, 7), parsePartition(kind));
      const rows = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
      assert.deepEqual(rows, [...train], kind);
    }
  });

  it('error: PartitionImpossible', () => {
    const digits = request('digits', 0, 10);
    assert.throws(() => partitionRows({ ...digits, nodes: 1443 }, { kind: 'iid' }), PartitionImpossible);
    assert.throws(() => partitionRows({ ...digits, nodes: 0 }, { kind: 'iid' }), PartitionImpossible);
    assert.throws(
      () => partitionRows({ ...digits, nodes: 200 }, { kind: 'dirichlet', concentration: 1 }),
      PartitionImpossible,
    );
    const oneClass = { ...digits, labels: new Uint8Array(1797), train: digits.train.subarray(0, 30), nodes: 3 };
    assert.throws(() => partitionRows(oneClass, { kind: 'dirichlet', concentration: 0.001 }), /in 10000 draws/);
  });
});

describe('parsePartition', () => {
  it('default', () => {
    for (const name of ['iid', 'dir0.5', 'dir1', 'shard2']) assert.equal(partitionName(parsePartition(name)), name);
  });
  it('error: PartitionImpossible for anything else', () => {
    for (const name of ['', 'iid2', 'dir', 'dir0', 'dir-1', 'shard', 'shard0', 'shard1.5', 'dirx', 'IID']) {
      assert.throws(() => parsePartition(name), PartitionImpossible, name);
    }
  });
});

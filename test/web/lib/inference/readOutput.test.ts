import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { readOutput } from '../../../../web/lib/inference/readOutput.ts';

const output = { name: 'y', scale: 0.5, zeroPoint: 0, activation: 'softmax', labels: ['cat', 'dog', 'fox'] } as const;
const result = tensor('int32', [1, 3], Int32Array.of(-2, 8, 2));

describe('reading an output', () => {
  it('gives labels, and shares that sum to one', () => {
    const { scores, best } = readOutput(output, result);
    assert.equal(best, 1);
    assert.deepEqual(
      scores.map(({ label }) => label),
      ['cat', 'dog', 'fox'],
    );
    assert.ok(Math.abs(scores.reduce((sum, { share }) => sum + share!, 0) - 1) < 1e-12);
  });

  it('claims no shares when the model ends in none, and counts where it names nothing', () => {
    const { labels: _, ...bare } = output;
    const { scores } = readOutput({ ...bare, activation: 'none' }, result);
    assert.ok(scores.every(({ share }) => share === undefined));
    assert.equal(scores[2]!.label, '2');
  });

  it('clamps hostile labels and shows their control characters', () => {
    const { scores } = readOutput({ ...output, labels: ['\u202Etxt.exe', 'x'.repeat(10_000), 'fox'] }, result);
    assert.ok(!scores[0]!.label.includes('\u202E'));
    assert.ok(scores[1]!.label.length <= 41);
  });
});

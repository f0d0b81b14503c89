import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Card } from '../../../../web/features/models/card.ts';
import type { ModelRow } from '../../../../web/features/models/query.ts';
import { taskOf } from '../../../../web/features/models/task.ts';
import { catalogueModel } from '../../../../web/features/models/useModels.ts';

const one = (...shape: number[]) => [{ name: 'x', datatype: 'UINT8', shape }];

describe('the task of a model whose card is silent', () => {
  it('is guessed from the shapes of its input and output', () => {
    assert.equal(taskOf({ inputs: one(-1, 28, 28), outputs: one(-1, 10) }), 'image-classification');
    assert.equal(taskOf({ inputs: one(-1, 1, 28, 28), outputs: one(-1, 10) }), 'image-classification');
    assert.equal(taskOf({ inputs: one(-1, 784), outputs: one(1, 10) }), 'image-classification');
    assert.equal(taskOf({ inputs: one(-1, 13), outputs: one(-1, 3) }), 'tabular-classification');
    assert.equal(taskOf({ inputs: one(-1, 13), outputs: one(-1, 1) }), 'tabular-regression');
  });
  it('stays unknown where the shapes do not tell', () => {
    assert.equal(taskOf({ inputs: one(-1, 28, 28), outputs: one(-1, 28, 28) }), undefined);
    assert.equal(taskOf({ inputs: one(-1, 7, 9), outputs: one(-1, 4) }), undefined);
    assert.equal(taskOf({ inputs: one(-1, -1), outputs: one(-1, 4) }), undefined);
    assert.equal(taskOf({ inputs: [...one(-1, 4), ...one(-1, 4)], outputs: one(-1, 4) }), undefined);
    assert.equal(taskOf({ inputs: [], outputs: [] }), undefined);
  });
  it('yields to the card', () => {
    const row = { id: '1', slug: 'a', author: { id: '0x' }, liveVersion: null } as unknown as ModelRow;
    const card = { task: 'text-generation', tags: [], summary: '' } as unknown as Card;
    assert.equal(catalogueModel(row, 0n, card, 'tabular-regression').task, 'text-generation');
    const guessed = catalogueModel(row, 0n, undefined, 'tabular-regression');
    assert.deepEqual([guessed.task, guessed.isTaskGuessed], ['tabular-regression', true]);
  });
});

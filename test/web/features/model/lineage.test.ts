import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineageOf } from '../../../../web/features/model/lineage.ts';
import type { ModelDetail, Relative, VersionDetail } from '../../../../web/features/model/model.ts';

const relative = (id: string, slug = 'digits', modelId = '1'): Relative => ({ id, slug, modelId });
const version = (id: string, parents: readonly Relative[] = [], children: readonly Relative[] = []): VersionDetail =>
  ({ id, parents, children }) as unknown as VersionDetail;
const model = (versions: readonly VersionDetail[], liveVersionId = '3'): ModelDetail =>
  ({ id: '1', slug: 'digits', versions, liveVersionId, liveHistory: [] }) as unknown as ModelDetail;
const at = (lineage: ReturnType<typeof lineageOf>, id: string) => lineage.nodes.find((node) => node.id === id);

describe('lineageOf', () => {
  it('puts each version behind everything it derives from', () => {
    const lineage = lineageOf(
      model([
        version('5', [relative('2'), relative('3')]),
        version('3', [relative('2')], [relative('5'), relative('7', 'other', '2')]),
        version('2', [], [relative('3'), relative('5')]),
      ]),
    );
    assert.deepEqual(
      ['2', '3', '5', '7'].map((id) => at(lineage, id)?.column),
      [0, 1, 2, 2],
    );
    assert.deepEqual([lineage.columns, lineage.rows], [3, 2]);
    assert.equal(lineage.edges.length, 4, 'an edge that both ends name is drawn once');
    assert.deepEqual(
      [at(lineage, '7')?.isOwn, at(lineage, '7')?.label, at(lineage, '3')?.isLive],
      [false, 'other v7', true],
    );
    const places = lineage.nodes.map(({ column, row }) => `${column}/${row}`);
    assert.equal(new Set(places).size, places.length, 'no two share a place');
  });
  it('draws a model with one version', () => {
    const lineage = lineageOf(model([version('1')]));
    assert.deepEqual([lineage.nodes.length, lineage.edges.length, lineage.columns, lineage.rows], [1, 0, 1, 1]);
  });
  it('stays small however many versions there are', () => {
    const lineage = lineageOf(model(Array.from({ length: 500 }, (_, i) => version(String(i + 1)))));
    assert.equal(lineage.nodes.length, 60);
  });
});

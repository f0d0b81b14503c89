import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FLOAT_RULES } from '../../../../node/core/exact/floatRules.ts';
import { OPS } from '../../../../node/core/ops/table.ts';

it('every operator with an exact twin is a row of the operator table', () => {
  const known = new Set(OPS.map(({ op }) => op));
  assert.deepEqual(
    Object.keys(FLOAT_RULES).filter((op) => !known.has(op)),
    [],
  );
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import {
  OnnxAttributeUnsupported,
  OnnxOpsetUnsupported,
  OnnxOpUnsupported,
} from '../../../../node/core/onnx/errors.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import {
  checkOperators,
  OPSETS,
  type OperatorRule,
  opsetOf,
  resolverOf,
  resolveSince,
} from '../../../../node/core/onnx/opset.ts';
import { OPS, supportedOperators } from '../../../../node/core/ops/table.ts';

const rule = (op: string, since: number, attributes: OperatorRule['attributes'] = {}, domain = ''): OperatorRule => ({
  op,
  domain,
  since,
  attributes,
});
const TABLE = [
  rule('Relu', 13, { alpha: 'float' }),
  rule('Relu', 6),
  rule('Softmax', 13, { axis: 'int' }),
  rule('If', 11, { then_branch: 'graph' }),
  rule('Relu', 2, {}, 'org.example'),
];
const resolve = resolverOf(TABLE);

function model(op: string, attributes: Record<string, number> = {}, opset = 17, domain = ''): Model {
  const g = graphBuilder('g', { opset, opsets: [{ domain: 'org.example', version: 1 }] });
  g.output(g.node(op, [g.input('x', 'float32', [1])], attributes, { domain }), 'float32', [1]);
  return g.model();
}

describe('resolveSince', () => {
  it('default: the highest version not above the opset', () => {
    const rows = [1, 13, 6].map((since) => ({ since }));
    assert.deepEqual(
      [1, 5, 6, 12, 13, 99].map((opset) => resolveSince(rows, opset)?.since),
      [1, 1, 6, 6, 13, 13],
    );
    assert.equal(resolveSince(rows, 0), undefined);
  });
});

describe('checkOperators', () => {
  it('default: admits what the table lists', () => checkOperators(model('Softmax', { axis: -1 }), resolve));

  it('error: OnnxOpUnsupported names op, domain and version', () => {
    assert.throws(
      () => checkOperators(model('Einsum'), resolve),
      (error) =>
        error instanceof OnnxOpUnsupported &&
        ['Einsum', 'ai.onnx', '17', 'node 0'].every((word) => error.message.includes(word)) &&
        error.meta['op'] === 'Einsum' &&
        error.meta['opset'] === 17,
    );
    assert.throws(() => checkOperators(model('Softmax', {}, 12), resolve), OnnxOpUnsupported);
    assert.throws(() => checkOperators(model('Relu', {}, 17, 'org.example'), resolve), OnnxOpUnsupported);
    assert.throws(() => checkOperators(model('toString'), resolve), OnnxOpUnsupported);
  });

  it('error: OnnxAttributeUnsupported names op, domain, version and attribute', () => {
    assert.throws(
      () => checkOperators(model('Relu', { alpha: 0.5 }, 12), resolve),
      (error) =>
        error instanceof OnnxAttributeUnsupported &&
        ['Relu', 'ai.onnx', '12', 'alpha'].every((word) => error.message.includes(word)),
    );
    assert.throws(() => checkOperators(model('Relu', { alpha: 1 }), resolve), OnnxAttributeUnsupported);
    assert.throws(() => checkOperators(model('Relu', { constructor: 1 }), resolve), OnnxAttributeUnsupported);
  });

  it('error: OnnxOpUnsupported inside a subgraph', () => {
    const g = graphBuilder('g');
    const body = g.subgraph('body');
    body.output(body.node('Einsum', [g.input('x', 'float32', [1])]), 'float32', [1]);
    g.output(g.node('If', ['x'], { then_branch: body.graph() }), 'float32', [1]);
    assert.throws(() => checkOperators(g.model(), resolve), OnnxOpUnsupported);
  });

  it('error: OnnxOpsetUnsupported outside the range, and for a domain that is not imported', () => {
    assert.throws(() => checkOperators(model('Relu', {}, OPSETS.newest + 1), resolve), OnnxOpsetUnsupported);
    assert.throws(() => checkOperators(model('Relu', {}, OPSETS.oldest - 1), resolve), OnnxOpsetUnsupported);
    assert.throws(() => opsetOf(model('Relu'), 'com.example'), OnnxOpsetUnsupported);
    assert.equal(opsetOf(model('Relu'), 'org.example'), 1);
  });
});

/** What the specification says of one version of an operator (test/vectors/onnx/generate.py). */
interface Schema {
  readonly since: number;
  readonly attributes: Readonly<Record<string, readonly [kind: string, standard: unknown]>>;
  readonly inputs: readonly [number, number | null];
  readonly outputs: readonly [number, number | null];
}
const schemas = JSON.parse(
  readFileSync(new URL('../../../vectors/onnx/operators.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly Schema[]>>;

describe('the op table against the specification', () => {
  const versions = Array.from({ length: OPSETS.newest - OPSETS.oldest + 1 }, (_, index) => OPSETS.oldest + index);

  for (const op of new Set(OPS.filter(({ domain }) => domain === '').map((row) => row.op))) {
    it(`behavior: ${op} claims nothing that its versions do not have`, () => {
      const known = schemas[op];
      assert.ok(known !== undefined, `${op} is no operator of ai.onnx`);
      for (const opset of versions) {
        const row = supportedOperators(op, '', opset);
        if (row === undefined) continue;
        const then: Schema | undefined = resolveSince(known, row.since);
        const now: Schema | undefined = resolveSince(known, opset);
        assert.ok(then !== undefined && now !== undefined, `${op} did not exist in version ${row.since}`);
        for (const [name, kind] of Object.entries(row.attributes)) {
          assert.equal(now.attributes[name]?.[0], kind, `${op} ${opset}: attribute ${name}`);
          assert.deepEqual(now.attributes[name]?.[1], then.attributes[name]?.[1], `${op} ${opset}: default of ${name}`);
        }
        assert.ok(row.inputs[1] <= (now.inputs[1] ?? Infinity), `${op} ${opset}: inputs`);
        assert.ok(row.outputs[1] <= (now.outputs[1] ?? Infinity), `${op} ${opset}: outputs`);
        assert.ok(row.inputs[0] >= now.inputs[0], `${op} ${opset}: needs ${now.inputs[0]} inputs`);
      }
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assign } from '../../../../../node/core/exact/compiler/assign.ts';
import type { FloatNetwork } from '../../../../../node/core/exact/compiler/network.ts';
import { floatNetworkOf } from '../../../../../node/core/exact/compiler/network.ts';
import { calibrationRows, observe } from '../../../../../node/core/exact/compiler/observe.ts';
import type { Quantization } from '../../../../../node/core/exact/compiler/range.ts';
import { FLOAT_GRAPHS, model, normals, project, scalar } from '../../../../helpers/floatGraphs.ts';

function assigned(network: FloatNetwork, denseBits: 7 | 8 = 7): Map<string, Quantization> {
  const seen = observe(network, calibrationRows(network, normals(50, ...network.input.dims)));
  const meanings = assign(network, seen, { ranges: 'minMax', denseBits });
  return new Map(network.nodes.map(({ op }, id) => [`${id} ${op.kind}`, meanings[id]!]));
}
const graph = (name: string): FloatNetwork => floatNetworkOf(FLOAT_GRAPHS[name]![0]);

describe('assign', () => {
  it('gives 7 bits to what dense layers read, 8 bits to the rest', () => {
    const meanings = assigned(graph('GELU by erf, written out'));
    assert.deepEqual(
      [...meanings].map(([name, { levels }]) => `${name} ${levels}`),
      ['0 input 127', '1 dense 255', '2 pointwise 127', '3 dense 255'],
    );
    for (const { levels } of assigned(graph('GELU by erf, written out'), 8).values()) assert.equal(levels, 255);
  });

  it('gives values that are joined, pooled or moved one quantisation, of the fewest levels', () => {
    const network = graph('Concat of channels, flattened');
    const meanings = assigned(network);
    const [, , second, , joined] = [...meanings.values()];
    const lut = meanings.get('3 pointwise')!;
    assert.equal(network.nodes[4]!.op.kind, 'concat');
    assert.deepEqual(lut, joined);
    assert.equal(joined!.levels, 127);
    assert.notDeepEqual(second, joined);
    assert.deepEqual(meanings.get('1 conv'), joined);
  });

  it('gives probabilities a scale that needs no range', () => {
    for (const [name, meaning] of assigned(graph('attention')))
      if (name.endsWith('softmax')) assert.deepEqual(meaning, { scale: 1 / 255, zeroPoint: 0, levels: 255 });
  });

  it('error: CalibrationRefused when values or what a layer can reach are not finite', () => {
    const wild = (size: number): FloatNetwork =>
      floatNetworkOf(
        model(['N', 6], (g, x, c) => {
          let value = x;
          for (let i = 0; i < 12; i++) value = g.node('Mul', [project(g, value, c, 6, 6), c(scalar(size))]);
          return g.node('Exp', [value]);
        }),
      );
    assert.throws(() => assigned(wild(1e38)), { code: 'CALIBRATION_REFUSED' });
    assert.throws(() => assigned(wild(1e3)), { code: 'CALIBRATION_REFUSED' });
  });
});

import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import { fromHex } from '../../../../node/core/codec/hex.ts';
import { encodeProgramHeader, type Program, programDigests, programRoot } from '../../../../node/core/exact/program.ts';
import { encodeStep, type Step } from '../../../../node/core/exact/step.ts';
import { listDigest, treeOfDigests } from '../../../../node/core/merkle/list.ts';
import { isMember, pathOf } from '../../../../node/core/merkle/proof.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { rootOf } from '../../../../node/core/merkle/tree.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const program = randomProgram(new Seeded(61), { steps: 3, rangeClass: 'U7S8' });

describe('encodeProgramHeader', () => {
  it('has the layout that its comment gives', () => {
    const bytes = Buffer.from(encodeProgramHeader(program));
    const { dims, lo, hi, zeroPoint, scale, offset } = program.input;
    const units = tensor('float64', [scale.length, 2], Float64Array.from(scale.flatMap((one, k) => [one, offset[k]!])));
    assert.equal(bytes.length, 79);
    assert.deepEqual([...bytes.subarray(0, 3)], [2, 2, dims.length]);
    assert.deepEqual(
      [3, 7, 11].map((at) => bytes.readUInt32BE(at)),
      [0, 1, 2].map((axis) => dims[axis] ?? 0),
    );
    assert.deepEqual(
      [15, 19, 23].map((at) => bytes.readInt32BE(at)),
      [lo, hi, zeroPoint],
    );
    assert.equal(`0x${bytes.toString('hex', 27, 59)}`, tensorCommitment(units, { layout: 'channelPairs' }));
    assert.equal(bytes.readDoubleBE(59), program.output.scale);
    assert.deepEqual([bytes.readInt32BE(67), bytes.readUInt32BE(71), bytes.readUInt32BE(75)], [0, 1024, 3]);
  });
});

describe('programRoot', () => {
  it('is the list digest of the tagged header and steps, each provable as a member', () => {
    const sha = (tag: number, bytes: Uint8Array): string =>
      `0x${createHash('sha256').update(Uint8Array.of(tag)).update(bytes).digest('hex')}`;
    const digests = programDigests(program);
    assert.deepEqual(digests, [
      sha(5, encodeProgramHeader(program)),
      ...program.steps.map((one) => sha(4, encodeStep(one))),
    ]);
    const tree = treeOfDigests(digests);
    assert.equal(programRoot(program), listDigest(tree));
    for (const [index, digest] of digests.entries()) {
      assert.ok(isMember({ root: rootOf(tree), count: 4, index, leaf: fromHex(digest), path: pathOf(tree, index) }));
    }
  });

  it('is the same with the host SHA-256', () => {
    assert.equal(
      programRoot(program, (bytes) => hash('sha256', bytes, 'buffer')),
      programRoot(program),
    );
  });

  it('changes with every fact that means something, and with no other', () => {
    const second = program.steps[1]!;
    const [weight, pairs] = second.constants as [Tensor<'int8'>, Tensor<'int64'>];
    const withStep = (change: Partial<Step>): Program => ({
      ...program,
      steps: program.steps.with(1, { ...second, ...change }),
    });
    const withAttribute = (at: number): Program =>
      withStep({ attributes: second.attributes.with(at, second.attributes[at]! + 1n) });
    const weights = weight.data.with(0, weight.data[0]! ^ 1);
    const numbers = pairs.data.with(1, pairs.data[1]! ^ 1n);
    const changed: Program[] = [
      withStep({ op: 'LUT' }),
      withStep({ rangeClass: 'S8S8' }),
      withStep({ sourceDtype: 'int8' }),
      withStep({ outDtype: 'int32' }),
      withStep({ sources: [0] }),
      withStep({ sources: [1, 0] }),
      withStep({ outDims: [1] }),
      withStep({ outDims: [...second.outDims, 1] }),
      ...second.attributes.map((_, at) => withAttribute(at)),
      withStep({ constants: [{ ...weight, data: weights }, pairs] }),
      withStep({ constants: [{ ...weight, dims: weight.dims.toReversed() }, pairs] }),
      withStep({ constants: [weight, { ...pairs, data: numbers }] }),
      withStep({ constants: [weight, undefined] }),
      { ...program, steps: program.steps.slice(0, 2) },
      { ...program, steps: program.steps.with(1, program.steps[2]!) },
      ...[
        { dtype: 'int8' as const },
        { dims: [1] },
        { lo: 1 },
        { hi: 1 },
        { zeroPoint: 1 },
        { scale: [1] },
        { offset: [1] },
      ].map((change) => ({
        ...program,
        input: { ...program.input, ...change },
      })),
      { ...program, output: { ...program.output, scale: 3 } },
      { ...program, output: { ...program.output, zeroPoint: 1 } },
    ];
    const roots = new Set([program, ...changed].map((one) => programRoot(one)));
    assert.equal(roots.size, changed.length + 1);
    const named: Program = {
      ...program,
      input: { ...program.input, name: 'other' },
      output: { ...program.output, name: 'z', activation: 'softmax', labels: ['a'] },
    };
    assert.equal(programRoot(named), programRoot(program));
  });
});

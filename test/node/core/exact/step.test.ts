import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExactModelMalformed } from '../../../../node/core/exact/errors.ts';
import {
  commitConstant,
  decodePlainRecord,
  encodePlainRecord,
  encodeStep,
  PLAIN_RECORD_BYTES,
  RECORD_BYTES,
  REQUANT,
} from '../../../../node/core/exact/step.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const program = randomProgram(new Seeded(61), { steps: 3, rangeClass: 'U7S8' });
const step = program.steps[1]!;

describe('encodeStep', () => {
  it('has the layout of docs/program.md', () => {
    const bytes = Buffer.from(encodeStep(step));
    const [weight, pairs] = step.constants;
    assert.equal(bytes.length, RECORD_BYTES);
    assert.deepEqual([...bytes.subarray(0, 5)], [1, 2, 2, 2, step.outDims.length]);
    assert.deepEqual(
      [5, 9, 13, 17, 21].map((at) => bytes.readUInt32BE(at)),
      [step.outDims[0], 0, 0, 1, 0xffff_ffff],
    );
    assert.deepEqual(
      step.attributes.map((_, at) => bytes.readBigInt64BE(25 + 8 * at)),
      step.attributes,
    );
    assert.equal(bytes.readBigInt64BE(25 + 8 * REQUANT.offset), step.attributes[11]);
    assert.equal(`0x${bytes.toString('hex', 153, 185)}`, tensorCommitment(weight!, { layout: 'outputMajor' }));
    assert.equal(
      `0x${bytes.toString('hex', 185)}`,
      tensorCommitment(pairs!, { layout: 'channelPairs', leafBytes: 256 }),
    );
    assert.equal(commitConstant(step, 1)?.digest, `0x${bytes.toString('hex', 185)}`);
  });

  it('writes 32 zero bytes for a constant that is absent, and both sources', () => {
    const bytes = Buffer.from(encodeStep({ ...step, sources: [7, 9], constants: [undefined, undefined] }));
    assert.deepEqual([bytes.readUInt32BE(17), bytes.readUInt32BE(21)], [7, 9]);
    assert.ok(bytes.subarray(153).every((byte) => byte === 0));
  });
});

describe('decodePlainRecord', () => {
  it('reads back what encodePlainRecord writes', () => {
    for (const one of [...program.steps, { ...step, sources: [3, 4] }, { ...step, outDims: [2, 3, 4] }]) {
      assert.deepEqual(decodePlainRecord(encodePlainRecord(one), 'x'), { ...one, constants: [undefined, undefined] });
    }
  });

  it('error: ExactModelMalformed for every field that is out of its range', () => {
    const record = encodePlainRecord(step);
    const wrong: [number, number][] = [
      [0, 0],
      [0, 13],
      [1, 4],
      [2, 1],
      [3, 7],
      [4, 0],
      [4, 4],
      [12, 1],
      [16, 1],
    ];
    for (const [at, value] of wrong)
      assert.throws(() => decodePlainRecord(record.with(at, value), 'x'), ExactModelMalformed, `${at} ${value}`);
    assert.throws(() => decodePlainRecord(record.subarray(1), 'x'), ExactModelMalformed);
    assert.throws(() => decodePlainRecord(new Uint8Array(PLAIN_RECORD_BYTES + 1), 'x'), ExactModelMalformed);
  });
});

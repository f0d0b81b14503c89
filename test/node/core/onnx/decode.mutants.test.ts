import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { concat, join, type RawField, raw, split, varint } from '../../../helpers/protobuf.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const folder = new URL('../../../vectors/onnx/accepted/', import.meta.url);
const files = readdirSync(folder).map((name) => new Uint8Array(readFileSync(new URL(name, folder))));
const MUTANTS = 3000;
const SEED = 20_261_121;
/** Values that bend lengths, tags and counts most. */
const EVIL = [0, 1, 2, 7, 8, 0x0a, 0x7f, 0x80, 0xfe, 0xff];

type Mutation = (bytes: Uint8Array, random: Seeded) => Uint8Array;
const place = (bytes: Uint8Array, random: Seeded): number => random.int(0, bytes.length - 1);
const span = (bytes: Uint8Array, random: Seeded): Uint8Array => {
  const start = place(bytes, random);
  return bytes.subarray(start, random.int(start, Math.min(start + 64, bytes.length)));
};
const at = (bytes: Uint8Array, index: number, inserted: Uint8Array, removed: number): Uint8Array =>
  concat(bytes.subarray(0, index), inserted, bytes.subarray(Math.min(index + removed, bytes.length)));

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => at(bytes, place(bytes, random), raw(random.pick(EVIL)), 1),
  (bytes, random) => {
    const index = place(bytes, random);
    return at(bytes, index, raw(bytes[index]! ^ (1 << random.int(0, 7))), 1);
  },
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => at(bytes, place(bytes, random), random.bytes(random.int(1, 8)), 0),
  (bytes, random) => at(bytes, place(bytes, random), raw(), random.int(1, 16)),
  (bytes, random) => at(bytes, place(bytes, random), span(bytes, random), 0),
  (bytes, random) => at(bytes, place(bytes, random), span(random.pick(files), random), random.int(0, 32)),
  (bytes, random) => at(bytes, place(bytes, random), raw(0xff, 0xff, 0xff, 0xff, random.pick(EVIL)), 0),
];

/** Changes the list of fields of one message. */
const FIELD_MUTATIONS: readonly ((fields: RawField[], index: number, random: Seeded) => RawField[])[] = [
  (fields, index) => fields.toSpliced(index, 1),
  (fields, index) => fields.toSpliced(index, 0, fields[index]!),
  (fields, index, random) => fields.toSpliced(index, 1).toSpliced(random.int(0, fields.length - 1), 0, fields[index]!),
  (fields, index, random) => fields.with(index, { ...fields[index]!, field: random.int(1, 26) }),
  (fields, index, random) => fields.with(index, { ...fields[index]!, payload: random.pick(fields).payload }),
  (fields, index, random) => {
    const { wire, payload } = fields[index]!;
    const value = random.pick([0, 1, -1, 2, 255, 2 ** 31, 2 ** 32, 2n ** 63n]);
    return fields.with(index, { ...fields[index]!, payload: wire === 0 ? varint(value) : payload.subarray(0, -1) });
  },
];

/** Changes one field somewhere in the tree of messages and leaves the bytes well-formed protobuf. */
function mutateTree(bytes: Uint8Array, random: Seeded): Uint8Array {
  const fields = split(bytes);
  if (fields === undefined || fields.length === 0) return bytes;
  const index = random.int(0, fields.length - 1);
  const { wire, payload } = fields[index]!;
  const descend = wire === 2 && (split(payload)?.length ?? 0) > 0 && random.unit() < 0.8;
  if (descend) return join(fields.with(index, { ...fields[index]!, payload: mutateTree(payload, random) }));
  return join(random.pick(FIELD_MUTATIONS)(fields, index, random));
}

/** Every other mutant is well-formed protobuf, so that what follows the wire format is tested as well. */
function mutant(index: number, random: Seeded): Uint8Array {
  let bytes: Uint8Array = random.pick(files);
  for (let count = random.int(1, 3); count > 0 && bytes.length > 0; count--) {
    bytes = index % 2 === 0 ? mutateTree(bytes, random) : random.pick(MUTATIONS)(bytes, random);
  }
  return bytes;
}

describe('decodeModel on mutants', () => {
  it(`behavior: ${MUTANTS} mutants (seed ${SEED}) decode or are refused, and fast`, (t) => {
    const random = new Seeded(SEED);
    const codes = new Map<string, number>();
    let slowest = 0;
    for (let index = 0; index < MUTANTS; index++) {
      const bytes = mutant(index, random);
      const start = performance.now();
      let outcome = 'accepted';
      try {
        const again = encodeModel(decodeModel(bytes));
        assert.deepEqual(encodeModel(decodeModel(again)), again, `mutant ${index} does not survive a round trip`);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        outcome = error.code;
      }
      slowest = Math.max(slowest, performance.now() - start);
      codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    }
    t.diagnostic(
      `${JSON.stringify(Object.fromEntries([...codes].sort((a, b) => b[1] - a[1])))}, slowest ${slowest} ms`,
    );
    assert.ok((codes.get('accepted') ?? 0) > 100, 'the mutants are too wild to test what follows the wire format');
    assert.ok(codes.size >= 10, 'the mutants are too tame');
    assert.ok(slowest < 1000, `${slowest} ms`);
  });
});

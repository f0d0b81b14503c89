import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AbiCoder } from 'ethers';
import {
  encodeElementEvidence,
  encodeHeaderEvidence,
  encodeInputEvidence,
} from '../../../node/chain/encodeEvidence.ts';
import { toHex } from '../../../node/core/codec/hex.ts';
import type { Member, Operand } from '../../../node/core/dispute/evidence.ts';
import { Seeded } from '../../helpers/seeded.ts';

const MEMBER = 'tuple(bytes data, bytes32[] path)';
const OPERAND = `tuple(${MEMBER} tensor, tuple(bytes leaves, bytes32[] siblings)[] openings)`;

const random = new Seeded(61);
const hashes = (count: number): Uint8Array[] => Array.from({ length: count }, () => random.bytes(32));
const member = (length: number): Member => ({ data: random.bytes(length), path: hashes(random.int(0, 4)) });
const operand = (): Operand => ({
  tensor: member(59),
  openings: Array.from({ length: random.int(0, 3) }, () => ({ leaves: random.bytes(1024), siblings: hashes(2) })),
});
const plainMember = ({ data, path }: Member) => [toHex(data), path.map(toHex)];
const plainOperand = ({ tensor, openings }: Operand) => [
  plainMember(tensor),
  openings.map(({ leaves, siblings }) => [toHex(leaves), siblings.map(toHex)]),
];

describe('evidence in ABI form', () => {
  it('is what another encoder makes of the structs of IReferee', () => {
    const coder = AbiCoder.defaultAbiCoder();
    for (let i = 0; i < 20; i++) {
      const [record, output, operands] = [member(217), operand(), [operand(), operand()]];
      assert.equal(
        encodeElementEvidence({ record, output, operands }),
        coder.encode(
          [`tuple(${MEMBER}, ${OPERAND}, ${OPERAND}[])`],
          [[plainMember(record), plainOperand(output), operands.map(plainOperand)]],
        ),
      );
      const [input, sources] = [random.bytes(59), [member(217)]];
      assert.equal(
        encodeHeaderEvidence({ record, output: output.tensor, input, sources }),
        coder.encode(
          [`tuple(${MEMBER}, ${MEMBER}, bytes, ${MEMBER}[])`],
          [[plainMember(record), plainMember(output.tensor), toHex(input), sources.map(plainMember)]],
        ),
      );
      assert.equal(
        encodeInputEvidence({ program: record, input: output }),
        coder.encode([`tuple(${MEMBER}, ${OPERAND})`], [[plainMember(record), plainOperand(output)]]),
      );
    }
  });
});

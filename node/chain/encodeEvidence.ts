import { encodeAbiParameters, parseAbiParameters } from 'viem';
import { type Hex, toHex } from '../core/codec/hex.ts';
import type { ElementEvidence, HeaderEvidence, InputEvidence, Member, Operand } from '../core/dispute/evidence.ts';

/** The structs of contracts/interfaces/IReferee.sol. */
const STRUCTS = [
  'struct Member { bytes data; bytes32[] path; }',
  'struct Opening { bytes leaves; bytes32[] siblings; }',
  'struct Operand { Member tensor; Opening[] openings; }',
  'struct ElementEvidence { Member record; Operand output; Operand[] operands; }',
  'struct HeaderEvidence { Member record; Member output; bytes input; Member[] sources; }',
  'struct InputEvidence { Member program; Operand input; }',
] as const;
const ELEMENT = parseAbiParameters(['ElementEvidence evidence', ...STRUCTS]);
const HEADER = parseAbiParameters(['HeaderEvidence evidence', ...STRUCTS]);
const INPUT = parseAbiParameters(['InputEvidence evidence', ...STRUCTS]);

/** Evidence for `judge`, `judgeChunk` and `judgePartials`. */
export const encodeElementEvidence = ({ record, output, operands }: ElementEvidence): Hex =>
  encodeAbiParameters(ELEMENT, [{ record: member(record), output: operand(output), operands: operands.map(operand) }]);

/** Evidence for `judgeHeader`. */
export const encodeHeaderEvidence = ({ record, output, input, sources }: HeaderEvidence): Hex =>
  encodeAbiParameters(HEADER, [
    { record: member(record), output: member(output), input: toHex(input), sources: sources.map(member) },
  ]);

/** Evidence for `judgeInput`. */
export const encodeInputEvidence = ({ program, input }: InputEvidence): Hex =>
  encodeAbiParameters(INPUT, [{ program: member(program), input: operand(input) }]);

const member = ({ data, path }: Member) => ({ data: toHex(data), path: path.map(toHex) });
const operand = ({ tensor, openings }: Operand) => ({
  tensor: member(tensor),
  openings: openings.map(({ leaves, siblings }) => ({ leaves: toHex(leaves), siblings: siblings.map(toHex) })),
});

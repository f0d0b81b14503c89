// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../interfaces/IReferee.sol";
import {OpeningProof} from "./OpeningProof.sol";
import {Operands} from "./Operands.sol";
import {Reads} from "./Reads.sol";
import {StepRecord} from "./StepRecord.sol";
import {TensorHeader} from "./TensorHeader.sol";
import {Dot} from "./ops/Dot.sol";
import {RowOps} from "./ops/RowOps.sol";
import {Scalar} from "./ops/Scalar.sol";
import {Window} from "./ops/Window.sol";

/// @title Judge of one step.
/// @dev No storage, no owner, no calls but to the SHA-256 precompile. Loops are bounded by evidence whose hashes were checked
/// before, or by caps of possible records. Arithmetic may revert only where evidence is not what any honest party sends.
contract Referee is IReferee {
    using StepRecord for StepRecord.Step;

    /// @dev The element under judgement, and what evidence has established so far.
    struct Case {
        StepRecord.Step step;
        uint256 element;
        /// @dev As the worker committed it.
        int256 claimed;
        /// @dev {Reads-WHOLE} or a chunk.
        uint256 chunk;
        /// @dev For each operand where its ranges begin in calldata.
        uint256[][4] at;
    }

    /// @inheritdoc IReferee
    function judge(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        bytes calldata evidence
    ) external view returns (Verdict verdict) {
        ElementEvidence calldata shown = _elementEvidence(evidence);
        Case memory c;
        (c.element, c.chunk) = (element, Reads.WHOLE);
        verdict = _checkRecord(facts, step, shown.record, c.step);
        if (verdict != Verdict.Correct) return verdict;
        (bool isThere, Reads.Range[4] memory ranges) = Reads.rangesOf(c.step, element, Reads.WHOLE);
        if (!isThere) return Verdict.Void;
        verdict = _checkOutput(facts, step, shown.output, c);
        if (verdict != Verdict.Correct) return verdict;
        verdict = _openOperands(facts, shown.operands, ranges, c);
        if (verdict != Verdict.Correct) return verdict;
        (bool isPossible, int256 value) = _compute(c);
        if (!isPossible) return Verdict.Void;
        return value == c.claimed ? Verdict.Correct : Verdict.Wrong;
    }

    /// @inheritdoc IReferee
    function judgeChunk(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        int64[] calldata partials,
        uint256 chunk,
        bytes calldata evidence
    ) external view returns (Verdict verdict) {
        ElementEvidence calldata shown = _elementEvidence(evidence);
        Case memory c;
        (c.element, c.chunk) = (element, chunk);
        verdict = _checkRecord(facts, step, shown.record, c.step);
        if (verdict != Verdict.Correct) return verdict;
        verdict = _checkPartials(c.step, partials);
        if (verdict != Verdict.Correct) return verdict;
        if (chunk >= partials.length - 1) return Verdict.Unproven;
        (bool isThere, Reads.Range[4] memory ranges) = Reads.rangesOf(c.step, element, chunk);
        if (!isThere) return Verdict.Void;
        (verdict, ) = _checkHeader(facts, step, shown.output.tensor, c.step);
        if (verdict != Verdict.Correct) return verdict;
        verdict = _openOperands(facts, shown.operands, ranges, c);
        if (verdict != Verdict.Correct) return verdict;
        int256 claimed = int256(partials[chunk + 1]) - int256(partials[chunk]);
        return _accumulate(c) == claimed ? Verdict.Correct : Verdict.Wrong;
    }

    /// @inheritdoc IReferee
    function judgePartials(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        int64[] calldata partials,
        bytes calldata evidence
    ) external view returns (Verdict verdict) {
        ElementEvidence calldata shown = _elementEvidence(evidence);
        Case memory c;
        (c.element, c.chunk) = (element, Reads.WHOLE);
        verdict = _checkRecord(facts, step, shown.record, c.step);
        if (verdict != Verdict.Correct) return verdict;
        verdict = _checkPartials(c.step, partials);
        if (verdict != Verdict.Correct) return verdict;
        (bool isThere, Reads.Range[4] memory ranges) = Reads.rangesOf(c.step, element, Reads.WHOLE);
        if (!isThere) return Verdict.Void;
        verdict = _checkOutput(facts, step, shown.output, c);
        if (verdict != Verdict.Correct) return verdict;
        (ranges[0].rows, ranges[1].rows, ranges[2].rows) = (0, 0, 0);
        verdict = _openOperands(facts, shown.operands, ranges, c);
        if (verdict != Verdict.Correct) return verdict;
        return _requantise(c, partials[partials.length - 1]) == c.claimed ? Verdict.Correct : Verdict.Wrong;
    }

    /// @inheritdoc IReferee
    function judgeHeader(
        Facts calldata facts,
        uint32 step,
        bytes calldata evidence
    ) external view returns (Verdict verdict) {
        HeaderEvidence calldata shown;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            shown := add(evidence.offset, calldataload(evidence.offset))
        }
        StepRecord.Step memory s;
        verdict = _checkRecord(facts, step, shown.record, s);
        if (verdict != Verdict.Correct) return verdict;
        verdict = _checkSources(facts, s, shown.sources);
        if (verdict != Verdict.Correct) return verdict;
        TensorHeader.Header memory output;
        (verdict, output) = _checkHeader(facts, step, shown.output, s);
        if (verdict != Verdict.Correct || shown.input.length == 0) return verdict;
        if (OpeningProof.tagged(0x03, shown.input) != facts.inputRoot) return Verdict.Unproven;
        (bool canonical, TensorHeader.Header memory input) = TensorHeader.decode(shown.input);
        return canonical && input.dims[0] == output.dims[0] ? Verdict.Correct : Verdict.Wrong;
    }

    /// @inheritdoc IReferee
    function judgeInput(
        Facts calldata facts,
        uint64 element,
        bytes calldata evidence
    ) external view returns (Verdict verdict) {
        InputEvidence calldata shown;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            shown := add(evidence.offset, calldataload(evidence.offset))
        }
        bytes calldata program = shown.program.data;
        if (!_isProgramMember(facts, 0, 79, 0x05, shown.program)) return Verdict.Unproven;
        TensorHeader.Header memory h;
        (verdict, h) = Operands.checkValue(facts, 0, shown.input.tensor);
        if (verdict != Verdict.Correct) return verdict;
        if (h.dtype != uint8(program[1]) || h.rank != uint256(uint8(program[2])) + 1) return Verdict.Wrong;
        for (uint256 i = 1; i < h.rank; ++i) {
            if (h.dims[i] != uint32(bytes4(program[4 * i - 1:4 * i + 3]))) return Verdict.Wrong;
        }
        if (shown.input.openings.length == 0) return Verdict.Correct;
        uint256[] memory at;
        (verdict, at) = Operands.open(h, Reads.Range(element, 1, 1, 0), shown.input.openings, Verdict.Wrong);
        if (verdict != Verdict.Correct) return verdict;
        int256 value = Scalar.valueAt(at[0], h.dtype);
        bool isWithin = value >= int32(uint32(bytes4(program[15:19]))) && value <= int32(uint32(bytes4(program[19:23])));
        return isWithin ? Verdict.Correct : Verdict.Wrong;
    }

    /// @inheritdoc IReferee
    function chunksOf(bytes calldata record) external pure returns (uint256) {
        if (record.length != StepRecord.BYTES) return 0;
        StepRecord.Step memory s = StepRecord.decode(record);
        return s.isPossible(type(uint32).max) ? Reads.chunksOf(s) : 0;
    }

    /// @dev The record is member `step` of the program, and possible there. Fills `s`.
    function _checkRecord(
        Facts calldata facts,
        uint256 step,
        Member calldata record,
        StepRecord.Step memory s
    ) private view returns (Verdict) {
        if (step == 0 || step > facts.count) return Verdict.Unproven;
        if (!_isProgramMember(facts, step, StepRecord.BYTES, 0x04, record)) return Verdict.Unproven;
        StepRecord.decodeInto(record.data, s);
        return s.isPossible(step) ? Verdict.Correct : Verdict.Void;
    }

    function _isProgramMember(
        Facts calldata facts,
        uint256 index,
        uint256 length,
        uint8 tag,
        Member calldata member
    ) private view returns (bool) {
        if (member.data.length != length) return false;
        uint256 count = uint256(facts.count) + 1;
        bytes32 leaf = OpeningProof.tagged(tag, member.data);
        (bool fits, bytes32 root) = OpeningProof.rootOfMember(leaf, index, count, member.path);
        return fits && OpeningProof.listDigest(count, root) == facts.programRoot;
    }

    /// @dev T_step, with the type and the sample that the record demands; rows are {judgeHeader}'s business.
    function _checkHeader(
        Facts calldata facts,
        uint256 step,
        Member calldata output,
        StepRecord.Step memory s
    ) private view returns (Verdict verdict, TensorHeader.Header memory h) {
        (verdict, h) = Operands.checkValue(facts, step, output);
        if (verdict == Verdict.Correct && !Operands.isOutputSample(s, h)) verdict = Verdict.Wrong;
    }

    /// @dev Sets `c.claimed`.
    function _checkOutput(
        Facts calldata facts,
        uint256 step,
        Operand calldata output,
        Case memory c
    ) private view returns (Verdict verdict) {
        TensorHeader.Header memory h;
        (verdict, h) = _checkHeader(facts, step, output.tensor, c.step);
        if (verdict != Verdict.Correct) return verdict;
        uint256[] memory at;
        (verdict, at) = Operands.open(h, Reads.Range(c.element, 1, 1, 0), output.openings, Verdict.Wrong);
        if (verdict == Verdict.Correct) c.claimed = Scalar.valueAt(at[0], h.dtype);
    }

    /// @dev Every operand that is read, in order, and no other. Sets `c.at`.
    function _openOperands(
        Facts calldata facts,
        Operand[] calldata operands,
        Reads.Range[4] memory ranges,
        Case memory c
    ) private view returns (Verdict verdict) {
        uint256 used = 0;
        for (uint256 which = 0; which < 4; ++which) {
            if (ranges[which].rows == 0) continue;
            if (used == operands.length) return Verdict.Unproven;
            (verdict, c.at[which]) = _openOperand(facts, which, operands[used++], ranges[which], c.step);
            if (verdict != Verdict.Correct) return verdict;
        }
        return used == operands.length ? Verdict.Correct : Verdict.Unproven;
    }

    function _openOperand(
        Facts calldata facts,
        uint256 which,
        Operand calldata operand,
        Reads.Range memory range,
        StepRecord.Step memory s
    ) private view returns (Verdict verdict, uint256[] memory at) {
        TensorHeader.Header memory h;
        if (which > 1) {
            (verdict, h) = Operands.checkConstant(s, which - 2, operand.tensor);
            if (verdict != Verdict.Correct) return (verdict, at);
            return Operands.open(h, range, operand.openings, Verdict.Void);
        }
        (verdict, h) = Operands.checkValue(facts, s.sources[which], operand.tensor);
        // A source of another type: {judgeHeader} tells whether the program or the worker is to blame.
        if (verdict == Verdict.Correct && h.dtype != s.sourceType) verdict = Verdict.Unproven;
        if (verdict != Verdict.Correct) return (verdict, at);
        return Operands.open(h, range, operand.openings, Verdict.Wrong);
    }

    /// @dev What the sources' own records say fits what the step reads. None shown: nothing said.
    function _checkSources(
        Facts calldata facts,
        StepRecord.Step memory s,
        Member[] calldata sources
    ) private view returns (Verdict) {
        if (sources.length == 0) return Verdict.Correct;
        uint256 count = s.sources[1] == StepRecord.NO_SOURCE ? 1 : 2;
        if (sources.length != count) return Verdict.Unproven;
        for (uint256 which = 0; which < count; ++which) {
            uint256 j = s.sources[which];
            bool isInput = j == 0;
            if (!_isProgramMember(facts, j, isInput ? 79 : StepRecord.BYTES, isInput ? 0x05 : 0x04, sources[which])) {
                return Verdict.Unproven;
            }
            (uint256 dtype, uint256 size) = isInput ? _inputSample(sources[which].data) : _stepSample(sources[which].data);
            if (dtype != s.sourceType || size != s.sourceSize(which)) return Verdict.Void;
        }
        return Verdict.Correct;
    }

    /// @dev Type and elements of a sample of the input.
    function _inputSample(bytes calldata program) private pure returns (uint256 dtype, uint256 size) {
        dtype = uint8(program[1]);
        size = 1;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 dim = uint32(bytes4(program[4 * i + 3:4 * i + 7]));
            if (i < uint8(program[2])) size *= dim;
        }
    }

    function _stepSample(bytes calldata record) private pure returns (uint256 dtype, uint256 size) {
        StepRecord.Step memory source = StepRecord.decode(record);
        return (source.outType, source.size);
    }

    /// @dev As many as the record demands, the first 0; Unproven when the step has none.
    function _checkPartials(StepRecord.Step memory s, int64[] calldata partials) private pure returns (Verdict) {
        uint256 chunks = Reads.chunksOf(s);
        if (chunks == 0) return Verdict.Unproven;
        return partials.length == chunks + 1 && partials[0] == 0 ? Verdict.Correct : Verdict.Wrong;
    }

    /// @dev The element; false when a constant is impossible.
    function _compute(Case memory c) private pure returns (bool, int256) {
        StepRecord.Step memory s = c.step;
        uint256 op = s.op;
        if (s.products() != 0) return (true, _requantise(c, _accumulate(c)));
        uint256 which = c.at[0].length == 0 ? 1 : 0;
        uint256 x = c.at[which][0];
        if (op == StepRecord.GATHER || op == StepRecord.CONCAT) return (true, Scalar.valueAt(x, s.sourceType));
        if (op == StepRecord.LUT) {
            uint256 entry = uint256(Scalar.byteAt(x, false)) * StepRecord.widthOf(s.outType);
            return (true, Scalar.valueAt(c.at[2][0] + entry, s.outType));
        }
        if (op == StepRecord.QADD) {
            uint256 y = c.at[c.at[1].length == 0 ? 2 : 1][0];
            int256 sum = Scalar.valueAt(x, s.sourceType) * s.a[8] + Scalar.valueAt(y, s.sourceType) * s.a[9] + s.a[15];
            return (true, Scalar.requantise(s.a, sum));
        }
        if (op == StepRecord.MAXPOOL) return (true, Window.largest(s, Window.placeOf(s, c.element), c.at[0]));
        if (op == StepRecord.SOFTMAX) return RowOps.softmax(s, c.element, x, c.at[2][0]);
        if (op == StepRecord.LAYERNORM) return (true, RowOps.layernorm(s, c.element, x, c.at[3][0]));
        return (true, RowOps.argmax(s, x));
    }

    /// @dev The sum of the opened products.
    function _accumulate(Case memory c) private pure returns (int256) {
        StepRecord.Step memory s = c.step;
        if (s.isWindow()) {
            // A kernel row outside the image.
            if (c.at[0].length == 0) return 0;
            Window.Place memory p = Window.placeOf(s, c.element);
            if (s.op == StepRecord.AVGPOOL) return Window.total(s, p, c.at[0]);
            return Window.convolve(s, p, c.at[0], c.at[2][0], c.chunk != Reads.WHOLE);
        }
        uint256 k = uint256(s.op == StepRecord.QLINEAR ? s.a[0] : s.a[3]);
        (, k) = Reads.partOf(k, c.chunk);
        if (s.op == StepRecord.QLINEAR) return Dot.product(c.at[0][0], c.at[2][0], k, Dot.zerosOf(s, s.a[1], s.a[2]));
        return Dot.product(c.at[0][0], c.at[1][0], k, Dot.zerosOf(s, s.a[8], s.a[9]));
    }

    /// @dev The element for a sum.
    function _requantise(Case memory c, int256 acc) private pure returns (int256) {
        StepRecord.Step memory s = c.step;
        (int256 multiplier, int256 addend) = (s.a[14], s.a[15]);
        if (s.op == StepRecord.QLINEAR || s.op == StepRecord.QCONV2D) {
            (multiplier, addend) = (Scalar.pairAt(c.at[3][0]), Scalar.pairAt(c.at[3][0] + 8));
        }
        return Scalar.requantise(s.a, acc * multiplier + addend);
    }

    /// @dev The struct inside `abi.encode(struct)`, left where it is; the compiler checks offsets and lengths when it is read.
    function _elementEvidence(bytes calldata evidence) private pure returns (ElementEvidence calldata shown) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            shown := add(evidence.offset, calldataload(evidence.offset))
        }
    }
}

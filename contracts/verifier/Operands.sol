// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../interfaces/IReferee.sol";
import {OpeningProof} from "./OpeningProof.sol";
import {Reads} from "./Reads.sol";
import {StepRecord} from "./StepRecord.sol";
import {TensorHeader} from "./TensorHeader.sol";

/// @title Operands in evidence: whose tensor it is, and where its elements lie in calldata.
library Operands {
    using TensorHeader for TensorHeader.Header;

    /// @notice T of the operand in its place in the trace, or the input's.
    /// @param j 0 the input, otherwise step j.
    /// @return Unproven when it is not that tensor, Wrong when it is no value of a program, else Correct.
    function checkValue(
        IReferee.Facts calldata facts,
        uint256 j,
        IReferee.Member calldata tensor
    ) internal view returns (IReferee.Verdict, TensorHeader.Header memory h) {
        bytes32 digest = OpeningProof.tagged(0x03, tensor.data);
        if (j == 0) {
            if (digest != facts.inputRoot) return (IReferee.Verdict.Unproven, h);
        } else {
            (bool fits, bytes32 root) = OpeningProof.rootOfMember(digest, j - 1, facts.count, tensor.path);
            if (!fits || root != facts.traceRoot) return (IReferee.Verdict.Unproven, h);
        }
        bool canonical;
        (canonical, h) = TensorHeader.decode(tensor.data);
        return (canonical && h.isValue() ? IReferee.Verdict.Correct : IReferee.Verdict.Wrong, h);
    }

    /// @notice T of constant `which` of a step.
    /// @return Unproven when it is not that tensor, Void when its header is none that the step can have, else Correct.
    function checkConstant(
        StepRecord.Step memory s,
        uint256 which,
        IReferee.Member calldata tensor
    ) internal view returns (IReferee.Verdict, TensorHeader.Header memory h) {
        if (OpeningProof.tagged(0x03, tensor.data) != s.constants[which]) return (IReferee.Verdict.Unproven, h);
        bool canonical;
        (canonical, h) = TensorHeader.decode(tensor.data);
        bool fits = canonical && (which == 0 ? _isFirst(s, h) : _isPairs(s, h));
        return (fits ? IReferee.Verdict.Correct : IReferee.Verdict.Void, h);
    }

    /// @notice Verifies the openings of the ranges. An empty one stands for the leaves of the one before it.
    /// @param corrupt The verdict when the padding of the tensor is not zero: Wrong for values, Void for constants.
    /// @return Correct, Unproven or `corrupt`.
    /// @return at Where each range begins in calldata.
    function open(
        TensorHeader.Header memory h,
        Reads.Range memory r,
        IReferee.Opening[] calldata openings,
        IReferee.Verdict corrupt
    ) internal view returns (IReferee.Verdict, uint256[] memory at) {
        if (openings.length != r.rows) return (IReferee.Verdict.Unproven, at);
        at = new uint256[](r.rows);
        // Of the last opening that is not empty: its leaves, and where the first of them lies in calldata.
        OpeningProof.Span memory shown = OpeningProof.Span(1, 0, h.leaves);
        uint256 shownAt = 0;
        for (uint256 i = 0; i < r.rows; ++i) {
            uint256 first = r.first + i * r.pitch;
            if (first + r.count > h.elements) return (IReferee.Verdict.Unproven, at);
            OpeningProof.Span memory span = _spanOf(h, first, r.count);
            if (openings[i].leaves.length == 0 && openings[i].siblings.length == 0) {
                if (span.first < shown.first || span.last > shown.last) return (IReferee.Verdict.Unproven, at);
            } else {
                shown = span;
                IReferee.Verdict verdict;
                (verdict, shownAt) = _openOne(h, span, openings[i], corrupt);
                if (verdict != IReferee.Verdict.Correct) return (verdict, at);
            }
            at[i] = shownAt + first * h.width - shown.first * h.leafBytes;
        }
        return (IReferee.Verdict.Correct, at);
    }

    function _spanOf(
        TensorHeader.Header memory h,
        uint256 first,
        uint256 count
    ) private pure returns (OpeningProof.Span memory) {
        uint256 last = ((first + count) * h.width - 1) / h.leafBytes;
        return OpeningProof.Span((first * h.width) / h.leafBytes, last, h.leaves);
    }

    /// @return Correct, Unproven or `corrupt`.
    /// @return at Where the leaves begin in calldata.
    function _openOne(
        TensorHeader.Header memory h,
        OpeningProof.Span memory span,
        IReferee.Opening calldata opening,
        IReferee.Verdict corrupt
    ) private view returns (IReferee.Verdict, uint256 at) {
        bytes calldata leaves = opening.leaves;
        (bool fits, bytes32 root) = OpeningProof.rootOf(span, h.leafBytes, leaves, opening.siblings);
        if (!fits || root != h.root) return (IReferee.Verdict.Unproven, 0);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            at := leaves.offset
        }
        uint256 data = h.elements * h.width - span.first * h.leafBytes;
        if (span.last + 1 == h.leaves && !_isZero(at + data, at + leaves.length)) return (corrupt, 0);
        return (IReferee.Verdict.Correct, at);
    }

    function _isZero(uint256 from, uint256 to) private pure returns (bool zero) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let seen := 0
            for {

            } lt(from, to) {
                from := add(from, 32)
            } {
                let word := calldataload(from)
                // What lies behind the leaf does not count.
                let left := sub(to, from)
                if lt(left, 32) {
                    word := shr(sub(256, shl(3, left)), word)
                }
                seen := or(seen, word)
            }
            zero := iszero(seen)
        }
    }

    /// @dev Constant 0: weights, a table, or one sample.
    function _isFirst(StepRecord.Step memory s, TensorHeader.Header memory h) private pure returns (bool) {
        if (h.leafBytes != 1024) return false;
        bool multiplies = s.op == StepRecord.QLINEAR || s.op == StepRecord.QCONV2D;
        if (h.layout != (multiplies ? TensorHeader.OUTPUT_MAJOR : TensorHeader.ROW_MAJOR)) return false;
        if (multiplies) {
            if (h.dtype != (s.rangeClass == 1 ? TensorHeader.UINT8 : TensorHeader.INT8)) return false;
            if (s.op == StepRecord.QLINEAR) return _hasDims(h, [StepRecord.channels(s), uint256(s.a[0]), 0, 0]);
            return _hasDims(h, [s.dims[2], uint256(s.a[3]), uint256(s.a[4]), uint256(s.a[2] / s.a[9])]);
        }
        if (s.op == StepRecord.QADD) return h.dtype == s.sourceType && h.rank == s.rank && _isSample(s, h, 0);
        return h.dtype == (s.op == StepRecord.LUT ? s.outType : TensorHeader.INT32) && _hasDims(h, [uint256(256), 0, 0, 0]);
    }

    /// @dev Constant 1: int64 pairs, one for each output channel or element of a row.
    function _isPairs(StepRecord.Step memory s, TensorHeader.Header memory h) private pure returns (bool) {
        if (h.dtype != TensorHeader.INT64 || h.layout != TensorHeader.CHANNEL_PAIRS || h.leafBytes != 256) return false;
        uint256 count = s.op == StepRecord.LAYERNORM ? uint256(s.a[0]) : StepRecord.channels(s);
        return _hasDims(h, [count, 2, 0, 0]);
    }

    /// @notice Whether the dims from `axis` on are those of an output sample; the caller has checked the rank.
    function isOutputSample(StepRecord.Step memory s, TensorHeader.Header memory h) internal pure returns (bool) {
        return h.dtype == s.outType && h.rank == s.rank + 1 && _isSample(s, h, 1);
    }

    function _isSample(
        StepRecord.Step memory s,
        TensorHeader.Header memory h,
        uint256 axis
    ) private pure returns (bool) {
        for (uint256 i = 0; i < s.rank; ++i) if (h.dims[axis + i] != s.dims[i]) return false;
        return true;
    }

    /// @dev A dimension beyond the rank is 0, so the rank is compared too.
    function _hasDims(TensorHeader.Header memory h, uint256[4] memory dims) private pure returns (bool) {
        for (uint256 i = 0; i < 4; ++i) if (h.dims[i] != dims[i]) return false;
        return true;
    }
}

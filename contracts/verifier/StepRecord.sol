// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {TensorHeader} from "./TensorHeader.sol";

/// @title The 217 bytes of a step and what every record must satisfy (docs/program.md).
/// @notice Twin of node/core/exact/step.ts and of what `prove` in node/core/exact/steps says about the record alone: every record
/// of a proven program is possible here.
library StepRecord {
    /// @notice A record. Dims beyond the rank are 1.
    struct Step {
        uint256 op;
        uint256 rangeClass;
        uint256 sourceType;
        uint256 outType;
        uint256 rank;
        uint256[3] dims;
        /// @dev `NO_SOURCE` when there is none.
        uint256[2] sources;
        int256[16] a;
        /// @dev T of the constants, zero when there is none.
        bytes32[2] constants;
        /// @dev Elements of an output sample.
        uint256 size;
    }

    uint256 internal constant QLINEAR = 1;
    uint256 internal constant QCONV2D = 2;
    uint256 internal constant MAXPOOL = 3;
    uint256 internal constant AVGPOOL = 4;
    uint256 internal constant QADD = 5;
    uint256 internal constant LUT = 6;
    uint256 internal constant GATHER = 7;
    uint256 internal constant CONCAT = 8;
    uint256 internal constant QMATMUL = 9;
    uint256 internal constant SOFTMAX = 10;
    uint256 internal constant LAYERNORM = 11;
    uint256 internal constant ARGMAX = 12;

    uint256 internal constant NO_SOURCE = 0xffffffff;
    uint256 internal constant BYTES = 217;

    /// @dev Longest dot product, longest row in one piece, most elements of a sample.
    int256 private constant _MAX_K = 32_768;
    int256 private constant _MAX_ROW = 4096;
    int256 private constant _MAX_SAMPLE = 16_777_216;
    /// @dev 16 bits for each op from the top, bit i: attribute i is in use. Op 0 has none.
    uint256 private constant _USED = 0x00003c07_ffff01ff_ffffbf00_0000001f_0003ff3f_00033c0f_00010000_00000000;

    /// @notice The fields of 217 bytes, whatever they say.
    function decode(bytes calldata record) internal pure returns (Step memory s) {
        decodeInto(record, s);
    }

    /// @notice {decode} into a struct that is there.
    function decodeInto(bytes calldata record, Step memory s) internal pure {
        uint256 at;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            at := record.offset
        }
        uint256 head = _word(at);
        s.op = head >> 248;
        s.rangeClass = (head >> 240) & 0xff;
        s.sourceType = (head >> 232) & 0xff;
        s.outType = (head >> 224) & 0xff;
        s.rank = (head >> 216) & 0xff;
        s.size = 1;
        for (uint256 axis = 0; axis < 3; ++axis) {
            uint256 dim = (head >> (184 - 32 * axis)) & 0xffffffff;
            s.dims[axis] = axis < s.rank ? dim : dim + 1;
            s.size *= s.dims[axis];
        }
        s.sources[0] = (head >> 88) & 0xffffffff;
        s.sources[1] = (head >> 56) & 0xffffffff;
        for (uint256 i = 0; i < 16; ++i) s.a[i] = int64(uint64(_word(at + 25 + 8 * i) >> 192));
        s.constants[0] = bytes32(_word(at + 153));
        s.constants[1] = bytes32(_word(at + 185));
    }

    /// @notice Whether a program may have this record as its step `step`.
    function isPossible(Step memory s, uint256 step) internal pure returns (bool) {
        if (s.op == 0 || s.op > ARGMAX || s.rank == 0 || s.rank > 3) return false;
        for (uint256 axis = 0; axis < 3; ++axis) {
            if (s.dims[axis] == 0 || (axis >= s.rank && s.dims[axis] != 1)) return false;
        }
        if (s.size > uint256(_MAX_SAMPLE)) return false;
        uint256 used = (_USED >> (240 - 16 * s.op)) & 0xffff;
        for (uint256 i = 0; i < 16; ++i) {
            if (s.a[i] != 0 && (used >> i) & 1 == 0) return false;
        }
        if (s.sources[0] >= step || (s.sources[1] >= step && s.sources[1] != NO_SOURCE)) return false;
        // Exactly the steps that clip use a13.
        if ((used >> 13) & 1 == 1 && !_clips(s)) return false;
        return _fits(s) && _isMade(s);
    }

    /// @notice Elements of a sample of source `which` that a possible step reads.
    function sourceSize(Step memory s, uint256 which) internal pure returns (uint256) {
        if (s.op == QLINEAR) return (s.size / channels(s)) * uint256(s.a[0]);
        if (s.op == QCONV2D || s.op == MAXPOOL || s.op == AVGPOOL) return uint256(s.a[0] * s.a[1] * s.a[2]);
        if (s.op == GATHER) return uint256(s.a[4]);
        if (s.op == CONCAT) {
            uint256 axis = uint256(s.a[0]);
            uint256 first = (s.size / s.dims[axis]) * uint256(s.a[1]);
            return which == 0 ? first : s.size - first;
        }
        if (s.op == QMATMUL) return uint256(s.a[0] * s.a[which == 0 ? 1 : 2] * s.a[3]);
        if (s.op == ARGMAX) return s.size * uint256(s.a[0]);
        return s.size;
    }

    /// @notice The last output dimension.
    function channels(Step memory s) internal pure returns (uint256) {
        return s.dims[s.rank - 1];
    }

    /// @notice Whether the step slides a kernel over an image.
    function isWindow(Step memory s) internal pure returns (bool) {
        return s.op == QCONV2D || s.op == MAXPOOL || s.op == AVGPOOL;
    }

    /// @notice Whether bytes of the sources are signed.
    function isSigned(uint256 dtype) internal pure returns (bool) {
        return dtype == TensorHeader.INT8;
    }

    /// @notice Bytes of an element of a value.
    function widthOf(uint256 dtype) internal pure returns (uint256) {
        return dtype == TensorHeader.INT32 ? 4 : 1;
    }

    /// @notice Products of one element, padded ones included; zero where nothing is summed up.
    function products(Step memory s) internal pure returns (uint256) {
        if (s.op == QLINEAR) return uint256(s.a[0]);
        if (s.op == QCONV2D) return uint256(s.a[3] * s.a[4] * (s.a[2] / s.a[9]));
        if (s.op == AVGPOOL) return uint256(s.a[3] * s.a[4]);
        return s.op == QMATMUL ? uint256(s.a[3]) : 0;
    }

    /// @dev Shift and clip.
    function _clips(Step memory s) private pure returns (bool) {
        (int256 lo, int256 hi) = (0, 255);
        if (s.outType == TensorHeader.INT8) (lo, hi) = (-128, 127);
        else if (s.outType == TensorHeader.INT32) (lo, hi) = (type(int32).min, type(int32).max);
        else if (s.outType != TensorHeader.UINT8) return false;
        return s.a[10] >= 1 && s.a[10] <= 61 && s.a[12] >= lo && s.a[12] <= s.a[13] && s.a[13] <= hi;
    }

    /// @dev Element types, range class, sources and constants that each op takes.
    function _fits(Step memory s) private pure returns (bool) {
        uint256 op = s.op;
        bool multiplies = op == QLINEAR || op == QCONV2D || op == QMATMUL;
        if (multiplies) {
            if (s.rangeClass == 0 || s.rangeClass > 3) return false;
            if (s.sourceType != (s.rangeClass == 3 ? TensorHeader.INT8 : TensorHeader.UINT8)) return false;
        } else if (s.rangeClass != 0) return false;
        if (s.sourceType != TensorHeader.UINT8 && s.sourceType != TensorHeader.INT8) {
            bool takesWords = op == QADD || op == GATHER || op == CONCAT || op == ARGMAX;
            if (s.sourceType != TensorHeader.INT32 || !takesWords) return false;
        }
        bool copies = op == MAXPOOL || op == GATHER || op == CONCAT;
        if (copies && s.outType != s.sourceType) return false;
        if (op == SOFTMAX && s.outType != TensorHeader.UINT8) return false;
        if (op == ARGMAX && s.outType != TensorHeader.INT32) return false;
        if (s.outType != TensorHeader.UINT8 && s.outType != TensorHeader.INT8 && s.outType != TensorHeader.INT32) return false;
        bool isPair = s.sources[1] != NO_SOURCE;
        if (op == QMATMUL || op == CONCAT ? !isPair : isPair && op != QADD) return false;
        bool hasFirst = op == QLINEAR || op == QCONV2D || op == LUT || op == SOFTMAX || (op == QADD && !isPair);
        bool hasSecond = op == QLINEAR || op == QCONV2D || op == LAYERNORM;
        return hasFirst == (s.constants[0] != 0) && hasSecond == (s.constants[1] != 0);
    }

    /// @dev Geometry. After this, attributes that count something are small and positive.
    function _isMade(Step memory s) private pure returns (bool) {
        int256[16] memory a = s.a;
        uint256 op = s.op;
        if (isWindow(s)) return _isWindowMade(s);
        if (op == QLINEAR) return _within(a[0], 1, _MAX_K);
        if (op == GATHER) return _within(a[4], 1, _MAX_SAMPLE);
        if (op == CONCAT) {
            if (!_within(a[0], 0, int256(s.rank) - 1)) return false;
            return _within(a[1], 1, int256(s.dims[uint256(a[0])]) - 1);
        }
        if (op == QMATMUL) {
            if (s.rangeClass != 1 || !_within(a[4], 0, 1) || !_within(a[5], 0, 1)) return false;
            for (uint256 i = 0; i < 3; ++i) if (!_within(a[i], 1, _MAX_SAMPLE)) return false;
            return _within(a[3], 1, _MAX_K) && a[0] * a[1] * a[2] == int256(s.size);
        }
        if (op == ARGMAX) return _within(a[0], 1, _MAX_ROW);
        if (op != SOFTMAX && op != LAYERNORM) return true;
        if (!_within(a[0], 1, _MAX_ROW) || s.size % uint256(a[0]) != 0) return false;
        return op == SOFTMAX ? _within(a[1], 1, 255) : a[1] >= 1;
    }

    function _isWindowMade(Step memory s) private pure returns (bool) {
        int256[16] memory a = s.a;
        for (uint256 i = 0; i < 9; ++i) if (!_within(a[i], i < 7 ? int256(1) : int256(0), _MAX_SAMPLE)) return false;
        if (s.rank != 3) return false;
        if (s.op == MAXPOOL) return int256(s.dims[2]) == a[2] && a[3] * a[4] <= 4096;
        if (s.op == AVGPOOL) return int256(s.dims[2]) == a[2] && a[3] * a[4] <= _MAX_K;
        if (!_within(a[9], 1, a[2]) || a[2] % a[9] != 0 || int256(s.dims[2]) % a[9] != 0) return false;
        return a[3] * a[4] * (a[2] / a[9]) <= _MAX_K;
    }

    function _within(int256 value, int256 lo, int256 hi) private pure returns (bool) {
        return value >= lo && value <= hi;
    }

    function _word(uint256 at) private pure returns (uint256 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := calldataload(at)
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {StepRecord} from "./StepRecord.sol";
import {Window} from "./ops/Window.sol";

/// @title Which elements of its operands one output element is computed from ("What the referee reads" in docs/program.md).
library Reads {
    using StepRecord for StepRecord.Step;

    /// @notice `rows` ranges of `count` elements of one operand, `pitch` elements apart. `rows` is zero where nothing is read.
    struct Range {
        uint256 first;
        uint256 count;
        uint256 rows;
        uint256 pitch;
    }

    /// @notice In the place of a chunk: all of them.
    uint256 internal constant WHOLE = type(uint256).max;
    /// @notice Products that are summed up in one piece.
    uint256 internal constant MAX_DOT = 4096;
    /// @notice Products of a chunk of QLINEAR and QMATMUL.
    uint256 internal constant CHUNK = 2048;

    /// @notice Number of chunks of a sum; zero when it is not split.
    function chunksOf(StepRecord.Step memory s) internal pure returns (uint256) {
        uint256 products = s.products();
        if (products <= MAX_DOT) return 0;
        return s.isWindow() ? uint256(s.a[3]) : (products + CHUNK - 1) / CHUNK;
    }

    /// @notice Ranges of source 0, source 1, constant 0 and constant 1; the pair is not part of a chunk.
    /// @param s A possible record.
    /// @param chunk {WHOLE}, or one of {chunksOf}.
    /// @return isThere False when the record puts the element where there is nothing.
    function rangesOf(
        StepRecord.Step memory s,
        uint256 element,
        uint256 chunk
    ) internal pure returns (bool isThere, Range[4] memory r) {
        isThere = true;
        if (s.op == StepRecord.QLINEAR) _linear(s, element, chunk, r);
        else if (s.isWindow()) isThere = _window(s, element, chunk, r);
        else if (s.op == StepRecord.QMATMUL) _matmul(s, element, chunk, r);
        else if (s.op == StepRecord.GATHER) isThere = _gather(s, element, r[0]);
        else if (s.op == StepRecord.CONCAT) _concat(s, element, r);
        else if (s.op == StepRecord.QADD || s.op == StepRecord.LUT) _pointwise(s, element, r);
        else _row(s, element, r);
    }

    function _set(
        Range memory range,
        uint256 first,
        uint256 count
    ) private pure {
        (range.first, range.count, range.rows) = (first, count, 1);
    }

    /// @notice First product of a chunk and how many there are.
    function partOf(uint256 k, uint256 chunk) internal pure returns (uint256 from, uint256 count) {
        if (chunk == WHOLE) return (0, k);
        from = chunk * CHUNK;
        count = k - from < CHUNK ? k - from : CHUNK;
    }

    function _linear(
        StepRecord.Step memory s,
        uint256 element,
        uint256 chunk,
        Range[4] memory r
    ) private pure {
        (uint256 k, uint256 n) = (uint256(s.a[0]), s.channels());
        (uint256 from, uint256 count) = partOf(k, chunk);
        _set(r[0], (element / n) * k + from, count);
        _set(r[2], (element % n) * k + from, count);
        if (chunk == WHOLE) _set(r[3], 2 * (element % n), 2);
    }

    function _matmul(
        StepRecord.Step memory s,
        uint256 element,
        uint256 chunk,
        Range[4] memory r
    ) private pure {
        (uint256 heads, uint256 m, uint256 n) = (uint256(s.a[0]), uint256(s.a[1]), uint256(s.a[2]));
        uint256 k = uint256(s.a[3]);
        uint256 head = (element / n / m) % heads;
        uint256 row = element / s.size;
        (uint256 from, uint256 count) = partOf(k, chunk);
        uint256 at = (element / n) % m;
        at = row * heads * m + (s.a[4] == 1 ? at * heads + head : head * m + at);
        _set(r[0], at * k + from, count);
        at = element % n;
        at = row * heads * n + (s.a[5] == 1 ? at * heads + head : head * n + at);
        _set(r[1], at * k + from, count);
    }

    function _window(
        StepRecord.Step memory s,
        uint256 element,
        uint256 chunk,
        Range[4] memory r
    ) private pure returns (bool) {
        Window.Place memory p = Window.placeOf(s, element);
        if (p.fromY >= p.toY || p.fromX >= p.toX) return false;
        bool isInside = chunk == WHOLE || (chunk >= p.fromY && chunk < p.toY);
        if (isInside) _image(s, p, chunk, r[0]);
        if (s.op != StepRecord.QCONV2D) return true;
        uint256 line = uint256(s.a[4]) * (uint256(s.a[2]) / uint256(s.a[9]));
        uint256 kernel = uint256(s.a[3]) * line;
        if (chunk == WHOLE) {
            _set(r[2], p.channel * kernel, kernel);
            _set(r[3], 2 * p.channel, 2);
        } else if (isInside) _set(r[2], p.channel * kernel + chunk * line, line);
        return true;
    }

    /// @dev Kernel rows inside the image, or the one that is the chunk.
    function _image(
        StepRecord.Step memory s,
        Window.Place memory p,
        uint256 chunk,
        Range memory range
    ) private pure {
        uint256 c = uint256(s.a[2]);
        (uint256 from, uint256 channels) = (p.channel, 1);
        if (s.op == StepRecord.QCONV2D) {
            channels = c / uint256(s.a[9]);
            from = (p.channel / (s.dims[2] / uint256(s.a[9]))) * channels;
        }
        uint256 y = p.row * uint256(s.a[0]) + p.firstY + (chunk == WHOLE ? 0 : chunk - p.fromY);
        range.first = (y * uint256(s.a[1]) + p.firstX) * c + from;
        range.count = (p.toX - p.fromX - 1) * c + channels;
        range.rows = chunk == WHOLE ? p.toY - p.fromY : 1;
        range.pitch = uint256(s.a[1]) * c;
    }

    function _gather(
        StepRecord.Step memory s,
        uint256 element,
        Range memory range
    ) private pure returns (bool) {
        uint256 rest = element % s.size;
        int256 index = s.a[0];
        for (uint256 axis = 3; axis > 0; --axis) {
            uint256 dim = s.dims[axis - 1];
            index += int256(rest % dim) * s.a[axis];
            rest /= dim;
        }
        if (index < 0 || index >= s.a[4]) return false;
        _set(range, (element / s.size) * uint256(s.a[4]) + uint256(index), 1);
        return true;
    }

    function _concat(
        StepRecord.Step memory s,
        uint256 element,
        Range[4] memory r
    ) private pure {
        uint256 inner = 1;
        for (uint256 axis = uint256(s.a[0]) + 1; axis < 3; ++axis) inner *= s.dims[axis];
        uint256 block_ = s.dims[uint256(s.a[0])] * inner;
        uint256 first = uint256(s.a[1]) * inner;
        uint256 within = element % block_;
        if (within < first) _set(r[0], (element / block_) * first + within, 1);
        else _set(r[1], (element / block_) * (block_ - first) + within - first, 1);
    }

    function _pointwise(
        StepRecord.Step memory s,
        uint256 element,
        Range[4] memory r
    ) private pure {
        _set(r[0], element, 1);
        if (s.op == StepRecord.LUT) _set(r[2], 0, 256);
        else if (s.sources[1] == StepRecord.NO_SOURCE) _set(r[2], element % s.size, 1);
        else _set(r[1], element, 1);
    }

    /// @dev SOFTMAX, LAYERNORM, ARGMAX.
    function _row(
        StepRecord.Step memory s,
        uint256 element,
        Range[4] memory r
    ) private pure {
        uint256 k = uint256(s.a[0]);
        if (s.op == StepRecord.ARGMAX) {
            _set(r[0], element * k, k);
            return;
        }
        _set(r[0], element - (element % k), k);
        if (s.op == StepRecord.SOFTMAX) _set(r[2], 0, 256);
        else _set(r[3], 2 * (element % k), 2);
    }
}

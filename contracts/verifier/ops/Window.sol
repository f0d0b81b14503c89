// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Scalar} from "./Scalar.sol";
import {Dot} from "./Dot.sol";
import {StepRecord} from "../StepRecord.sol";

/// @title Kernels that slide over images [H, W, C]: QCONV2D, MAXPOOL, AVGPOOL.
/// @notice Twin of node/core/exact/steps/window.ts.
library Window {
    /// @notice Where the kernel stands for one output element.
    struct Place {
        uint256 row;
        uint256 channel;
        /// @dev Kernel rows fromY..toY - 1 and columns fromX..toX - 1 are inside the image.
        uint256 fromY;
        uint256 toY;
        uint256 fromX;
        uint256 toX;
        /// @dev Image coordinates of the first cell inside.
        uint256 firstY;
        uint256 firstX;
    }

    /// @notice The place for element `element`; empty (from ≥ to) when the record puts it outside the image.
    function placeOf(StepRecord.Step memory s, uint256 element) internal pure returns (Place memory p) {
        uint256 rest = element;
        p.channel = rest % s.dims[2];
        rest /= s.dims[2];
        (p.fromX, p.toX, p.firstX) = _along(rest % s.dims[1], s.a[1], s.a[4], s.a[6], s.a[8]);
        rest /= s.dims[1];
        (p.fromY, p.toY, p.firstY) = _along(rest % s.dims[0], s.a[0], s.a[3], s.a[5], s.a[7]);
        p.row = rest / s.dims[0];
    }

    /// @notice Sum of (x - zx)(w - zw) over the valid cells of the opened kernel rows.
    /// @param x Where the opened kernel rows begin in calldata, at their first valid cell.
    /// @param w Where the weights of the kernel (or of its one opened row) begin.
    /// @param isChunk Whether one kernel row is opened.
    function convolve(
        StepRecord.Step memory s,
        Place memory p,
        uint256[] memory x,
        uint256 w,
        bool isChunk
    ) internal pure returns (int256 acc) {
        Dot.Zeros memory zeros = Dot.zerosOf(s, s.a[14], s.a[15]);
        uint256 c = uint256(s.a[2]);
        uint256 channels = c / uint256(s.a[9]);
        uint256 line = uint256(s.a[4]) * channels;
        uint256 columns = p.toX - p.fromX;
        w += p.fromX * channels + (isChunk ? 0 : p.fromY * line);
        for (uint256 i = 0; i < x.length; ++i) {
            uint256 at = x[i];
            // Without groups the valid cells of a kernel row lie side by side, in the image and in the kernel.
            if (channels == c) acc += Dot.product(at, w, columns * c, zeros);
            else if (channels < Dot.RUN) acc += Dot.scattered(at, w, columns, channels, c, zeros);
            else acc += _runs(at, w, columns, channels, c, zeros);
            w += line;
        }
    }

    /// @dev Products of `cells` runs of `run` bytes, which lie `pitch` bytes apart at `x` and side by side at `w`.
    function _runs(
        uint256 x,
        uint256 w,
        uint256 cells,
        uint256 run,
        uint256 pitch,
        Dot.Zeros memory zeros
    ) private pure returns (int256 acc) {
        // Offsets stay within evidence, sums within a few words: nothing can overflow.
        unchecked {
            for (; cells != 0; --cells) {
                acc += Dot.product(x, w, run, zeros);
                x += pitch;
                w += run;
            }
        }
    }

    /// @notice Sum of (x - zx) over the valid cells of the opened kernel rows.
    function total(
        StepRecord.Step memory s,
        Place memory p,
        uint256[] memory x
    ) internal pure returns (int256) {
        (uint256 columns, uint256 flip, uint256 sum) = (p.toX - p.fromX, Scalar.flipOf(s.sourceType), 0);
        for (uint256 i = 0; i < x.length; ++i) sum += _lineSum(x[i], columns, uint256(s.a[2]), flip);
        return int256(sum) - int256(x.length * columns) * (s.a[9] + int256(flip));
    }

    /// @notice Largest valid cell.
    function largest(
        StepRecord.Step memory s,
        Place memory p,
        uint256[] memory x
    ) internal pure returns (int256) {
        (uint256 columns, uint256 flip, uint256 most) = (p.toX - p.fromX, Scalar.flipOf(s.sourceType), 0);
        for (uint256 i = 0; i < x.length; ++i) {
            uint256 found = _lineMost(x[i], columns, uint256(s.a[2]), flip);
            if (found > most) most = found;
        }
        return int256(most) - int256(flip);
    }

    /// @dev Sum of `columns` flipped bytes, `pitch` apart.
    function _lineSum(
        uint256 at,
        uint256 columns,
        uint256 pitch,
        uint256 flip
    ) private pure returns (uint256 sum) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {
                let end := add(at, mul(columns, pitch))
            } lt(at, end) {
                at := add(at, pitch)
            } {
                sum := add(sum, xor(byte(0, calldataload(at)), flip))
            }
        }
    }

    /// @dev Largest of `columns` flipped bytes, `pitch` apart.
    function _lineMost(
        uint256 at,
        uint256 columns,
        uint256 pitch,
        uint256 flip
    ) private pure returns (uint256 most) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {
                let end := add(at, mul(columns, pitch))
            } lt(at, end) {
                at := add(at, pitch)
            } {
                let value := xor(byte(0, calldataload(at)), flip)
                if gt(value, most) {
                    most := value
                }
            }
        }
    }

    /// @dev One axis of {placeOf}: position `at` of a kernel of `kernel` cells in an image of `size`.
    function _along(
        uint256 at,
        int256 size,
        int256 kernel,
        int256 stride,
        int256 pad
    ) private pure returns (uint256 from, uint256 to, uint256 first) {
        int256 start = int256(at) * stride - pad;
        int256 end = size - start;
        if (end > kernel) end = kernel;
        from = start < 0 ? uint256(-start) : 0;
        to = end < 0 ? 0 : uint256(end);
        first = start < 0 ? 0 : uint256(start);
    }
}

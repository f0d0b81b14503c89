// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {StepRecord} from "../StepRecord.sol";

/// @title Dot products of bytes in calldata, 32 at a time.
/// @notice Eight products in one 256-bit multiplication: with every fourth byte of both words in 32-bit lanes, the lanes of one
/// word reversed, the top lane of the product is the sum of eight products (each lane below 8 * 255^2 < 2^32, no carry).
/// verification.md, appendix A.
library Dot {
    /// @notice What is subtracted from the bytes. Signed bytes are read as byte xor 0x80 = value + 128.
    struct Zeros {
        int256 x;
        int256 w;
        uint256 flipX;
        uint256 flipW;
    }

    /// @notice From this length on {product} is cheaper for a run than {scattered}.
    uint256 internal constant RUN = 8;

    uint256 private constant _SIGNS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @notice Zero points `x` and `w` for the operand types of the step's range class: 1 uint8 x uint8, 2 uint8 x int8,
    /// 3 int8 x int8.
    function zerosOf(
        StepRecord.Step memory s,
        int256 x,
        int256 w
    ) internal pure returns (Zeros memory zeros) {
        (zeros.x, zeros.w) = (x, w);
        if (s.rangeClass == 3) (zeros.x, zeros.flipX) = (x + 128, _SIGNS);
        if (s.rangeClass != 1) (zeros.w, zeros.flipW) = (w + 128, _SIGNS);
    }

    /// @notice Sum of (x_i - zx)(w_i - zw) over `k` ≤ 32,768 bytes at `x` and `w`.
    function product(
        uint256 x,
        uint256 w,
        uint256 k,
        Zeros memory zeros
    ) internal pure returns (int256) {
        (uint256 xw, uint256 sumX, uint256 sumW) = _sums(x, w, k, zeros.flipX, zeros.flipW);
        // INVARIANT: zero points are int64 (+ 128), sums below 2^32, so nothing comes near 2^255.
        unchecked {
            return int256(xw) - zeros.x * int256(sumW) - zeros.w * int256(sumX) + int256(k) * zeros.x * zeros.w;
        }
    }

    /// @notice The same for `cells` runs of `run` bytes, which lie `pitch` bytes apart at `x` and side by side at `w`; byte by
    /// byte, which is cheaper for short runs.
    function scattered(
        uint256 x,
        uint256 w,
        uint256 cells,
        uint256 run,
        uint256 pitch,
        Zeros memory zeros
    ) internal pure returns (int256 sum) {
        (int256 zx, int256 zw) = (zeros.x, zeros.w);
        uint256 flips = ((zeros.flipX & 0xff) << 8) | (zeros.flipW & 0xff);
        for (uint256 at = 0; at < run; ++at) sum += _every(x + at, w + at, cells, (pitch << 128) | run, flips, zx, zw);
    }

    /// @dev Sum of (x - zx)(w - zw) over `cells` bytes; steps of x in the upper half of `steps`, of w in the lower.
    function _every(
        uint256 x,
        uint256 w,
        uint256 cells,
        uint256 steps,
        uint256 flips,
        int256 zx,
        int256 zw
    ) private pure returns (int256 sum) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let run := and(steps, 0xffffffffffffffffffffffffffffffff)
            steps := shr(128, steps)
            for {
                let end := add(w, mul(cells, run))
            } lt(w, end) {
                w := add(w, run)
                x := add(x, steps)
            } {
                let a := sub(xor(byte(0, calldataload(x)), shr(8, flips)), zx)
                let b := sub(xor(byte(0, calldataload(w)), and(flips, 0xff)), zw)
                sum := add(sum, mul(a, b))
            }
        }
    }

    // solhint-disable-next-line function-max-lines
    function _sums(
        uint256 x,
        uint256 w,
        uint256 k,
        uint256 flipX,
        uint256 flipW
    ) private pure returns (uint256 xw, uint256 sumX, uint256 sumW) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {

            } k {

            } {
                let a := xor(calldataload(x), flipX)
                let b := xor(calldataload(w), flipW)
                switch lt(k, 32)
                case 0 {
                    k := sub(k, 32)
                }
                default {
                    // What lies behind the range does not count.
                    let rest := sub(256, shl(3, k))
                    a := shl(rest, shr(rest, a))
                    b := shl(rest, shr(rest, b))
                    k := 0
                }
                x := add(x, 32)
                w := add(w, 32)
                b := or(shl(128, b), shr(128, b))
                b := or(
                    shl(64, and(b, 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff)),
                    and(shr(64, b), 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff)
                )
                b := or(
                    shl(32, and(b, 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff)),
                    and(shr(32, b), 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff)
                )
                let u := and(a, 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                let v := and(b, 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                xw := add(xw, shr(224, mul(u, v)))
                sumX := add(sumX, u)
                sumW := add(sumW, v)
                u := and(shr(8, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                v := and(shr(8, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                xw := add(xw, shr(224, mul(u, v)))
                sumX := add(sumX, u)
                sumW := add(sumW, v)
                u := and(shr(16, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                v := and(shr(16, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                xw := add(xw, shr(224, mul(u, v)))
                sumX := add(sumX, u)
                sumW := add(sumW, v)
                u := and(shr(24, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                v := and(shr(24, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                xw := add(xw, shr(224, mul(u, v)))
                sumX := add(sumX, u)
                sumW := add(sumW, v)
            }
            // The top lane of a product with ones is the sum of all lanes.
            sumX := shr(224, mul(sumX, 0x0000000100000001000000010000000100000001000000010000000100000001))
            sumW := shr(224, mul(sumW, 0x0000000100000001000000010000000100000001000000010000000100000001))
        }
    }
}

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
        return int256(xw) - zeros.x * int256(sumW) - zeros.w * int256(sumX) + int256(k) * zeros.x * zeros.w;
    }

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
                {
                    let u := and(a, 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    let v := and(b, 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    xw := add(xw, shr(224, mul(u, v)))
                    sumX := add(sumX, u)
                    sumW := add(sumW, v)
                }
                {
                    let u := and(shr(8, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    let v := and(shr(8, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    xw := add(xw, shr(224, mul(u, v)))
                    sumX := add(sumX, u)
                    sumW := add(sumW, v)
                }
                {
                    let u := and(shr(16, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    let v := and(shr(16, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    xw := add(xw, shr(224, mul(u, v)))
                    sumX := add(sumX, u)
                    sumW := add(sumW, v)
                }
                {
                    let u := and(shr(24, a), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    let v := and(shr(24, b), 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff)
                    xw := add(xw, shr(224, mul(u, v)))
                    sumX := add(sumX, u)
                    sumW := add(sumW, v)
                }
            }
            // The top lane of a product with ones is the sum of all lanes.
            sumX := shr(224, mul(sumX, 0x0000000100000001000000010000000100000001000000010000000100000001))
            sumW := shr(224, mul(sumW, 0x0000000100000001000000010000000100000001000000010000000100000001))
        }
    }
}

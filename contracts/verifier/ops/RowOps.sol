// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Scalar} from "./Scalar.sol";
import {StepRecord} from "../StepRecord.sol";
import {TensorHeader} from "../TensorHeader.sol";

/// @title Steps over the last K elements: SOFTMAX, LAYERNORM, ARGMAX. K is at most 4096.
library RowOps {
    /// @notice floor((t_n * Q + floor(S / 2)) / S) over the row at `x`; `table` is where its 256 words begin.
    /// @return isPossible False when the table has an entry that no proven program has.
    function softmax(
        StepRecord.Step memory s,
        uint256 element,
        uint256 x,
        uint256 table
    ) internal pure returns (bool isPossible, int256 y) {
        (uint256 k, uint256 flip) = (uint256(s.a[0]), Scalar.flipOf(s.sourceType));
        uint256 most = _most(x, k, flip);
        (uint256 sum, uint256 signs) = _sumEntries(x, k, (most << 8) | flip, table);
        // The largest element has entry 0, which is at least 1.
        if (signs != 0 || sum == 0) return (false, 0);
        uint256 own = most - (uint256(Scalar.byteAt(x + (element % k), false)) ^ flip);
        return (true, (Scalar.wordAt(table + 4 * own) * s.a[1] + int256(sum / 2)) / int256(sum));
    }

    /// @notice Requantised floor(c_n * G_n / r) + A_n, r = floor(sqrt(sum c^2 + eps)), c = K * x - sum x.
    /// @dev Adding the bound H before the division and taking it off after is what makes truncation round down; here floor does.
    function layernorm(
        StepRecord.Step memory s,
        uint256 element,
        uint256 x,
        uint256 pair
    ) internal pure returns (int256) {
        (uint256 k, uint256 flip) = (uint256(s.a[0]), Scalar.flipOf(s.sourceType));
        // c does not change when 128 is added to every x.
        (uint256 sum, uint256 squares) = _moments(x, k, flip);
        // Σ (K x - Σx)^2 = K (K Σx^2 - (Σx)^2); eps ≥ 1, so the root is at least 1.
        int256 root = int256(Math.sqrt(k * (k * squares - sum * sum) + uint256(s.a[1])));
        int256 centred = int256(k * (uint256(Scalar.byteAt(x + (element % k), false)) ^ flip)) - int256(sum);
        return Scalar.requantise(s.a, _floor(centred * Scalar.pairAt(pair), root) + Scalar.pairAt(pair + 8));
    }

    /// @notice Index of the first largest element of the row at `x`.
    function argmax(StepRecord.Step memory s, uint256 x) internal pure returns (int256 best) {
        uint256 k = uint256(s.a[0]);
        if (s.sourceType != TensorHeader.INT32) {
            uint256 flip = Scalar.flipOf(s.sourceType);
            return int256(_indexOf(x, _most(x, k, flip) ^ flip));
        }
        int256 most = type(int256).min;
        unchecked {
            for (uint256 i = 0; i < k; ++i) {
                int256 value = Scalar.wordAt(x + 4 * i);
                if (value > most) (most, best) = (value, int256(i));
            }
        }
    }

    /// @dev Largest of `k` flipped bytes.
    function _most(
        uint256 x,
        uint256 k,
        uint256 flip
    ) private pure returns (uint256 most) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {
                let end := add(x, k)
            } lt(x, end) {
                x := add(x, 1)
            } {
                let value := xor(byte(0, calldataload(x)), flip)
                if gt(value, most) {
                    most := value
                }
            }
        }
    }

    /// @dev Index of the first byte that is `wanted`, which is there.
    function _indexOf(uint256 x, uint256 wanted) private pure returns (uint256 index) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {

            } xor(byte(0, calldataload(add(x, index))), wanted) {

            } {
                index := add(index, 1)
            }
        }
    }

    /// @dev Sum and sum of squares of `k` flipped bytes.
    function _moments(
        uint256 x,
        uint256 k,
        uint256 flip
    ) private pure returns (uint256 sum, uint256 squares) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            for {
                let end := add(x, k)
            } lt(x, end) {
                x := add(x, 1)
            } {
                let value := xor(byte(0, calldataload(x)), flip)
                sum := add(sum, value)
                squares := add(squares, mul(value, value))
            }
        }
    }

    /// @dev Sum of the little-endian table entries `most - x` of a row, where no x is above `most`; and their sign bits.
    /// @param flips The flip of the row's bytes in its place, `most` in the next byte.
    function _sumEntries(
        uint256 x,
        uint256 k,
        uint256 flips,
        uint256 table
    ) private pure returns (uint256 sum, uint256 signs) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let most := shr(8, flips)
            flips := and(flips, 0xff)
            for {
                let end := add(x, k)
            } lt(x, end) {
                x := add(x, 1)
            } {
                let value := xor(byte(0, calldataload(x)), flips)
                let entry := shr(224, calldataload(add(table, shl(2, sub(most, value)))))
                entry := or(shr(8, and(entry, 0xff00ff00)), shl(8, and(entry, 0x00ff00ff)))
                entry := or(shr(16, entry), shl(16, and(entry, 0xffff)))
                signs := or(signs, shr(31, entry))
                sum := add(sum, entry)
            }
        }
    }

    function _floor(int256 numerator, int256 divisor) private pure returns (int256 quotient) {
        quotient = numerator / divisor;
        if (numerator < 0 && quotient * divisor != numerator) --quotient;
    }
}

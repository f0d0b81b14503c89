// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {TensorHeader} from "../TensorHeader.sol";

/// @title Little-endian elements in calldata, and their requantisation.
library Scalar {
    /// @notice What turns a byte, by xor, into value + itself, unsigned and in the order of the values: 128 where bytes are
    /// signed, 0 where they are not.
    function flipOf(uint256 dtype) internal pure returns (uint256) {
        return dtype == TensorHeader.INT8 ? 128 : 0;
    }

    /// @notice One byte.
    function byteAt(uint256 at, bool isSigned) internal pure returns (int256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            value := byte(0, calldataload(at))
            if isSigned {
                value := signextend(0, value)
            }
        }
    }

    /// @notice Four bytes.
    function wordAt(uint256 at) internal pure returns (int256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let v := shr(224, calldataload(at))
            v := or(shr(8, and(v, 0xff00ff00)), shl(8, and(v, 0x00ff00ff)))
            value := signextend(3, or(shr(16, v), shl(16, and(v, 0xffff))))
        }
    }

    /// @notice Eight bytes.
    function pairAt(uint256 at) internal pure returns (int256 value) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let v := shr(192, calldataload(at))
            v := or(shr(8, and(v, 0xff00ff00ff00ff00)), shl(8, and(v, 0x00ff00ff00ff00ff)))
            v := or(shr(16, and(v, 0xffff0000ffff0000)), shl(16, and(v, 0x0000ffff0000ffff)))
            value := signextend(7, or(shr(32, v), shl(32, and(v, 0xffffffff))))
        }
    }

    /// @notice An element of one of the three types of values.
    function valueAt(uint256 at, uint256 dtype) internal pure returns (int256) {
        return dtype == TensorHeader.INT32 ? wordAt(at) : byteAt(at, dtype == TensorHeader.INT8);
    }

    /// @notice rq of docs/program.md, for every numerator. `a` holds a shift of 1..61, an offset and a clip.
    function requantise(int256[16] memory a, int256 numerator) internal pure returns (int256 y) {
        y = (numerator >> uint256(a[10])) - a[11];
        if (y < a[12]) return a[12];
        if (y > a[13]) return a[13];
    }
}

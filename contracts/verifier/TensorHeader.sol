// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title The 59 bytes that T commits to.
/// @notice dtype (1, ONNX code), layout (1), rank (1), dims (4 x uint32), leafBytes (uint32), leaves (uint32), root (32).
/// Twin of `decodeHeader` in node/core/merkle/tensorCommitment.ts.
library TensorHeader {
    /// @notice A canonical header.
    struct Header {
        uint256 dtype;
        uint256 layout;
        uint256 rank;
        uint256[4] dims;
        uint256 leafBytes;
        uint256 leaves;
        bytes32 root;
        /// @dev Product of the dims, below 2^128.
        uint256 elements;
        /// @dev Bytes of an element.
        uint256 width;
    }

    /// @notice Order of the elements under the tree.
    uint256 internal constant ROW_MAJOR = 0;
    uint256 internal constant OUTPUT_MAJOR = 1;
    uint256 internal constant CHANNEL_PAIRS = 2;

    /// @notice ONNX codes of element types.
    uint256 internal constant UINT8 = 2;
    uint256 internal constant INT8 = 3;
    uint256 internal constant INT32 = 6;
    uint256 internal constant INT64 = 7;

    uint256 private constant _BYTES = 59;
    /// @dev Byte i: bytes of an element of ONNX type i; zero for types that are not in use.
    bytes32 private constant _WIDTHS = 0x0004010102020408000100080408000000000000000000000000000000000000;

    /// @notice The fields, and whether they are the one canonical form.
    function decode(bytes calldata data) internal pure returns (bool canonical, Header memory h) {
        if (data.length != _BYTES) return (false, h);
        uint256 word;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := calldataload(data.offset)
        }
        h.dtype = word >> 248;
        h.layout = (word >> 240) & 0xff;
        h.rank = (word >> 232) & 0xff;
        h.leafBytes = (word >> 72) & 0xffffffff;
        h.leaves = (word >> 40) & 0xffffffff;
        h.root = bytes32(data[27:59]);
        if (h.dtype > 31 || h.layout > 2 || h.rank == 0 || h.rank > 4) return (false, h);
        h.width = uint8(_WIDTHS[h.dtype]);
        h.elements = 1;
        for (uint256 axis = 0; axis < 4; ++axis) {
            uint256 dim = (word >> (200 - 32 * axis)) & 0xffffffff;
            if ((dim == 0) != (axis >= h.rank)) return (false, h);
            h.dims[axis] = dim;
            if (dim != 0) h.elements *= dim;
        }
        if (h.width == 0 || (h.leafBytes != 1024 && h.leafBytes != 256)) return (false, h);
        canonical = h.leaves == (h.elements * h.width + h.leafBytes - 1) / h.leafBytes;
    }

    /// @notice Whether the header is that of a value of a program: row-major, leaves of 1024 bytes.
    function isValue(Header memory h) internal pure returns (bool) {
        return h.layout == ROW_MAJOR && h.leafBytes == 1024;
    }
}

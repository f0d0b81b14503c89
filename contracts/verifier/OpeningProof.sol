// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title SHA-256 trees of docs/program.md: openings of neighbouring leaves, memberships, tagged digests.
/// @notice `leaf = sha256(0x00 || data)`, `inner = sha256(0x01 || left || right)`, index order, padded on the right to
/// 2^depth with zero subtrees (32 zero bytes at height 0). Twin of node/core/merkle and node/core/dispute/opening.ts.
/// @dev Works above the free memory pointer: the message at +0, rows of digests from +0x500. Nothing is allocated. The
/// precompile can only fail for want of gas; then the call reverts, so that no verdict rests on it.
library OpeningProof {
    /// @notice Neighbouring leaves `first..last` of a tree of `count`; first ≤ last < count.
    struct Span {
        uint256 first;
        uint256 last;
        uint256 count;
    }

    uint256 private constant _ROW = 0x500;

    /// @notice Root of the tree in which the span has these leaves; false when lengths do not fit.
    function rootOf(
        Span memory span,
        uint256 leafBytes,
        bytes calldata leaves,
        bytes32[] calldata siblings
    ) internal view returns (bool fits, bytes32 root) {
        if (leaves.length != (span.last - span.first + 1) * leafBytes) return (false, 0);
        return _climb(span, _hashLeaves(leaves, leafBytes), siblings);
    }

    /// @notice Root of the tree of `count` members in which member `index` is `leaf`; false when the path has another
    /// length than the count demands, or there is no such member.
    function rootOfMember(
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata path
    ) internal view returns (bool fits, bytes32 root) {
        if (index >= count || path.length != depthOf(count)) return (false, 0);
        root = leaf;
        for (uint256 i = 0; i < path.length; ++i) {
            root = (index >> i) & 1 == 1 ? innerHash(path[i], root) : innerHash(root, path[i]);
        }
        fits = true;
    }

    /// @notice `sha256(tag || data)`: 0x03 tensor header, 0x04 step record, 0x05 program header.
    function tagged(uint8 tag, bytes calldata data) internal view returns (bytes32 digest) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, tag)
            calldatacopy(add(message, 1), data.offset, data.length)
            if iszero(staticcall(gas(), 2, message, add(data.length, 1), 0, 0x20)) {
                revert(0, 0)
            }
            digest := mload(0)
        }
    }

    /// @notice `sha256(0x02 || uint32(count) || root)`.
    function listDigest(uint256 count, bytes32 root) internal view returns (bytes32 digest) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore(message, or(shl(248, 2), shl(216, and(count, 0xffffffff))))
            mstore(add(message, 5), root)
            if iszero(staticcall(gas(), 2, message, 37, 0, 0x20)) {
                revert(0, 0)
            }
            digest := mload(0)
        }
    }

    /// @notice `sha256(0x01 || left || right)`.
    function innerHash(bytes32 left, bytes32 right) internal view returns (bytes32 digest) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, 1)
            mstore(add(message, 1), left)
            mstore(add(message, 33), right)
            if iszero(staticcall(gas(), 2, message, 65, 0, 0x20)) {
                revert(0, 0)
            }
            digest := mload(0)
        }
    }

    /// @notice ceil(log2(count)), count ≥ 1.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (uint256(1) << depth < count) ++depth;
    }

    /// @dev Digests of whole leaves, one after another at the returned place.
    function _hashLeaves(bytes calldata leaves, uint256 leafBytes) private view returns (uint256 row) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            row := add(message, _ROW)
            mstore8(message, 0)
            let at := row
            let from := leaves.offset
            let end := add(from, leaves.length)
            for {

            } lt(from, end) {
                from := add(from, leafBytes)
                at := add(at, 0x20)
            } {
                calldatacopy(add(message, 1), from, leafBytes)
                if iszero(staticcall(gas(), 2, message, add(leafBytes, 1), at, 0x20)) {
                    revert(0, 0)
                }
            }
        }
    }

    /// @dev Level by level; the row starts one word later on each level, so that there is room for a left sibling.
    function _climb(
        Span memory span,
        uint256 row,
        bytes32[] calldata siblings
    ) private view returns (bool, bytes32 root) {
        (uint256 first, uint256 last) = (span.first, span.last);
        (uint256 used, bytes32 zero, uint256 zeroLevel) = (0, 0, 0);
        for (uint256 level = 0; uint256(1) << level < span.count; ++level) {
            if (first & 1 == 1) {
                if (used == siblings.length) return (false, 0);
                row -= 0x20;
                _put(row, siblings[used++]);
                --first;
            }
            if (last & 1 == 0) {
                ++last;
                bytes32 right;
                if (last << level < span.count) {
                    if (used == siblings.length) return (false, 0);
                    right = siblings[used++];
                } else {
                    for (; zeroLevel < level; ++zeroLevel) zero = innerHash(zero, zero);
                    right = zero;
                }
                _put(row + (last - first) * 0x20, right);
            }
            row = _hashPairs(row, (last - first + 1) >> 1);
            first >>= 1;
            last >>= 1;
        }
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            root := mload(row)
        }
        return (used == siblings.length, root);
    }

    function _put(uint256 at, bytes32 digest) private pure {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(at, digest)
        }
    }

    /// @dev Parents of `pairs` pairs, written from the second word of the row on: each pair is read before it is overwritten.
    function _hashPairs(uint256 row, uint256 pairs) private view returns (uint256 parents) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, 1)
            parents := add(row, 0x20)
            let to := parents
            let end := add(row, mul(pairs, 0x40))
            for {

            } lt(row, end) {
                row := add(row, 0x40)
                to := add(to, 0x20)
            } {
                mstore(add(message, 1), mload(row))
                mstore(add(message, 33), mload(add(row, 0x20)))
                if iszero(staticcall(gas(), 2, message, 65, to, 0x20)) {
                    revert(0, 0)
                }
            }
        }
    }
}

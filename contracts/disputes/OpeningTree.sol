// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Parts of the SHA-256 trees of docs/program.md: openings of many levels at once, and paths.
/// @notice `leaf = sha256(0x00 || data)`, `inner = sha256(0x01 || left || right)`, index order, padded on the right to
/// 2^depth with zero subtrees: 32 zero bytes at height 0. Twin of node/core/merkle. The precompile fails only for lack of
/// gas; then everything reverts.
library OpeningTree {
    /// @notice ceil(log2(count)): the depth follows from the count, never from a prover. `count` is not zero.
    function depthOf(uint256 count) internal pure returns (uint256 depth) {
        while (uint256(1) << depth < count) ++depth;
    }

    /// @notice How many children of an opening are no padding: nodes of height `childLevel` below node `index` of height
    /// `level` in a tree of `count` leaves.
    function childCount(
        uint256 count,
        uint256 level,
        uint256 index,
        uint256 childLevel
    ) internal pure returns (uint256) {
        uint256 first = index << level;
        if (count <= first) return 0;
        uint256 whole = uint256(1) << (level - childLevel);
        uint256 present = (count - first + (uint256(1) << childLevel) - 1) >> childLevel;
        return present < whole ? present : whole;
    }

    /// @notice Digest of the node whose descendants `levels` below, of height `childLevel`, are `children`; missing ones
    /// are padding. At least one child, at most 2^levels.
    function nodeOf(
        bytes32[] calldata children,
        uint256 childLevel,
        uint256 levels
    ) internal view returns (bytes32 node) {
        uint256 count = children.length;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            // A row of nodes, with one byte in front of every pair that is hashed: the last one of a node that is not
            // needed any more. The 65 bytes before the row are for padding.
            let row := add(mload(0x40), 0x80)
            let padding := mload(0x40)
            mstore8(padding, 1)
            calldatacopy(row, children.offset, mul(count, 0x20))
            let ragged := lt(count, shl(levels, 1))
            let zero := 0
            if ragged {
                for {
                    let i := 0
                } lt(i, childLevel) {
                    i := add(i, 1)
                } {
                    mstore(add(padding, 1), zero)
                    mstore(add(padding, 33), zero)
                    if iszero(staticcall(gas(), 2, padding, 65, 0, 0x20)) {
                        revert(0, 0)
                    }
                    zero := mload(0)
                }
            }
            for {
                let level := 0
            } lt(level, levels) {
                level := add(level, 1)
            } {
                if and(count, 1) {
                    mstore(add(row, mul(count, 0x20)), zero)
                }
                count := shr(1, add(count, 1))
                let to := row
                let end := add(row, mul(count, 0x20))
                for {
                    let message := sub(row, 1)
                } lt(to, end) {
                    to := add(to, 0x20)
                    message := add(message, 0x40)
                } {
                    mstore8(message, 1)
                    if iszero(staticcall(gas(), 2, message, 65, to, 0x20)) {
                        revert(0, 0)
                    }
                }
                if ragged {
                    mstore(add(padding, 1), zero)
                    mstore(add(padding, 33), zero)
                    if iszero(staticcall(gas(), 2, padding, 65, 0, 0x20)) {
                        revert(0, 0)
                    }
                    zero := mload(0)
                }
            }
            node := mload(row)
        }
    }

    /// @notice Digest of the ancestor of `node` that the siblings lead to, from the bottom upward.
    function ancestorOf(bytes32 node, uint256 index, bytes32[] calldata siblings) internal view returns (bytes32) {
        uint256 count = siblings.length;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, 1)
            for {
                let i := 0
            } lt(i, count) {
                i := add(i, 1)
            } {
                let isRight := and(shr(i, index), 1)
                let sibling := calldataload(add(siblings.offset, mul(i, 0x20)))
                mstore(add(message, add(1, mul(isRight, 0x20))), node)
                mstore(add(message, sub(33, mul(isRight, 0x20))), sibling)
                if iszero(staticcall(gas(), 2, message, 65, 0, 0x20)) {
                    revert(0, 0)
                }
                node := mload(0)
            }
        }
        return node;
    }

    /// @notice `sha256(0x00 || data)`.
    function leafOf(bytes calldata data) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0x00), data));
    }

    /// @notice `sha256(0x02 || uint32(count) || root)`.
    function listOf(uint256 count, bytes32 root) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0x02), uint32(count), root));
    }

    /// @notice `T = sha256(0x03 || header)`.
    function tensorOf(bytes calldata header) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(0x03), header));
    }
}

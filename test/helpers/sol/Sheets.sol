// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Traces for games: a program of n steps, T_1..T_n, and one T_j with its leaves.
/// @notice Written apart from contracts/disputes/OpeningTree.sol, the plain way, as a second opinion on it.
library Sheets {
    struct Sheet {
        uint32 count;
        uint32 step;
        bytes32 programTreeRoot;
        bytes32 programRoot;
        bytes32 outputRoot;
        bytes32 traceRoot;
        bytes header;
        bytes32[][] trace;
        bytes32[][] tensor;
    }

    /// @dev n steps; T_step has `leaves` leaves, the others are digests of nothing known.
    function sheetOf(uint256 count, uint256 step, uint256 leaves, bytes32 seed) internal pure returns (Sheet memory s) {
        s.count = uint32(count);
        s.step = uint32(step);
        s.programTreeRoot = keccak256(abi.encode("program", count));
        s.programRoot = sha256(abi.encodePacked(uint8(2), uint32(count + 1), s.programTreeRoot));
        bytes32[] memory row = new bytes32[](leaves);
        for (uint256 i = 0; i < leaves; ++i) row[i] = sha256(abi.encodePacked(uint8(0), leafData(seed, i)));
        s.tensor = treeOf(row);
        s.header = headerOf(leaves, rootOf(s.tensor));
        bytes32[] memory ts = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) ts[i] = keccak256(abi.encode(seed, "T", i));
        ts[step - 1] = sha256(abi.encodePacked(uint8(3), s.header));
        s.trace = treeOf(ts);
        s.traceRoot = rootOf(s.trace);
        s.outputRoot = ts[count - 1];
    }

    /// @dev uint8 [1, leaves * 1024] row-major.
    function headerOf(uint256 leaves, bytes32 root) internal pure returns (bytes memory) {
        bytes memory dims = abi.encodePacked(uint32(1), uint32(leaves * 1024), uint64(0));
        return abi.encodePacked(uint8(2), uint8(0), uint8(2), dims, uint32(1024), uint32(leaves), root);
    }

    function leafData(bytes32 seed, uint256 index) internal pure returns (bytes memory data) {
        data = new bytes(1024);
        bytes32 word = keccak256(abi.encode(seed, "leaf", index));
        for (uint256 i = 0; i < 32; ++i) data[i * 32] = word[i];
    }

    function treeOf(bytes32[] memory leaves) internal pure returns (bytes32[][] memory levels) {
        uint256 depth = 0;
        while (1 << depth < leaves.length) ++depth;
        levels = new bytes32[][](depth + 1);
        levels[0] = leaves;
        for (uint256 h = 0; h < depth; ++h) {
            levels[h + 1] = new bytes32[]((levels[h].length + 1) / 2);
            for (uint256 i = 0; i < levels[h + 1].length; ++i) {
                levels[h + 1][i] = inner(nodeAt(levels, h, 2 * i), nodeAt(levels, h, 2 * i + 1));
            }
        }
    }

    function rootOf(bytes32[][] memory levels) internal pure returns (bytes32) {
        return levels[levels.length - 1][0];
    }

    function nodeAt(bytes32[][] memory levels, uint256 height, uint256 index) internal pure returns (bytes32) {
        return index < levels[height].length ? levels[height][index] : zero(height);
    }

    /// @dev The children of node `index` of height `level`, `span` levels below, without padding.
    function childrenOf(
        bytes32[][] memory levels,
        uint256 level,
        uint256 index,
        uint256 span
    ) internal pure returns (bytes32[] memory children) {
        uint256 first = index << span;
        uint256 end = (index + 1) << span;
        if (end > levels[level - span].length) end = levels[level - span].length;
        children = new bytes32[](end - first);
        for (uint256 i = first; i < end; ++i) children[i - first] = levels[level - span][i];
    }

    /// @dev From node `index` of height `from` up to height `to`, padding included.
    function siblingsOf(
        bytes32[][] memory levels,
        uint256 from,
        uint256 index,
        uint256 to
    ) internal pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](to - from);
        for (uint256 h = from; h < to; ++h) siblings[h - from] = nodeAt(levels, h, (index >> (h - from)) ^ 1);
    }

    function zero(uint256 height) internal pure returns (bytes32 node) {
        for (uint256 i = 0; i < height; ++i) node = inner(node, node);
    }

    function inner(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(1), left, right));
    }
}

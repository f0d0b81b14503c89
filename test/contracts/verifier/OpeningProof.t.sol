// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {OpeningProof} from "../../../contracts/verifier/OpeningProof.sol";
import {Test} from "../../helpers/sol/Test.sol";

/// @title The library's functions with their arguments in calldata.
contract OpeningProofCaller {
    function rootOf(
        OpeningProof.Span calldata span,
        uint256 leafBytes,
        bytes calldata leaves,
        bytes32[] calldata siblings
    ) external view returns (bool, bytes32) {
        return OpeningProof.rootOf(span, leafBytes, leaves, siblings);
    }

    function rootOfMember(
        bytes32 leaf,
        uint256 index,
        uint256 count,
        bytes32[] calldata path
    ) external view returns (bool, bytes32) {
        return OpeningProof.rootOfMember(leaf, index, count, path);
    }

    function tagged(uint8 tag, bytes calldata data) external view returns (bytes32) {
        return OpeningProof.tagged(tag, data);
    }

    function listDigest(uint256 count, bytes32 root) external view returns (bytes32) {
        return OpeningProof.listDigest(count, root);
    }
}

/// @title Openings and memberships against a tree that is built the plain way.
contract OpeningProofTest is Test {
    uint256 private constant _LEAF = 256;

    OpeningProofCaller private _caller;
    /// @dev Every level of the tree of the test, padding included.
    bytes32[][] private _levels;

    function setUp() public {
        _caller = new OpeningProofCaller();
    }

    function test_zeroSubtrees() public view {
        // The first ones of test/vectors/merkle.json.
        bytes32[] memory none = new bytes32[](1);
        (, bytes32 root) = _caller.rootOfMember(0, 0, 2, none);
        vm.assertEq(root, 0xae0798d0ecaed2b778eddebf18f071a561c53658c05e76cedecc27cafbdbc577, "height 1");
    }

    function test_tagged_equalsTheBuiltin() public view {
        vm.assertEq(_caller.tagged(3, "header"), sha256(abi.encodePacked(uint8(3), "header")), "tagged");
        bytes32 root = keccak256("root");
        vm.assertEq(_caller.listDigest(70_000, root), sha256(abi.encodePacked(uint8(2), uint32(70_000), root)), "list");
    }

    function testFuzz_opening_ofEveryRange_givesTheRoot(uint256 count, uint256 first, uint256 last) public {
        (bytes32 root, OpeningProof.Span memory span) = _plant(count, first, last);
        (bool fits, bytes32 found) = _caller.rootOf(span, _LEAF, _leavesOf(span), _siblingsOf(span));
        vm.assertTrue(fits, "fits");
        vm.assertEq(found, root, "root");
    }

    function testFuzz_opening_withAnythingChanged_givesAnotherRoot(
        uint256 count,
        uint256 first,
        uint256 last,
        uint256 where
    ) public {
        (bytes32 root, OpeningProof.Span memory span) = _plant(count, first, last);
        bytes memory leaves = _leavesOf(span);
        bytes32[] memory siblings = _siblingsOf(span);
        where = bound(where, 0, leaves.length + 32 * siblings.length - 1);
        if (where < leaves.length) leaves[where] = bytes1(uint8(leaves[where]) ^ 1);
        else siblings[(where - leaves.length) / 32] ^= bytes32(uint256(1) << (8 * (where % 32)));
        (bool fits, bytes32 found) = _caller.rootOf(span, _LEAF, leaves, siblings);
        vm.assertTrue(fits, "its lengths fit");
        vm.assertNotEq(found, root, "another root");
    }

    function testFuzz_opening_ofAnotherPlace_givesAnotherRoot(
        uint256 count,
        uint256 first,
        uint256 last,
        uint256 shift
    ) public {
        (bytes32 root, OpeningProof.Span memory span) = _plant(count, first, last);
        bytes memory leaves = _leavesOf(span);
        bytes32[] memory siblings = _siblingsOf(span);
        shift = bound(shift, 0, span.count - 1 - (span.last - span.first));
        if (shift == span.first) return;
        (span.first, span.last) = (shift, shift + span.last - span.first);
        (bool fits, bytes32 found) = _caller.rootOf(span, _LEAF, leaves, siblings);
        vm.assertFalse(fits && found == root, "moved");
    }

    function testFuzz_opening_withSiblingsMissingOrTooMany_doesNotFit(uint256 count, uint256 first, uint256 last) public {
        (, OpeningProof.Span memory span) = _plant(count, first, last);
        bytes memory leaves = _leavesOf(span);
        bytes32[] memory siblings = _siblingsOf(span);
        bytes32[] memory more = new bytes32[](siblings.length + 1);
        for (uint256 i = 0; i < siblings.length; ++i) more[i] = siblings[i];
        (bool fits, ) = _caller.rootOf(span, _LEAF, leaves, more);
        vm.assertFalse(fits, "too many");
        if (siblings.length != 0) {
            (fits, ) = _caller.rootOf(span, _LEAF, leaves, new bytes32[](siblings.length - 1));
            vm.assertFalse(fits, "too few");
        }
        (fits, ) = _caller.rootOf(span, _LEAF, abi.encodePacked(leaves, uint8(0)), siblings);
        vm.assertFalse(fits, "a byte too many");
    }

    function testFuzz_member_ofEveryIndex_givesTheRoot(uint256 count, uint256 index) public {
        (bytes32 root, OpeningProof.Span memory span) = _plant(count, index, index);
        bytes32[] memory path = _pathOf(span.first);
        (bool fits, bytes32 found) = _caller.rootOfMember(_levels[0][span.first], span.first, span.count, path);
        vm.assertTrue(fits && found == root, "member");
        (fits, found) = _caller.rootOfMember(_levels[0][span.first], span.count, span.count, path);
        vm.assertFalse(fits, "beyond the count");
        if (path.length != 0) {
            (fits, found) = _caller.rootOfMember(_levels[0][span.first], span.first ^ 1, span.count, path);
            vm.assertFalse(fits && found == root, "another index");
        }
        (fits, ) = _caller.rootOfMember(_levels[0][span.first], span.first, span.count, new bytes32[](path.length + 1));
        vm.assertFalse(fits, "a path too long");
    }

    /// @dev A tree of up to 40 leaves, and a span in it.
    function _plant(
        uint256 count,
        uint256 first,
        uint256 last
    ) private returns (bytes32 root, OpeningProof.Span memory span) {
        count = bound(count, 1, 40);
        first = bound(first, 0, count - 1);
        span = OpeningProof.Span(first, bound(last, first, count - 1), count);
        uint256 width = 1;
        while (width < count) width *= 2;
        bytes32[] memory row = new bytes32[](width);
        for (uint256 i = 0; i < count; ++i) row[i] = sha256(abi.encodePacked(uint8(0), _leaf(i)));
        delete _levels;
        _levels.push(row);
        while (width > 1) {
            width /= 2;
            bytes32[] memory above = new bytes32[](width);
            for (uint256 i = 0; i < width; ++i) above[i] = sha256(abi.encodePacked(uint8(1), row[2 * i], row[2 * i + 1]));
            _levels.push(above);
            row = above;
        }
        root = row[0];
    }

    function _leaf(uint256 index) private pure returns (bytes memory leaf) {
        leaf = new bytes(_LEAF);
        for (uint256 i = 0; i < _LEAF; ++i) leaf[i] = bytes1(uint8(i * 7 + index));
    }

    function _leavesOf(OpeningProof.Span memory span) private pure returns (bytes memory leaves) {
        for (uint256 i = span.first; i <= span.last; ++i) leaves = abi.encodePacked(leaves, _leaf(i));
    }

    /// @dev Straight from docs/program.md.
    function _siblingsOf(OpeningProof.Span memory span) private view returns (bytes32[] memory siblings) {
        bytes32[] memory all = new bytes32[](64);
        uint256 used = 0;
        (uint256 first, uint256 last) = (span.first, span.last);
        for (uint256 level = 0; level + 1 < _levels.length; ++level) {
            if (first % 2 == 1) all[used++] = _levels[level][first - 1];
            if (last % 2 == 0 && (last + 1) << level < span.count) all[used++] = _levels[level][last + 1];
            (first, last) = (first / 2, last / 2);
        }
        siblings = new bytes32[](used);
        for (uint256 i = 0; i < used; ++i) siblings[i] = all[i];
    }

    function _pathOf(uint256 index) private view returns (bytes32[] memory path) {
        path = new bytes32[](_levels.length - 1);
        for (uint256 level = 0; level < path.length; ++level) path[level] = _levels[level][(index >> level) ^ 1];
    }
}

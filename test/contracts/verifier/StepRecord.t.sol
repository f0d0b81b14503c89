// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {StepRecord} from "../../../contracts/verifier/StepRecord.sol";
import {TensorHeader} from "../../../contracts/verifier/TensorHeader.sol";
import {Reads} from "../../../contracts/verifier/Reads.sol";
import {Test} from "../../helpers/sol/Test.sol";

/// @title The libraries' functions with their arguments in calldata.
contract StepRecordCaller {
    function decode(bytes calldata record) external pure returns (StepRecord.Step memory) {
        return StepRecord.decode(record);
    }

    function isPossible(bytes calldata record, uint256 step) external pure returns (bool) {
        return StepRecord.isPossible(StepRecord.decode(record), step);
    }

    /// @dev Everything that is computed from a record alone; nothing here may fail for a possible one.
    function use(bytes calldata record, uint256 element) external pure returns (bool) {
        StepRecord.Step memory s = StepRecord.decode(record);
        if (!StepRecord.isPossible(s, 9)) return false;
        StepRecord.sourceSize(s, 0);
        if (s.sources[1] != StepRecord.NO_SOURCE) StepRecord.sourceSize(s, 1);
        Reads.rangesOf(s, element, Reads.WHOLE);
        uint256 chunks = Reads.chunksOf(s);
        if (chunks != 0) Reads.rangesOf(s, element, element % chunks);
        return true;
    }

    function header(bytes calldata data) external pure returns (bool canonical, TensorHeader.Header memory h) {
        return TensorHeader.decode(data);
    }
}

/// @title Records and headers: what is decoded, what is possible, and that nothing reverts.
contract StepRecordTest is Test {
    StepRecordCaller private _caller;

    function setUp() public {
        _caller = new StepRecordCaller();
    }

    /// @dev A step that copies images of 4 x 4 x 4 by strides.
    function _gather(int64[16] memory a) private pure returns (bytes memory) {
        return _record(7, 0, [uint8(2), 2, 3], [uint32(4), 4, 4], [uint32(0), 0xffffffff], a);
    }

    function _record(
        uint8 op,
        uint8 rangeClass,
        uint8[3] memory types,
        uint32[3] memory dims,
        uint32[2] memory sources,
        int64[16] memory a
    ) private pure returns (bytes memory record) {
        record = abi.encodePacked(op, rangeClass, types[0], types[1], types[2], dims[0], dims[1], dims[2]);
        record = abi.encodePacked(record, sources[0], sources[1]);
        for (uint256 i = 0; i < 16; ++i) record = abi.encodePacked(record, a[i]);
        record = abi.encodePacked(record, bytes32(0), bytes32(0));
    }

    function _strides() private pure returns (int64[16] memory a) {
        (a[0], a[1], a[2], a[3], a[4]) = (63, -16, -4, -1, 64);
    }

    function test_decode() public view {
        StepRecord.Step memory s = _caller.decode(_gather(_strides()));
        vm.assertEq(s.op, 7, "op");
        vm.assertEq(s.size, 64, "size");
        vm.assertEq(s.sources[1], StepRecord.NO_SOURCE, "no second source");
        vm.assertTrue(s.a[1] == -16 && s.a[3] == -1 && s.a[4] == 64, "attributes have a sign");
    }

    function test_isPossible() public view {
        bytes memory record = _gather(_strides());
        vm.assertTrue(_caller.isPossible(record, 1), "as it is");
        vm.assertFalse(_caller.isPossible(record, 0), "a source that comes later");
        int64[16] memory a = _strides();
        a[5] = 1;
        vm.assertFalse(_caller.isPossible(_gather(a), 1), "an unused attribute");
        record[0] = 0x00;
        vm.assertFalse(_caller.isPossible(record, 1), "op 0");
        record[0] = 0x0d;
        vm.assertFalse(_caller.isPossible(record, 1), "op 13");
        record[0] = 0x07;
        record[4] = 0x02;
        vm.assertFalse(_caller.isPossible(record, 1), "a dimension beyond the rank");
        record[4] = 0x00;
        vm.assertFalse(_caller.isPossible(record, 1), "rank 0");
        record[4] = 0xff;
        vm.assertFalse(_caller.isPossible(record, 1), "rank 255");
        record[4] = 0x03;
        record[160] = 0x01;
        vm.assertFalse(_caller.isPossible(record, 1), "a constant that is not used");
    }

    /// @dev Ops 0..13 with attributes and dims from small, huge and negative values: nothing overflows.
    function testFuzz_possibleRecords_neverRevert(uint256 seed, uint64 element) public view {
        uint256 op = seed % 14;
        int64[16] memory a;
        for (uint256 i = 0; i < 16; ++i) a[i] = _attribute(seed, i);
        uint32[3] memory dims = [_dim(seed, 0), _dim(seed, 1), _dim(seed, 2)];
        bytes memory record = _record(
            uint8(op),
            uint8((seed >> 8) % 4),
            [uint8(2 + ((seed >> 16) % 2)), uint8(2 + ((seed >> 24) % 2)), 3],
            dims,
            [uint32(0), (seed >> 32) % 2 == 0 ? 0xffffffff : uint32(1)],
            a
        );
        _caller.use(record, element);
    }

    /// @dev The same for raw bytes.
    function testFuzz_anyBytes_neverRevert(bytes32[7] calldata words, uint64 element) public view {
        bytes memory record = abi.encodePacked(words);
        bytes memory cut = new bytes(217);
        for (uint256 i = 0; i < 217; ++i) cut[i] = record[i];
        cut[0] = bytes1(uint8(uint256(words[0]) % 13));
        _caller.use(cut, element);
    }

    function testFuzz_windows_neverRevert(uint256 seed, uint64 element) public view {
        int64[16] memory a;
        for (uint256 i = 0; i < 9; ++i) a[i] = int64(int256(1 + ((seed >> (8 * i)) % 9)));
        (a[7], a[8]) = (a[7] - 1, a[8] - 1);
        uint32[3] memory dims = [uint32(1 + (seed % 50)), uint32(1 + (seed % 41)), uint32(uint64(a[2]))];
        bytes memory record = _record(3, 0, [uint8(2), 2, 3], dims, [uint32(0), 0xffffffff], a);
        vm.assertTrue(_caller.use(record, element), "a pooling step");
    }

    function testFuzz_headers_neverRevert(bytes calldata data) public view {
        (bool canonical, ) = _caller.header(data);
        vm.assertFalse(canonical && data.length != 59, "another length");
    }

    function test_headers_haveOneForm() public view {
        bytes memory good = abi.encodePacked(uint8(2), uint8(0), uint8(2), uint32(3), uint32(700), uint64(0));
        bytes memory rest = abi.encodePacked(uint32(1024), uint32(3), bytes32(uint256(5)));
        (bool canonical, TensorHeader.Header memory h) = _caller.header(abi.encodePacked(good, rest));
        vm.assertTrue(canonical && h.elements == 2100 && h.leaves == 3 && h.root == bytes32(uint256(5)), "canonical");
        bytes memory all = abi.encodePacked(good, rest);
        // Type, layout, rank, a dimension, one beyond the rank, leaf size, leaf count.
        uint8[7] memory places = [0, 1, 2, 6, 18, 21, 26];
        for (uint256 i = 0; i < places.length; ++i) {
            bytes1 kept = all[places[i]];
            all[places[i]] = 0x63;
            (canonical, ) = _caller.header(all);
            vm.assertFalse(canonical, "another byte");
            all[places[i]] = kept;
        }
    }

    function _attribute(uint256 seed, uint256 i) private pure returns (int64) {
        uint256 word = uint256(keccak256(abi.encode(seed, i)));
        if (word % 4 == 0) return 0;
        if (word % 4 == 1) return int64(uint64(word >> 64));
        return int64(int256((word >> 8) % 80)) - (word % 16 == 2 ? int64(40) : int64(0));
    }

    function _dim(uint256 seed, uint256 i) private pure returns (uint32) {
        uint256 word = uint256(keccak256(abi.encode(seed, i, "dim")));
        return word % 8 == 0 ? uint32(word >> 32) : uint32((word >> 8) % 20);
    }
}

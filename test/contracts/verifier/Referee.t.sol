// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {Referee} from "../../../contracts/verifier/Referee.sol";
import {Dot} from "../../../contracts/verifier/ops/Dot.sol";
import {Scalar} from "../../../contracts/verifier/ops/Scalar.sol";
import {StepRecord} from "../../../contracts/verifier/StepRecord.sol";
import {Test} from "../../helpers/sol/Test.sol";

/// @title Arithmetic with its operands in calldata.
contract ArithmeticCaller {
    function product(
        bytes calldata x,
        bytes calldata w,
        uint256 rangeClass,
        int256 zx,
        int256 zw
    ) external pure returns (int256 whole, int256 bytewise) {
        StepRecord.Step memory s;
        s.rangeClass = rangeClass;
        Dot.Zeros memory zeros = Dot.zerosOf(s, zx, zw);
        (uint256 atX, uint256 atW) = (0, 0);
        assembly ("memory-safe") {
            atX := x.offset
            atW := w.offset
        }
        whole = Dot.product(atX, atW, x.length, zeros);
        bytewise = Dot.scattered(atX, atW, x.length, 1, 1, zeros);
    }

    function read(bytes calldata data) external pure returns (int256 word, int256 pair, int256 signed, int256 unsigned) {
        uint256 at = 0;
        assembly ("memory-safe") {
            at := data.offset
        }
        return (Scalar.wordAt(at), Scalar.pairAt(at), Scalar.byteAt(at, true), Scalar.byteAt(at, false));
    }

    function requantise(int256[16] memory a, int256 numerator) external pure returns (int256) {
        return Scalar.requantise(a, numerator);
    }
}

/// @title Totality and arithmetic; what is judged how is tested against the interpreter in test/differential.
contract RefereeTest is Test {
    Referee private _referee;
    ArithmeticCaller private _arithmetic;

    function setUp() public {
        _referee = new Referee();
        _arithmetic = new ArithmeticCaller();
    }

    function _facts(uint32 count) private pure returns (IReferee.Facts memory) {
        return IReferee.Facts(keccak256("program"), keccak256("input"), keccak256("trace"), count);
    }

    /// @dev Bytes that nobody made: at most Unproven, at worst a revert.
    function testFuzz_anyEvidence_provesNothing(
        bytes calldata evidence,
        uint32 step,
        uint64 element,
        uint32 count
    ) public view {
        IReferee.Facts memory facts = _facts(count);
        int64[] memory partials = new int64[](3);
        try _referee.judge(facts, step, element, evidence) returns (IReferee.Verdict verdict) {
            vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judge");
        } catch {}
        try _referee.judgeHeader(facts, step, evidence) returns (IReferee.Verdict verdict) {
            vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judgeHeader");
        } catch {}
        try _referee.judgeInput(facts, element, evidence) returns (IReferee.Verdict verdict) {
            vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judgeInput");
        } catch {}
        try _referee.judgeChunk(facts, step, element, partials, 0, evidence) returns (IReferee.Verdict verdict) {
            vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judgeChunk");
        } catch {}
        try _referee.judgePartials(facts, step, element, partials, evidence) returns (IReferee.Verdict verdict) {
            vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judgePartials");
        } catch {}
    }

    /// @dev Well-formed structs around random bytes never revert.
    function testFuzz_anyMembers_areUnproven(
        bytes calldata record,
        bytes calldata header,
        bytes calldata leaves,
        uint32 step,
        uint64 element
    ) public view {
        IReferee.Opening[] memory openings = new IReferee.Opening[](1);
        openings[0] = IReferee.Opening(leaves, new bytes32[](step % 5));
        IReferee.Operand memory operand = IReferee.Operand(IReferee.Member(header, new bytes32[](3)), openings);
        IReferee.Operand[] memory operands = new IReferee.Operand[](element % 4);
        for (uint256 i = 0; i < operands.length; ++i) operands[i] = operand;
        IReferee.Member memory member = IReferee.Member(record, new bytes32[](3));
        bytes memory evidence = abi.encode(IReferee.ElementEvidence(member, operand, operands));
        IReferee.Verdict verdict = _referee.judge(_facts(7), step % 9, element, evidence);
        vm.assertTrue(verdict == IReferee.Verdict.Unproven, "judge");
        evidence = abi.encode(IReferee.HeaderEvidence(member, member, header, new IReferee.Member[](element % 3)));
        vm.assertTrue(_referee.judgeHeader(_facts(7), step % 9, evidence) == IReferee.Verdict.Unproven, "header");
        evidence = abi.encode(IReferee.InputEvidence(member, operand));
        vm.assertTrue(_referee.judgeInput(_facts(7), element, evidence) == IReferee.Verdict.Unproven, "input");
    }

    function testFuzz_chunksOf_isTotal(bytes calldata record) public view {
        vm.assertEq(_referee.chunksOf(record), record.length == 217 ? _referee.chunksOf(record) : 0, "another length");
    }

    function testFuzz_dot_equalsTheSum(bytes calldata x, bytes32 seed, uint8 rangeClass, int8 zx, int8 zw) public view {
        rangeClass = 1 + (rangeClass % 3);
        bytes memory w = new bytes(x.length);
        int256 sum = 0;
        for (uint256 i = 0; i < x.length; ++i) {
            w[i] = bytes1(uint8(uint256(keccak256(abi.encode(seed, i / 7))) >> (8 * (i % 7))));
            int256 a = rangeClass == 3 ? int256(int8(uint8(x[i]))) : int256(uint256(uint8(x[i])));
            int256 b = rangeClass == 1 ? int256(uint256(uint8(w[i]))) : int256(int8(uint8(w[i])));
            sum += (a - zx) * (b - zw);
        }
        (int256 whole, int256 bytewise) = _arithmetic.product(x, w, rangeClass, zx, zw);
        vm.assertTrue(whole == sum && bytewise == sum, "dot product");
    }

    /// @dev The longest one, all bytes at their largest: lanes do not overflow.
    function test_dot_longest() public view {
        bytes memory x = new bytes(32_768);
        for (uint256 i = 0; i < x.length; ++i) x[i] = 0xff;
        (int256 whole, ) = _arithmetic.product(x, x, 1, 0, 0);
        vm.assertTrue(whole == 255 * 255 * 32_768, "255 x 255");
    }

    function testFuzz_littleEndian(int64 pair) public view {
        uint64 bits = uint64(pair);
        bytes memory data = new bytes(8);
        for (uint256 i = 0; i < 8; ++i) data[i] = bytes1(uint8(bits >> (8 * i)));
        (int256 word, int256 all, int256 signed, int256 unsigned) = _arithmetic.read(data);
        vm.assertTrue(all == pair, "8 bytes");
        vm.assertTrue(word == int32(uint32(bits)), "4 bytes");
        vm.assertTrue(signed == int8(uint8(bits)) && unsigned == int256(uint256(uint8(bits))), "1 byte");
    }

    function testFuzz_requantise_roundsDown(int128 numerator, uint8 shift, int64 offset) public view {
        int256[16] memory a;
        (a[10], a[11], a[12], a[13]) = (int256(uint256(1 + (shift % 61))), offset, -128, 127);
        int256 divisor = int256(uint256(1) << uint256(a[10]));
        int256 wanted = numerator / divisor;
        if (numerator < 0 && wanted * divisor != numerator) --wanted;
        wanted -= offset;
        if (wanted < -128) wanted = -128;
        if (wanted > 127) wanted = 127;
        vm.assertTrue(_arithmetic.requantise(a, numerator) == wanted, "rq");
    }
}

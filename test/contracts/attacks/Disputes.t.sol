// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IArena} from "../../../contracts/interfaces/IArena.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IReceiptCourt} from "../../../contracts/interfaces/IReceiptCourt.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Disputes} from "../../helpers/sol/Disputes.sol";

/// @dev Attacks on claims, games and batches. Numbers: threats.md, and verification.md section 2 for V.
contract DisputeAttacksTest is Disputes {
    IReceiptCourt.Payment private _free;

    function setUp() public {
        openDisputes();
    }

    /// @dev A free receipt of the worker, dated `issuedAt`.
    function _receipt(uint256 salt, uint256 issuedAt) private returns (Case memory c) {
        c = submittedCase(3, 2, 2, salt);
        c.receipt.jobId = 0;
        c.receipt.issuedAt = uint64(issuedAt);
        c.claimId = court.claimIdOf(0, market.hashReceipt(c.receipt));
    }

    function _signed(Case memory c) private view returns (bytes memory) {
        return receipts.locatorOfSigned(c.receipt, _free, sign(keyOf("worker hot"), market.hashReceipt(c.receipt)));
    }

    /// @dev Commits a batch of the receipt twice, `size` times in all.
    function _commit(Case memory c, uint256 size) private returns (bytes32 batchId, bytes32[] memory path) {
        bytes32 leaf = keccak256(abi.encodePacked(uint8(0), market.hashReceipt(c.receipt)));
        bytes32 root = leaf;
        path = new bytes32[](size - 1);
        if (size == 2) {
            path[0] = leaf;
            root = keccak256(abi.encodePacked(uint8(1), leaf, leaf));
        }
        vm.prank(hotKey);
        batchId = receipts.commitBatch(root, size);
    }

    function _reserve(uint256 amountWei) private {
        vm.prank(worker);
        receipts.reserve(amountWei);
    }

    /// @dev FOUND: slashes for signed receipts left the reserve as it was, and batches went on without any stake.
    function test_V16_batchWithoutStake() public {
        _reserve(STAKE);
        for (uint256 i = 0; i < 3; ++i) {
            Case memory lie = _receiptAlone(i + 1);
            court.file(address(receipts), _signed(lie));
            bytes32 gameId = challenge(lie, challenger);
            skip(CLOCK);
            arena.timeout(gameId);
        }
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - 3 * CLAIM_LOCK, "slashed");
        vm.assertEq(receipts.reserveOf(worker).totalWei, STAKE, "the reserve does not know");
        receipts.shrink(worker);
        vm.assertEq(receipts.reserveOf(worker).totalWei, STAKE - 3 * CLAIM_LOCK, "now it does");
        vm.assertEq(workers.getWorker(worker).lockedWei, STAKE - 3 * CLAIM_LOCK, "locks are backed");
        receipts.shrink(worker);
        vm.assertEq(receipts.reserveOf(worker).totalWei, STAKE - 3 * CLAIM_LOCK, "nothing more");
    }

    /// @dev The same while all of the reserve is in use: it shrinks when the batch is released, or the claim has fallen.
    function test_V16_hollowReserveShrinksByItself() public {
        _reserve(STAKE);
        Case memory lie = _receiptAlone(1);
        (bytes32 batchId, ) = _commit(lie, 1);
        Case memory other = _receiptAlone(2);
        court.file(address(receipts), _signed(other));
        bytes32 gameId = challenge(other, challenger);
        skip(CLOCK);
        arena.timeout(gameId);
        skip(WINDOW);
        receipts.release(batchId);
        vm.assertEq(receipts.reserveOf(worker).totalWei, STAKE - CLAIM_LOCK, "at the release");
        other = _receiptAlone(3);
        court.file(address(receipts), _signed(other));
        gameId = challenge(other, challenger);
        skipAll();
        arena.timeout(gameId);
        court.finalize(other.claimId);
        vm.assertEq(receipts.reserveOf(worker).totalWei, STAKE - 2 * CLAIM_LOCK, "at the end of the claim");
    }

    /// @dev A free receipt without a job, so that nothing but the reserve locks stake.
    function _receiptAlone(uint256 salt) private returns (Case memory c) {
        c.terms = termsOf(client, worker, versionWith(bytes32(salt)), FEE, salt);
        c.receipt = IJobMarket.Receipt({
            jobId: 0,
            versionId: c.terms.versionId,
            programRoot: bytes32(salt),
            inputRoot: inputRootOf(2),
            outputRoot: "lie",
            worker: worker,
            issuedAt: uint64(block.timestamp)
        });
        c.claimId = court.claimIdOf(0, market.hashReceipt(c.receipt));
    }

    /// @dev FOUND: a worker signed a false answer for tomorrow, let its window run out today and served it as fresh.
    function test_fuzz_V1_windowOfAReceiptFromTheFuture(uint256 ahead) public {
        ahead = bound(ahead, 15 minutes + 1, 365 days);
        Case memory c = _receipt(1, block.timestamp + ahead);
        bytes memory locator = _signed(c);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReceiptCourt.ReceiptCourtTooEarly.selector,
                c.claimId,
                c.receipt.issuedAt
            )
        );
        court.file(address(receipts), locator);
        _reserve(CLAIM_LOCK);
        (bytes32 batchId, bytes32[] memory path) = _commit(c, 1);
        locator = receipts.locatorOfBatched(c.receipt, _free, batchId, 0, path);
        bytes memory notIn = abi.encodeWithSelector(
            IReceiptCourt.ReceiptCourtNotInBatch.selector,
            batchId,
            market.hashReceipt(c.receipt),
            0
        );
        vm.expectRevert(notIn);
        court.file(address(receipts), locator);
        skip(WINDOW);
        vm.expectRevert(notIn);
        receipts.isFinal(c.receipt, _free, batchId, 0, path);
    }

    /// @dev FOUND: what was final in one batch became open again when its worker committed and filed it in another one.
    function test_38_finalInOneBatch_filedInAnother() public {
        Case memory c = _receipt(1, block.timestamp);
        _reserve(3 * CLAIM_LOCK);
        (bytes32 first, bytes32[] memory path) = _commit(c, 1);
        skip(WINDOW);
        vm.assertTrue(receipts.isFinal(c.receipt, _free, first, 0, path), "final");
        (bytes32 second, bytes32[] memory other) = _commit(c, 2);
        court.file(address(receipts), receipts.locatorOfBatched(c.receipt, _free, second, 1, other));
        vm.assertTrue(receipts.isFinal(c.receipt, _free, first, 0, path), "stays final");
        vm.assertFalse(receipts.isFinal(c.receipt, _free, second, 1, other), "open there");
        bytes32 gameId = challenge(c, challenger);
        skip(CLOCK);
        arena.timeout(gameId);
        skipAll();
        court.finalize(c.claimId);
        vm.assertTrue(receipts.isFinal(c.receipt, _free, first, 0, path), "whatever the end");
        vm.assertFalse(receipts.isFinal(c.receipt, _free, second, 1, other), "fallen there");
        receipts.release(first);
        receipts.release(second);
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "nothing stays locked");
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - CLAIM_LOCK, "one slash");
    }

    /// @dev The same receipt twice in a batch, by both places and by its signature: one claim, one slash.
    function test_S11_filedOnEveryWay_slashedOnce() public {
        Case memory c = _receipt(1, block.timestamp);
        _reserve(2 * CLAIM_LOCK);
        (bytes32 batchId, bytes32[] memory path) = _commit(c, 2);
        court.file(address(receipts), receipts.locatorOfBatched(c.receipt, _free, batchId, 0, path));
        bytes[2] memory again = [
            receipts.locatorOfBatched(c.receipt, _free, batchId, 1, path),
            _signed(c)
        ];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimAlreadyFiled.selector, c.claimId));
            court.file(address(receipts), again[i]);
        }
        bytes32 gameId = challenge(c, challenger);
        skip(CLOCK);
        arena.timeout(gameId);
        skipAll();
        court.finalize(c.claimId);
        receipts.settle(c.claimId);
        receipts.release(batchId);
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - CLAIM_LOCK, "once");
        vm.assertEq(receipts.reserveOf(worker).totalWei, CLAIM_LOCK, "one lock is used up");
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "nothing stuck");
    }

    /// @dev An inner node or a leaf of another size is no receipt (D8, V12).
    function test_fuzz_D8_batchSecondPreimage(uint256 index, uint256 extra) public {
        Case memory c = _receipt(1, block.timestamp);
        _reserve(2 * CLAIM_LOCK);
        (bytes32 batchId, bytes32[] memory path) = _commit(c, 2);
        extra = bound(extra, 0, 3);
        index = extra == 1 ? bound(index, 2, type(uint256).max) : bound(index, 0, 1);
        bytes32[] memory forged = new bytes32[](extra);
        for (uint256 i = 0; i < extra; ++i) forged[i] = path[0];
        bytes memory locator = receipts.locatorOfBatched(c.receipt, _free, batchId, index, forged);
        bytes memory reason = abi.encodeWithSelector(
            IReceiptCourt.ReceiptCourtNotInBatch.selector,
            batchId,
            market.hashReceipt(c.receipt),
            index
        );
        vm.expectRevert(reason);
        court.file(address(receipts), locator);
    }

    /// @dev Asking for elements again and again cannot starve the worker: each move leaves him the reply time, once a game.
    function test_fuzz_D1_pickElement_atTheLastSecond(uint32 step, uint64 element) public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        step = uint32(bound(step, 1, 3));
        vm.warp(arena.getGame(gameId).deadline - 1);
        vm.startPrank(challenger);
        arena.pickElement(gameId, step, element);
        vm.assertEq(arena.getGame(gameId).deadline, block.timestamp + REPLY, "the reply time is his");
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.PostPartials)
        );
        arena.pickElement(gameId, step, element);
        vm.stopPrank();
        skip(REPLY - 1);
        // A step without partial sums, or without such an element: anything answers.
        vm.prank(hotKey);
        arena.postPartials(gameId, step, element, new int64[](0));
        vm.prank(challenger);
        vm.expectRevert();
        arena.pickElement(gameId, step, element);
        vm.warp(arena.getGame(gameId).deadline);
        arena.timeout(gameId);
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE, "not slashed");
        vm.assertEq(court.creditOf(worker), (BOND * 4) / 5, "paid for his pains");
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Stands, "stands");
    }

    /// @dev A retired key rules nobody's moves, and what it signs for another worker binds nobody.
    function test_V11_rotatedKey() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        vm.prank(challenger);
        arena.pickElement(gameId, 2, 0);
        address next = actor("next hot");
        bytes memory consent = sign(keyOf("next hot"), workers.hotKeyConsentDigest(worker));
        vm.prank(worker);
        workers.setHotKey(next, consent);
        vm.prank(hotKey);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotWorker.selector, c.claimId, hotKey, worker)
        );
        arena.postPartials(gameId, 2, 0, new int64[](1));
        vm.prank(next);
        arena.postPartials(gameId, 2, 0, new int64[](1));
    }

    /// @dev The accomplices of a worker take every winner's place; the honest challenger still gets his bond (V5, D15).
    function test_V5_accomplicesFillThePlaces() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 honest = challenge(c, challenger);
        bytes32[4] memory games;
        for (uint256 i = 0; i < 4; ++i) {
            games[i] = challenge(c, newChallenger(string(abi.encodePacked("own", bytes1(uint8(65 + i))))));
        }
        answer(c);
        for (uint256 i = 0; i < 4; ++i) prove(c, games[i], WRONG);
        prove(c, honest, WRONG);
        skipAll();
        uint256 supply = token.totalSupply();
        court.finalize(c.claimId);
        vm.assertGe(supply - token.totalSupply(), CLAIM_LOCK / 2, "half is burned all the same");
        vm.assertEq(court.creditOf(challenger), BOND, "his bond");
        vm.assertEq(market.creditOf(client), FEE, "the client has his fee");
    }

    /// @dev 64 filed jobs end in one call, and none can make the others fail (K15, 33).
    function test_K16_finalize_manyFiledJobs() public {
        JobId[] memory jobs = new JobId[](64);
        for (uint256 i = 0; i < 64; ++i) {
            jobs[i] = submitted(i + 100);
            court.file(address(evaluator), abi.encode(jobs[i]));
        }
        skip(WINDOW);
        uint256 before = gasleft();
        vm.assertEq(evaluator.finalize(jobs), 64, "all");
        vm.assertLt(before - gasleft(), 16_000_000, "fits one transaction (EIP-7825)");
    }

    /// @dev The evaluator loses its approval, the Court its subjects and its right to slash: everything still ends (33).
    function test_33_governanceTakesEverythingAwayDuringTheGame() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        vm.startPrank(treasury);
        market.setEvaluator(address(evaluator), false);
        court.setSubject(address(evaluator), false);
        workers.setSlasher(address(court), false);
        workers.setLocker(address(market), false);
        vm.stopPrank();
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Fallen, "fallen");
        assertState(c.jobId, IJobMarket.JobState.Rejected, "refunded");
        court.withdrawFor(challenger);
        market.withdrawFor(client);
        vm.assertEq(workers.getWorker(worker).lockedWei, 0, "nothing locked");
        vm.assertEq(token.balanceOf(address(court)), 0, "nothing stuck");
    }
}

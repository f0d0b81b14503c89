// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {IReceiptCourt} from "../../../contracts/interfaces/IReceiptCourt.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Disputes} from "../../helpers/sol/Disputes.sol";
import {Sheets} from "../../helpers/sol/Sheets.sol";

contract ReceiptCourtTest is Disputes {
    function setUp() public {
        openDisputes();
    }

    /// @dev A receipt of the HTTP path, paid with x402 by the client.
    function _paid(uint256 salt) private returns (Case memory c, IReceiptCourt.Payment memory payment) {
        c.sheet = Sheets.sheetOf(3, 2, 2, bytes32(salt));
        c.terms = termsOf(client, worker, versionWith(c.sheet.programRoot), FEE, salt);
        payment = IReceiptCourt.Payment(client, bytes32(salt));
        bytes32 jobId = keccak256(abi.encode(block.chainid, address(token), client, bytes32(salt)));
        c.receipt = receiptOf(c.sheet, c.terms, jobId);
        c.claimId = court.claimIdOf(jobId, market.hashReceipt(c.receipt));
    }

    function _locator(Case memory c, IReceiptCourt.Payment memory payment) private view returns (bytes memory) {
        bytes memory signature = sign(keyOf("worker hot"), market.hashReceipt(c.receipt));
        return receipts.locatorOfSigned(c.receipt, payment, signature);
    }

    function test_signed_falls_andTheClientGetsHisPart() public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        court.file(address(receipts), _locator(c, payment));
        vm.assertEq(court.getClaim(c.claimId).windowEndsAt, block.timestamp + WINDOW, "window from the filing");
        vm.assertEq(workers.getWorker(worker).lockedWei, 0, "filing freezes nothing");
        bytes32 gameId = challenge(c, challenger);
        answer(c);
        playToLeaf(c, gameId, 1);
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - CLAIM_LOCK, "slashed");
        vm.assertGt(court.creditOf(client), 0, "client");
    }

    function test_signed_free() public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        c.receipt.jobId = 0;
        bytes memory locator = _locator(c, payment);
        vm.expectRevert();
        court.file(address(receipts), locator);
        payment = IReceiptCourt.Payment(address(0), 0);
        bytes32 claimId = court.file(address(receipts), _locator(c, payment));
        vm.assertEq(court.getClaim(claimId).beneficiary, address(0), "nobody paid");
    }

    /// @dev Whoever files names the client who paid, or does not file; receipts of jobs go to their own court.
    function test_signed_paymentMustFit() public {
        (Case memory c, ) = _paid(1);
        IReceiptCourt.Payment[3] memory wrong;
        wrong[0] = IReceiptCourt.Payment(challenger, bytes32(uint256(1)));
        wrong[1] = IReceiptCourt.Payment(client, bytes32(uint256(2)));
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory locator = _locator(c, wrong[i]);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IReceiptCourt.ReceiptCourtPaymentMismatch.selector,
                    c.claimId,
                    c.receipt.jobId
                )
            );
            court.file(address(receipts), locator);
        }
        Case memory job = submittedCase(3, 2, 2, 9);
        bytes memory ofJob = _locator(job, wrong[0]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReceiptCourt.ReceiptCourtPaymentMismatch.selector,
                job.claimId,
                job.receipt.jobId
            )
        );
        court.file(address(receipts), ofJob);
    }

    function test_signed_programMustBeTheVersions() public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        c.receipt.programRoot = "another";
        bytes32 claimId = court.claimIdOf(c.receipt.jobId, market.hashReceipt(c.receipt));
        bytes memory locator = _locator(c, payment);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReceiptCourt.ReceiptCourtProgramMismatch.selector,
                claimId,
                bytes32("another")
            )
        );
        court.file(address(receipts), locator);
    }

    /// @dev Half-open, and a date in the future gives no more time than now.
    function test_fuzz_signed_timeToFile(uint256 after_) public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        bytes memory locator = _locator(c, payment);
        after_ = bound(after_, TO_FILE - 2, TO_FILE + 2);
        skip(after_);
        if (after_ >= TO_FILE) {
            vm.expectRevert(
                abi.encodeWithSelector(IReceiptCourt.ReceiptCourtTooLate.selector, c.claimId, START + TO_FILE)
            );
        }
        court.file(address(receipts), locator);
    }

    function test_fuzz_signed_dateInTheFuture(uint64 ahead) public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        ahead = uint64(bound(ahead, 0, 30 minutes));
        c.receipt.issuedAt += ahead;
        bytes32 claimId = court.claimIdOf(c.receipt.jobId, market.hashReceipt(c.receipt));
        bytes memory locator = _locator(c, payment);
        bytes memory early = abi.encodeWithSelector(
            IReceiptCourt.ReceiptCourtTooEarly.selector,
            claimId,
            c.receipt.issuedAt
        );
        if (ahead > 15 minutes) vm.expectRevert(early);
        court.file(address(receipts), locator);
        if (ahead > 15 minutes) return;
        vm.assertEq(court.getClaim(claimId).windowEndsAt, block.timestamp + WINDOW, "as if issued now");
    }

    function test_signed_twice() public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        bytes memory locator = _locator(c, payment);
        court.file(address(receipts), locator);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimAlreadyFiled.selector, c.claimId));
        court.file(address(receipts), locator);
    }

    /// @dev A worker does not escape by rotating his key: for a thaw it binds him, and nobody else can take it meanwhile.
    function test_fuzz_signed_rotatedKey(uint256 after_) public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        after_ = bound(after_, THAW - 2, THAW + 2);
        c.receipt.issuedAt = uint64(START + after_);
        bytes memory locator = _locator(c, payment);
        (address fresh, bytes memory consent) = hotKeyOf("fresh", worker);
        vm.prank(worker);
        workers.setHotKey(fresh, consent);
        skip(after_);
        if (after_ >= THAW) {
            vm.expectRevert(
                abi.encodeWithSelector(IReceiptCourt.ReceiptCourtSignerUnknown.selector, hotKey, worker)
            );
        }
        court.file(address(receipts), locator);
    }

    function test_signed_byAStranger() public {
        (Case memory c, IReceiptCourt.Payment memory payment) = _paid(1);
        bytes memory forged = receipts.locatorOfSigned(
            c.receipt,
            payment,
            sign(keyOf("challenger"), market.hashReceipt(c.receipt))
        );
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtSignerUnknown.selector, challenger, worker)
        );
        court.file(address(receipts), forged);
        forged = receipts.locatorOfSigned(c.receipt, payment, "nothing");
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtSignerUnknown.selector, address(0), worker)
        );
        court.file(address(receipts), forged);
        c.receipt.worker = address(0);
        forged = receipts.locatorOfSigned(c.receipt, payment, "nothing");
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtSignerUnknown.selector, address(0), address(0))
        );
        court.file(address(receipts), forged);
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtLocatorUnknown.selector, 2));
        court.file(address(receipts), abi.encode(uint8(2)));
    }

    function _leaf(bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), digest));
    }

    function _pad(bytes32[] memory row) private pure returns (bytes32[] memory padded) {
        uint256 width = 1;
        while (width < row.length) width *= 2;
        padded = new bytes32[](width);
        for (uint256 i = 0; i < row.length; ++i) padded[i] = row[i];
    }

    /// @dev Root and path of `index`, the plain way.
    function _merkle(
        bytes32[] memory leaves,
        uint256 index
    ) private pure returns (bytes32 root, bytes32[] memory path) {
        bytes32[] memory row = _pad(leaves);
        uint256 depth = 0;
        while (1 << depth < row.length) ++depth;
        path = new bytes32[](depth);
        for (uint256 h = 0; h < depth; ++h) {
            path[h] = row[(index >> h) ^ 1];
            bytes32[] memory up = new bytes32[](row.length / 2);
            for (uint256 i = 0; i < up.length; ++i) {
                up[i] = keccak256(abi.encodePacked(uint8(1), row[2 * i], row[2 * i + 1]));
            }
            row = up;
        }
        root = row[0];
    }

    struct Batched {
        Case claim;
        IReceiptCourt.Payment payment;
        bytes32 batchId;
        uint256 index;
        bytes32[] path;
    }

    /// @dev A committed batch of `size` receipts, one of which is known.
    function _batched(uint256 size, uint256 index) private returns (Batched memory b) {
        (b.claim, b.payment) = _paid(1);
        b.index = index;
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) leaves[i] = _leaf(keccak256(abi.encode("digest", i)));
        leaves[index] = _leaf(market.hashReceipt(b.claim.receipt));
        bytes32 root;
        (root, b.path) = _merkle(leaves, index);
        vm.prank(worker);
        receipts.reserve(size * CLAIM_LOCK);
        vm.prank(hotKey);
        b.batchId = receipts.commitBatch(root, size);
    }

    function _locatorOf(Batched memory b) private view returns (bytes memory) {
        return receipts.locatorOfBatched(b.claim.receipt, b.payment, b.batchId, b.index, b.path);
    }

    function _isFinal(Batched memory b) private view returns (bool) {
        return receipts.isFinal(b.claim.receipt, b.payment, b.batchId, b.index, b.path);
    }

    function test_fuzz_batch_isFinalAfterItsWindow(uint256 size, uint256 index) public {
        size = bound(size, 1, 256);
        index = bound(index, 0, size - 1);
        Batched memory b = _batched(size, index);
        skip(WINDOW - 1);
        vm.assertFalse(_isFinal(b), "not yet");
        skip(1);
        vm.assertTrue(_isFinal(b), "final");
        IReceiptCourt.Batch memory batch = receipts.getBatch(b.batchId);
        vm.assertEq(batch.size, size, "size");
        receipts.release(b.batchId);
        vm.assertTrue(_isFinal(b), "still final");
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "free again");
        vm.assertTrue(receipts.getBatch(b.batchId).released, "released");
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchNotOver.selector, b.batchId));
        receipts.release(b.batchId);
        vm.prank(worker);
        receipts.unreserve(size * CLAIM_LOCK);
        vm.assertEq(workers.freeStakeOf(worker), STAKE, "all free");
    }

    function test_batch_claimFalls() public {
        Batched memory b = _batched(5, 3);
        court.file(address(receipts), _locatorOf(b));
        bytes32 gameId = challenge(b.claim, challenger);
        answer(b.claim);
        skip(WINDOW);
        vm.assertFalse(_isFinal(b), "disputed");
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchNotOver.selector, b.batchId));
        receipts.release(b.batchId);
        arena.timeout(gameId);
        court.finalize(b.claim.claimId);
        receipts.settle(b.claim.claimId);
        vm.assertFalse(_isFinal(b), "fallen");
        vm.assertEq(receipts.reserveOf(worker).totalWei, 4 * CLAIM_LOCK, "its part of the reserve is gone");
        vm.assertEq(workers.getWorker(worker).lockedWei, 4 * CLAIM_LOCK, "and no lock is left behind");
        receipts.release(b.batchId);
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "the rest is free");
        vm.assertEq(receipts.getBatch(b.batchId).fallen, 1, "one");
    }

    function test_batch_claimStands() public {
        Batched memory b = _batched(5, 3);
        court.file(address(receipts), _locatorOf(b));
        bytes32 gameId = challenge(b.claim, challenger);
        answer(b.claim);
        openNext(b.claim, gameId);
        skip(CLOCK);
        arena.timeout(gameId);
        skip(WINDOW);
        court.finalize(b.claim.claimId);
        vm.assertTrue(_isFinal(b), "judged to stand");
        receipts.release(b.batchId);
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "free");
    }

    function test_fuzz_batch_mutatedMembership(uint256 kind, uint256 bit) public {
        Batched memory b = _batched(5, 3);
        kind = bound(kind, 0, 4);
        if (kind == 0) b.path[bit % 3] ^= bytes32(1 << (bit % 256));
        else if (kind == 1) b.index = (b.index ^ (1 << (bit % 200)));
        else if (kind == 2) b.path = new bytes32[](bit % 3);
        else if (kind == 3) b.claim.receipt.issuedAt += 1;
        else b.claim.receipt.outputRoot ^= bytes32(1 << (bit % 256));
        bytes memory locator = _locatorOf(b);
        bytes4 why = IReceiptCourt.ReceiptCourtNotInBatch.selector;
        assertRefused(address(court), abi.encodeCall(court.file, (address(receipts), locator)), why);
        assertRefused(
            address(receipts),
            abi.encodeCall(receipts.isFinal, (b.claim.receipt, b.payment, b.batchId, b.index, b.path)),
            why
        );
    }

    function test_batch_fileInItsWindowOnly() public {
        Batched memory b = _batched(5, 3);
        bytes memory locator = _locatorOf(b);
        skip(WINDOW);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReceiptCourt.ReceiptCourtTooLate.selector,
                b.claim.claimId,
                START + WINDOW
            )
        );
        court.file(address(receipts), locator);
    }

    function test_batch_refusals() public {
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtCallerNotWorker.selector, address(this))
        );
        receipts.commitBatch("root", 1);
        vm.startPrank(worker);
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchSize.selector, 0, 256));
        receipts.commitBatch("root", 0);
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchSize.selector, 257, 256));
        receipts.commitBatch("root", 257);
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtReserveTooSmall.selector, worker, 0, CLAIM_LOCK)
        );
        receipts.commitBatch("root", 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStakeNotFree.selector,
                worker,
                STAKE + 1,
                STAKE
            )
        );
        receipts.reserve(STAKE + 1);
        receipts.reserve(3 * CLAIM_LOCK);
        bytes32 batchId = receipts.commitBatch("root", 2);
        vm.expectRevert(abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchExists.selector, batchId));
        receipts.commitBatch("root", 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IReceiptCourt.ReceiptCourtReserveTooSmall.selector,
                worker,
                CLAIM_LOCK,
                CLAIM_LOCK + 1
            )
        );
        receipts.unreserve(CLAIM_LOCK + 1);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptCourt.ReceiptCourtBatchUnknown.selector, bytes32("x"))
        );
        receipts.release("x");
        vm.assertEq(receipts.getBatch("x").size, 0, "none");
    }

    /// @dev A batch keeps the terms of its commit (T12).
    function test_batch_termsAreCopied() public {
        Batched memory b = _batched(5, 3);
        setParameter(IParameters.Parameter.ClaimLockWei, 2e18);
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, 1 hours);
        vm.assertEq(receipts.terms().epoch, 1, "old terms until somebody syncs");
        receipts.sync();
        receipts.sync();
        vm.assertEq(receipts.terms().epoch, 2, "once");
        vm.assertEq(receipts.terms().lockWei, 2e18, "new lock");
        IReceiptCourt.Batch memory batch = receipts.getBatch(b.batchId);
        vm.assertEq(batch.lockWei, CLAIM_LOCK, "old lock");
        vm.assertEq(batch.windowSeconds, WINDOW, "old window");
        skip(WINDOW);
        receipts.release(b.batchId);
        vm.assertEq(receipts.reserveOf(worker).usedWei, 0, "exactly what was used");
    }

    /// @dev What was final stays final, also when the receipt is filed for its signature later (38).
    function test_batch_finalStaysFinal() public {
        Batched memory b = _batched(5, 3);
        skip(WINDOW);
        vm.assertTrue(_isFinal(b), "final");
        court.file(address(receipts), _locator(b.claim, b.payment));
        vm.assertTrue(_isFinal(b), "stays final");
        bytes32 gameId = challenge(b.claim, challenger);
        skip(CLOCK);
        arena.timeout(gameId);
        skipAll();
        court.finalize(b.claim.claimId);
        vm.assertTrue(_isFinal(b), "even then");
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - CLAIM_LOCK, "but it cost stake");
    }

    /// @dev One receipt on both ways is one claim.
    function test_batchedAndSigned_isOneClaim() public {
        Batched memory b = _batched(5, 3);
        court.file(address(receipts), _locator(b.claim, b.payment));
        bytes memory locator = _locatorOf(b);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimAlreadyFiled.selector, b.claim.claimId));
        court.file(address(receipts), locator);
        skip(WINDOW);
        vm.assertFalse(_isFinal(b), "its claim is not ended");
        court.finalize(b.claim.claimId);
        vm.assertTrue(_isFinal(b), "it stands");
        receipts.release(b.batchId);
        receipts.settle("unknown");
    }
}

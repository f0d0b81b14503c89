// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {BlockBeacon} from "../../../contracts/disputes/BlockBeacon.sol";
import {IAuditPool} from "../../../contracts/interfaces/IAuditPool.sol";
import {IBeacon} from "../../../contracts/interfaces/IBeacon.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Audits} from "../../helpers/sol/Audits.sol";

interface Roll {
    function roll(uint256 number) external;
}

contract AuditPoolTest is Audits {
    bytes32 private constant TRUE_ROOT = keccak256("true");
    bytes32 private constant FALSE_ROOT = keccak256("false");
    bytes32 private constant SALT = "salt";

    function setUp() public {
        openPool(10_000, 2);
        joinAll();
        pay(10e18);
    }

    // ——— bonds ———

    function test_join_bondsAndLeavesAfterTheThaw() public {
        address auditor = people[0];
        vm.assertEq(pool.getAuditor(auditor).bondWei, SEAT_BOND, "bond");
        vm.assertEq(pool.getAuditor(auditor).operator, auditor, "his own operator");
        vm.startPrank(auditor);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolAlreadyJoined.selector, auditor));
        pool.join(address(0));
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolStillLiable.selector, auditor, 0, 0, 0));
        pool.withdrawBond();
        uint64 ends = uint64(block.timestamp + 3 days);
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.AuditorLeft(auditor, ends);
        pool.leave();
        vm.assertEq(pool.auditorCount(), PEOPLE - 1, "one less");
        skip(3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolStillLiable.selector, auditor, ends, 0, 0));
        pool.withdrawBond();
        skip(1);
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.AuditorBondWithdrawn(auditor, SEAT_BOND);
        pool.withdrawBond();
        vm.assertEq(token.balanceOf(auditor), 1_000e18, "all of it");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNothingToWithdraw.selector, auditor));
        pool.withdrawBond();
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNotSeated.selector, auditor));
        pool.leave();
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNotSeated.selector, auditor));
        pool.setOperator(auditor);
        vm.stopPrank();
    }

    /// @dev Coming back during the thaw costs nothing and takes the thaw back.
    function test_rejoin_keepsTheBond() public {
        address auditor = people[3];
        vm.startPrank(auditor);
        pool.leave();
        pool.join(address(0));
        vm.stopPrank();
        vm.assertEq(pool.getAuditor(auditor).bondWei, SEAT_BOND, "same bond");
        vm.assertEq(token.balanceOf(auditor), 1_000e18 - SEAT_BOND, "paid once");
        vm.assertEq(pool.getAuditor(auditor).thawEndsAt, 0, "no thaw");
    }

    function testFuzz_list_swapRemove(uint256 seed) public {
        for (uint256 i = 0; i < 12; ++i) {
            address who = people[uint256(keccak256(abi.encode(seed, i))) % PEOPLE];
            vm.startPrank(who);
            if (pool.getAuditor(who).seat == 0) pool.join(address(0));
            else pool.leave();
            vm.stopPrank();
        }
        uint256 seated;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 seat = pool.getAuditor(people[i]).seat;
            if (seat == 0) continue;
            ++seated;
            vm.assertEq(pool.auditorAt(seat - 1), people[i], "the list knows where he is");
        }
        vm.assertEq(pool.auditorCount(), seated, "count");
        vm.assertEq(pool.auditorAt(seated), address(0), "past the end");
    }

    // ——— rounds and draws ———

    function test_tick_waitsForTheBeacon() public {
        uint64 point = pool.getRound(1).point;
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolBeaconWaiting.selector, 1, point));
        pool.tick();
        beacon.say(point, IBeacon.Status.Lost, 0);
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.RoundReaimed(1, point + 1);
        vm.assertEq(pool.tick(), 1, "the same round");
        vm.assertEq(pool.getRound(1).value, bytes32(0), "still unknown");
        draw("x");
        vm.assertEq(pool.currentRound(), 2, "the next one");
        vm.assertNotEq(pool.getRound(1).value, bytes32(0), "known");
    }

    /// @dev Who joins or leaves when the value may be known changes nothing of the round.
    function test_draw_seatsAreFrozenWithThePoint() public {
        draw("a");
        uint256 round = pool.currentRound();
        JobId jobId = JobId.wrap(77);
        beacon.say(pool.getRound(round).point, IBeacon.Status.Known, "b");
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(people[i]);
            pool.leave();
        }
        pool.tick();
        (bool drawn, address[] memory auditors) = pool.drawOf(jobId, round);
        vm.assertTrue(drawn, "drawn");
        vm.assertEq(auditors.length, 2, "from the old list");
        (, address[] memory again) = pool.drawOf(jobId, round);
        vm.assertEq(abi.encode(auditors), abi.encode(again), "the same for ever");
        draw("c");
        (, auditors) = pool.drawOf(jobId, round + 1);
        vm.assertEq(auditors.length, 1, "one is left");
        vm.assertEq(auditors[0], people[5], "he");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolRoundUnfit.selector, jobId, round + 2));
        pool.drawOf(jobId, round + 2);
    }

    /// @dev Every pair of seats is equally likely: 6 auditors, 15 pairs, 3,000 jobs, 5 sigma.
    function test_draw_isUniform() public {
        draw("uniform");
        draw("uniform 2");
        uint256[36] memory pairs;
        for (uint256 i = 0; i < 3_000; ++i) {
            (, address[] memory auditors) = pool.drawOf(JobId.wrap(uint256(keccak256(abi.encode(i)))), 2);
            uint256 a = pool.getAuditor(auditors[0]).seat - 1;
            uint256 b = pool.getAuditor(auditors[1]).seat - 1;
            vm.assertTrue(a != b, "two people");
            ++pairs[a < b ? a * 6 + b : b * 6 + a];
        }
        for (uint256 a = 0; a < 6; ++a) {
            for (uint256 b = a + 1; b < 6; ++b) {
                vm.assertGt(pairs[a * 6 + b], 130, "too rare");
                vm.assertLt(pairs[a * 6 + b], 270, "too often");
            }
        }
    }

    function test_draw_rateIsTheRule() public {
        vm.prank(treasury);
        pool.setRules(auditRules(200, 2));
        draw("old rules");
        draw("new rules");
        uint256 hits;
        for (uint256 i = 0; i < 4_000; ++i) {
            (bool drawn, ) = pool.drawOf(JobId.wrap(uint256(keccak256(abi.encode(i)))), 2);
            if (drawn) ++hits;
        }
        vm.assertGt(hits, 35, "2 % of 4,000 are 80");
        vm.assertLt(hits, 125, "2 % of 4,000 are 80");
    }

    function testFuzz_draw_dependsOnTheJob(uint256 a, uint256 b) public {
        vm.assume(a != b);
        draw("one");
        draw("two");
        (, address[] memory first) = pool.drawOf(JobId.wrap(a), 2);
        for (uint256 i = 0; i < first.length; ++i) {
            for (uint256 j = 0; j < i; ++j) vm.assertNotEq(first[i], first[j], "distinct");
        }
        (bool drawn, ) = pool.drawOf(JobId.wrap(b), 2);
        vm.assertTrue(drawn, "all are");
    }

    // ——— start ———

    function test_start_onlyInTheFirstRoundAfterTheSubmission() public {
        JobId jobId = claim(terms(1), TRUE_ROOT);
        // Opened in the second of the submission: it does not count.
        draw("same second");
        uint256 same = pool.currentRound();
        draw("known");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolRoundUnfit.selector, jobId, same));
        pool.start(jobId, same);
        skip(1);
        draw("later");
        uint256 first = pool.currentRound();
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolRoundUnfit.selector, jobId, first));
        pool.start(jobId, first);
        skip(1);
        draw("its value");
        draw("another value");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolRoundUnfit.selector, jobId, first + 1));
        pool.start(jobId, first + 1);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolRoundUnfit.selector, jobId, 0));
        pool.start(jobId, 0);
        pool.start(jobId, first);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolAlreadyStarted.selector, jobId));
        pool.start(jobId, first);
        vm.assertEq(pool.reservedWei(), 2 * AUDIT_FEE, "fees are set aside");
        vm.assertEq(pool.auditorsOf(jobId).length, 2, "two auditors");
    }

    function test_start_refusesOtherJobs() public {
        JobId unknown = JobId.wrap(5);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolJobUnfit.selector, unknown));
        pool.start(unknown, 1);
        JobId open = funded(3);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolJobUnfit.selector, open));
        pool.start(open, 1);
    }

    function test_start_notDrawn() public {
        vm.prank(treasury);
        pool.setRules(auditRules(0, 2));
        draw("rules");
        JobId jobId = claim(terms(1), TRUE_ROOT);
        uint256 round = drawFor("never");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNotDrawn.selector, jobId, round));
        pool.start(jobId, round);
    }

    function test_start_needsFunds() public {
        JobId first = claim(terms(1), TRUE_ROOT);
        uint256 round = drawFor("v");
        IAuditPool.Rules memory dear = auditRules(10_000, 2);
        dear.baseFeeWei = 6e18;
        vm.prank(treasury);
        pool.setRules(dear);
        // The rules of its round, not those of now.
        pool.start(first, round);
        vm.assertEq(pool.reservedWei(), 2 * AUDIT_FEE, "old fee");
        draw("dear");
        JobId second = claim(terms(2), TRUE_ROOT);
        round = drawFor("w");
        uint256 left = pool.fundsWei();
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolUnfunded.selector, left, 12e18));
        pool.start(second, round);
        vm.expectRevert(errorOf(IAuditPool.AuditPoolAmountZero.selector));
        pool.fund(0);
        pay(12e18);
        pool.start(second, round);
    }

    function testFuzz_start_deadline(uint256 wait) public {
        JobId jobId = claim(terms(1), TRUE_ROOT);
        uint256 submittedAt = block.timestamp;
        uint256 round = drawFor("v");
        wait = bound(wait, 0, 2 days);
        vm.warp(submittedAt + wait < block.timestamp ? block.timestamp : submittedAt + wait);
        uint256 deadline = submittedAt + 12 hours;
        if (block.timestamp >= deadline) {
            vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolTooLate.selector, jobId, deadline));
        }
        pool.start(jobId, round);
    }

    // ——— the audit ———

    function _started(bytes32 claimed) private returns (JobId jobId, address[] memory auditors) {
        return _startedWith(terms(1), claimed);
    }

    function _startedWith(
        IJobMarket.JobTerms memory t,
        bytes32 claimed
    ) private returns (JobId jobId, address[] memory auditors) {
        jobId = claim(t, claimed);
        uint256 round = drawFor("v");
        pool.start(jobId, round);
        auditors = pool.auditorsOf(jobId);
    }

    function test_audit_agreed() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        commitTo(jobId, auditors[1], TRUE_ROOT);
        skip(COMMIT);
        pool.revealReceipt(terms1(), receiptOf(terms1(), TRUE_ROOT));
        pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        pool.reveal(jobId, auditors[1], TRUE_ROOT, SALT);
        skip(REVEAL);
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.AuditSettled(jobId, IAuditPool.Outcome.Agreed, 2);
        pool.settle(jobId);
        vm.assertFalse(pool.getAudit(jobId).triggered, "no game");
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(pool.creditOf(auditors[i]), AUDIT_FEE, "paid");
            vm.assertEq(pool.getAuditor(auditors[i]).open, 0, "free");
            uint256 before = token.balanceOf(auditors[i]);
            vm.prank(auditors[i]);
            pool.withdraw();
            vm.assertEq(token.balanceOf(auditors[i]) - before, AUDIT_FEE, "pulled");
        }
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNothingToWithdraw.selector, auditors[0]));
        pool.withdrawFor(auditors[0]);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolSettled.selector, jobId));
        pool.settle(jobId);
        vm.assertEq(pool.reservedWei(), 0, "nothing reserved");
    }

    /// @dev Both orders of receipt and root announce the game at once; nobody is slashed by a vote.
    function testFuzz_audit_disagreementOnlyTriggers(bool receiptFirst) public {
        (JobId jobId, address[] memory auditors) = _started(FALSE_ROOT);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        commitTo(jobId, auditors[1], TRUE_ROOT);
        skip(COMMIT);
        IJobMarket.Receipt memory receipt = receiptOf(terms1(), FALSE_ROOT);
        if (receiptFirst) pool.revealReceipt(terms1(), receipt);
        else pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        vm.assertFalse(pool.getAudit(jobId).triggered, "nothing to compare yet");
        bytes32 claimId = court.claimIdOf(receipt.jobId, market.hashReceipt(receipt));
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.AuditTriggered(jobId, claimId, IAuditPool.Outcome.Disagreed);
        if (receiptFirst) pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        else pool.revealReceipt(terms1(), receipt);
        uint256 stake = workers.getWorker(worker).stakeWei;
        skip(REVEAL);
        vm.assertEq(uint256(pool.settle(jobId)), uint256(IAuditPool.Outcome.Disagreed), "outcome");
        vm.assertEq(workers.getWorker(worker).stakeWei, stake, "the worker keeps his stake");
        vm.assertEq(pool.creditOf(auditors[0]), AUDIT_FEE, "paid, whatever he said");
        vm.assertEq(pool.getAuditor(auditors[1]).bondWei, SEAT_BOND - MISS, "the silent one pays");
    }

    function test_audit_receiptWithheld() public {
        (JobId jobId, address[] memory auditors) = _started(FALSE_ROOT);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        skip(COMMIT);
        pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        skip(REVEAL);
        vm.assertEq(uint256(pool.settle(jobId)), uint256(IAuditPool.Outcome.ReceiptWithheld), "outcome");
        vm.assertTrue(pool.getAudit(jobId).triggered, "announced");
    }

    /// @dev Saying "no input" earns nothing and costs nothing, so that it is no way to be paid without work.
    function test_audit_inputWithheld() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        bytes32 none = pool.INPUT_WITHHELD();
        commitTo(jobId, auditors[0], none);
        commitTo(jobId, auditors[1], TRUE_ROOT);
        skip(COMMIT);
        pool.reveal(jobId, auditors[0], none, SALT);
        vm.assertTrue(pool.getAudit(jobId).triggered, "announced");
        pool.reveal(jobId, auditors[1], TRUE_ROOT, SALT);
        pool.revealReceipt(terms1(), receiptOf(terms1(), TRUE_ROOT));
        skip(REVEAL);
        vm.assertEq(uint256(pool.settle(jobId)), uint256(IAuditPool.Outcome.InputWithheld), "outcome");
        vm.assertEq(pool.creditOf(auditors[0]), 0, "no fee");
        vm.assertEq(pool.getAuditor(auditors[0]).bondWei, SEAT_BOND, "no loss");
        vm.assertEq(pool.creditOf(auditors[1]), AUDIT_FEE, "the other one is paid");
    }

    function test_audit_missed() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        skip(COMMIT + REVEAL);
        uint256 funds = pool.fundsWei();
        vm.assertEq(uint256(pool.settle(jobId)), uint256(IAuditPool.Outcome.Missed), "outcome");
        vm.assertEq(pool.fundsWei() - funds, 2 * (uint256(MISS) + AUDIT_FEE), "fees and fines go back");
        vm.assertEq(pool.getAuditor(auditors[0]).seat, 0, "out: his bond is too small now");
        vm.startPrank(auditors[0]);
        uint256 before = token.balanceOf(auditors[0]);
        pool.join(address(0));
        vm.stopPrank();
        vm.assertEq(before - token.balanceOf(auditors[0]), MISS, "back for what was missing");
    }

    /// @dev Half-open windows: t-1, t, t+1 of both ends.
    function test_windows() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        uint256 started = block.timestamp;
        IJobMarket.Receipt memory honest = receiptOf(terms1(), TRUE_ROOT);
        uint256 commitEnd = started + COMMIT;
        uint256 revealEnd = commitEnd + REVEAL;
        bytes memory early = abi.encodeWithSelector(
            IAuditPool.AuditPoolOutsideWindow.selector,
            jobId,
            commitEnd,
            revealEnd
        );
        vm.warp(commitEnd - 1);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        vm.expectRevert(early);
        pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        vm.expectRevert(early);
        pool.revealReceipt(terms1(), honest);
        vm.warp(commitEnd);
        vm.expectRevert(
            abi.encodeWithSelector(IAuditPool.AuditPoolOutsideWindow.selector, jobId, started, commitEnd)
        );
        vm.prank(auditors[1]);
        pool.commit(jobId, auditors[1], keccak256("late"));
        vm.warp(revealEnd - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuditPool.AuditPoolOutsideWindow.selector,
                jobId,
                revealEnd,
                type(uint256).max
            )
        );
        pool.settle(jobId);
        pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        vm.warp(revealEnd);
        vm.expectRevert(early);
        pool.revealReceipt(terms1(), honest);
        pool.settle(jobId);
        JobId other = JobId.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolOutsideWindow.selector, other, 0, 0));
        pool.settle(other);
    }

    function test_commit_onlyByTheDrawnAndTheirOperators() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        address thief = actor("thief");
        vm.prank(thief);
        vm.expectRevert(
            abi.encodeWithSelector(IAuditPool.AuditPoolCallerNotOperator.selector, thief, auditors[0])
        );
        pool.commit(jobId, auditors[0], "c");
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNotYourAudit.selector, jobId, thief));
        pool.commit(jobId, thief, "c");
        address operator = actor("operator");
        vm.prank(auditors[0]);
        pool.setOperator(operator);
        vm.startPrank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(IAuditPool.AuditPoolCommitmentUnfit.selector, jobId, auditors[0])
        );
        pool.commit(jobId, auditors[0], 0);
        pool.commit(jobId, auditors[0], commitmentOf(jobId, auditors[0], TRUE_ROOT, SALT));
        vm.expectRevert(
            abi.encodeWithSelector(IAuditPool.AuditPoolCommitmentUnfit.selector, jobId, auditors[0])
        );
        pool.commit(jobId, auditors[0], "again");
        vm.stopPrank();
    }

    /// @dev K10: a copied commitment opens for nobody else. K11: nothing to copy after the first reveal.
    function testFuzz_commit_copied(bytes32 root, bytes32 salt, bytes32 otherSalt) public {
        vm.assume(root != 0);
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        bytes32 commitment = commitmentOf(jobId, auditors[0], root, salt);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(auditors[i]);
            pool.commit(jobId, auditors[i], commitment);
        }
        skip(COMMIT);
        pool.reveal(jobId, auditors[0], root, salt);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAuditPool.AuditPoolRevealUnfit.selector, jobId, auditors[i])
            );
            pool.reveal(jobId, auditors[i], root, i == 0 ? salt : otherSalt);
        }
    }

    function testFuzz_revealReceipt_onlyTheTrueOne(uint8 field) public {
        (JobId jobId, ) = _started(TRUE_ROOT);
        skip(COMMIT);
        IJobMarket.Receipt memory honest = receiptOf(terms1(), TRUE_ROOT);
        IJobMarket.Receipt memory forged = receiptOf(terms1(), TRUE_ROOT);
        field = uint8(bound(field, 0, 5));
        if (field == 0) forged.outputRoot = FALSE_ROOT;
        if (field == 1) forged.programRoot = FALSE_ROOT;
        if (field == 2) forged.inputRoot = FALSE_ROOT;
        if (field == 3) ++forged.issuedAt;
        if (field == 4) forged.worker = client;
        if (field == 5) forged.jobId = 0;
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolReceiptUnfit.selector, jobId));
        pool.revealReceipt(terms1(), forged);
        pool.revealReceipt(terms1(), honest);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolReceiptUnfit.selector, jobId));
        pool.revealReceipt(terms1(), honest);
    }

    /// @dev S4: who leaves between the draw and the start is still drawn, still fined, and gets the rest.
    function test_leave_betweenDrawAndStart() public {
        JobId jobId = claim(terms(1), TRUE_ROOT);
        uint256 round = drawFor("v");
        (, address[] memory auditors) = pool.drawOf(jobId, round);
        vm.prank(auditors[0]);
        pool.leave();
        skip(12 hours - 14);
        pool.start(jobId, round);
        skip(COMMIT + REVEAL);
        vm.startPrank(auditors[0]);
        skip(3 days);
        uint256 ends = pool.getAuditor(auditors[0]).thawEndsAt;
        vm.expectRevert(
            abi.encodeWithSelector(IAuditPool.AuditPoolStillLiable.selector, auditors[0], ends, 1, 0)
        );
        pool.withdrawBond();
        pool.settle(jobId);
        vm.assertEq(pool.withdrawBond(), SEAT_BOND - MISS, "the rest");
        vm.stopPrank();
    }

    // ——— canaries ———

    bytes32 private constant NONCE = "nonce";

    function _canaryTerms() private view returns (IJobMarket.JobTerms memory t) {
        t = terms(1);
        t.expiresAt = uint64(START + 1 hours);
        t.salt = keccak256(abi.encode("assay canary", NONCE, TRUE_ROOT));
    }

    function terms1() private view returns (IJobMarket.JobTerms memory t) {
        t = terms(1);
        t.expiresAt = uint64(START + 1 hours);
    }

    /// @dev One auditor approves the lie, one finds it; the receipt is shown.
    function _canaryAudited() private returns (JobId jobId, address lazy, address finder) {
        address[] memory auditors;
        (jobId, auditors) = _startedWith(_canaryTerms(), FALSE_ROOT);
        (lazy, finder) = (auditors[0], auditors[1]);
        commitTo(jobId, lazy, FALSE_ROOT);
        commitTo(jobId, finder, TRUE_ROOT);
        skip(COMMIT);
        pool.revealReceipt(_canaryTerms(), receiptOf(_canaryTerms(), FALSE_ROOT));
        pool.reveal(jobId, lazy, FALSE_ROOT, SALT);
        pool.reveal(jobId, finder, TRUE_ROOT, SALT);
        skip(REVEAL);
    }

    function test_canary_proven() public {
        (JobId jobId, address lazy, address finder) = _canaryAudited();
        (IJobMarket.Receipt memory proof, bytes32 claimId) = fileProof(_canaryTerms(), TRUE_ROOT);
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.CanaryRevealed(jobId, claimId, TRUE_ROOT);
        pool.revealCanary(_canaryTerms(), NONCE, proof);
        vm.assertEq(pool.getAuditor(lazy).frozenWei, CANARY, "frozen, not taken");
        vm.assertEq(pool.getAuditor(lazy).bondWei, SEAT_BOND, "frozen, not taken");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolCanaryOpen.selector, jobId, claimId));
        pool.concludeCanary(jobId);
        vm.prank(lazy);
        pool.leave();
        skip(WINDOW);
        court.finalize(claimId);
        uint256 supply = token.totalSupply();
        vm.expectEmit(true, true, true, true, address(pool));
        emit IAuditPool.CanaryConcluded(jobId, IAuditPool.CanaryState.Proven, CANARY / 2, CANARY / 2, 0);
        pool.concludeCanary(jobId);
        vm.assertEq(supply - token.totalSupply(), CANARY / 2, "half is burned");
        vm.assertEq(pool.creditOf(finder), AUDIT_FEE + CANARY / 2, "half finds its finder");
        vm.assertEq(pool.creditOf(lazy), AUDIT_FEE, "he keeps his fee");
        vm.assertEq(pool.getAuditor(lazy).bondWei, SEAT_BOND - CANARY, "and pays");
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolCanaryOpen.selector, jobId, claimId));
        pool.concludeCanary(jobId);
        skip(3 days);
        vm.prank(lazy);
        vm.assertEq(pool.withdrawBond(), SEAT_BOND - CANARY, "the rest leaves");
    }

    /// @dev A planter who lies about the true output: the Court hears the auditor, who loses nothing.
    function test_canary_refuted() public {
        (JobId jobId, address honest, ) = _canaryAudited();
        (IJobMarket.Receipt memory proof, bytes32 claimId) = fileProof(_canaryTerms(), TRUE_ROOT);
        pool.revealCanary(_canaryTerms(), NONCE, proof);
        vm.startPrank(honest);
        token.approve(address(court), type(uint256).max);
        bytes32 gameId = arena.challenge(claimId);
        vm.stopPrank();
        skip(WINDOW + 2 * CLOCK + 32 * REPLY);
        arena.timeout(gameId);
        court.finalize(claimId);
        vm.assertEq(uint256(court.outcomeOf(claimId)), uint256(ICourt.Outcome.Fallen), "the planter was silent");
        vm.assertEq(uint256(pool.concludeCanary(jobId)), uint256(IAuditPool.CanaryState.Refuted), "refuted");
        vm.assertEq(pool.getAuditor(honest).bondWei, SEAT_BOND, "nothing lost");
        vm.assertEq(pool.getAuditor(honest).frozenWei, 0, "nothing frozen");
        vm.assertGt(court.creditOf(honest), BOND, "and the planter's stake pays him");
    }

    function test_canary_noFinder() public {
        (JobId jobId, address[] memory auditors) = _startedWith(_canaryTerms(), FALSE_ROOT);
        commitTo(jobId, auditors[0], FALSE_ROOT);
        commitTo(jobId, auditors[1], FALSE_ROOT);
        skip(COMMIT);
        pool.revealReceipt(_canaryTerms(), receiptOf(_canaryTerms(), FALSE_ROOT));
        pool.reveal(jobId, auditors[0], FALSE_ROOT, SALT);
        pool.reveal(jobId, auditors[1], FALSE_ROOT, SALT);
        skip(REVEAL);
        (IJobMarket.Receipt memory proof, bytes32 claimId) = fileProof(_canaryTerms(), TRUE_ROOT);
        pool.revealCanary(_canaryTerms(), NONCE, proof);
        skip(WINDOW);
        court.finalize(claimId);
        uint256 funds = pool.fundsWei();
        pool.concludeCanary(jobId);
        vm.assertEq(pool.fundsWei() - funds, CANARY, "half of two penalties pays for audits to come");
        vm.assertEq(pool.auditorCount(), PEOPLE - 2, "both are out");
    }

    /// @dev The seal binds: nobody calls a job a canary afterwards, and no true answer is one.
    function test_canary_unfit() public {
        (JobId jobId, , ) = _canaryAudited();
        (IJobMarket.Receipt memory proof, ) = fileProof(_canaryTerms(), TRUE_ROOT);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolCanaryUnfit.selector, jobId));
        pool.revealCanary(_canaryTerms(), "another nonce", proof);
        IJobMarket.JobTerms memory unsealed = terms1();
        bytes memory never = abi.encodeWithSelector(
            IAuditPool.AuditPoolOutsideWindow.selector,
            market.jobIdOf(unsealed),
            0,
            0
        );
        vm.expectRevert(never);
        pool.revealCanary(unsealed, NONCE, proof);
        pool.revealCanary(_canaryTerms(), NONCE, proof);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolCanaryUnfit.selector, jobId));
        pool.revealCanary(_canaryTerms(), NONCE, proof);
    }

    /// @dev What proves the true output is a claim of the same program and input that can still be challenged.
    function testFuzz_canary_proofUnfit(uint8 kind) public {
        (JobId jobId, , ) = _canaryAudited();
        kind = uint8(bound(kind, 0, 2));
        IJobMarket.Receipt memory proof;
        bytes32 claimId;
        if (kind == 0) {
            proof = receiptOf(_canaryTerms(), TRUE_ROOT);
            claimId = court.claimIdOf(proof.jobId, market.hashReceipt(proof));
        } else if (kind == 1) {
            IJobMarket.JobTerms memory other = _canaryTerms();
            other.inputRoot = keccak256("another input");
            (proof, claimId) = fileProof(other, TRUE_ROOT);
        } else {
            (proof, claimId) = fileProof(_canaryTerms(), TRUE_ROOT);
            // Open for the contest time less a second.
            vm.warp(court.getClaim(claimId).windowEndsAt - 12 hours + 1);
            if (block.timestamp >= pool.getAudit(jobId).startedAt + COMMIT + REVEAL + 24 hours) return;
        }
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolProofUnfit.selector, jobId, claimId));
        pool.revealCanary(_canaryTerms(), NONCE, proof);
    }

    function testFuzz_canary_window(uint256 wait) public {
        (JobId jobId, , ) = _canaryAudited();
        uint256 from = block.timestamp;
        wait = bound(wait, 0, 48 hours);
        skip(wait);
        (IJobMarket.Receipt memory proof, ) = fileProof(_canaryTerms(), TRUE_ROOT);
        if (wait >= 24 hours) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IAuditPool.AuditPoolOutsideWindow.selector,
                    jobId,
                    from,
                    from + 24 hours
                )
            );
        }
        pool.revealCanary(_canaryTerms(), NONCE, proof);
    }

    /// @dev The canary's own lie is challenged like any other: the seal saves its worker nothing.
    function test_canary_itsClaimFallsLikeAnyOther() public {
        (JobId jobId, , address finder) = _canaryAudited();
        bytes32 claimId = court.file(address(evaluator), abi.encode(jobId));
        vm.startPrank(finder);
        token.approve(address(court), type(uint256).max);
        bytes32 gameId = arena.challenge(claimId);
        vm.stopPrank();
        (IJobMarket.Receipt memory proof, ) = fileProof(_canaryTerms(), TRUE_ROOT);
        pool.revealCanary(_canaryTerms(), NONCE, proof);
        skip(WINDOW + 2 * CLOCK + 32 * REPLY);
        arena.timeout(gameId);
        vm.assertEq(court.getClaim(claimId).slashedWei, CLAIM_LOCK, "the planter pays");
    }

    // ——— rules ———

    function test_setRules_onlyTimelock() public {
        vm.expectRevert(
            abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, address(this), treasury)
        );
        pool.setRules(auditRules(1, 1));
    }

    function testFuzz_setRules_bounds(uint8 field, uint256 value) public {
        IAuditPool.Rules memory r = auditRules(200, 2);
        field = uint8(bound(field, 0, 4));
        (uint256 key, uint256 min, uint256 max) = (0, 0, 0);
        if (field == 0) {
            (r.seats, key, min, max) = (uint8(bound(value, 0, 255)), 5, 1, 5);
            value = r.seats;
        } else if (field == 1) {
            (r.auditBps, key, max) = (uint16(bound(value, 0, type(uint16).max)), 4, 10_000);
            value = r.auditBps;
        } else if (field == 2) {
            (r.canaryWei, key, max) = (uint96(bound(value, 0, type(uint96).max)), 3, r.bondWei);
            value = r.canaryWei;
        } else if (field == 3) {
            (r.missWei, key, max) = (uint96(bound(value, 0, type(uint96).max)), 2, r.bondWei);
            value = r.missWei;
        } else {
            (r.thawSeconds, key, min, max) = (uint32(bound(value, 0, type(uint32).max)), 11, 40 hours, 180 days);
            value = r.thawSeconds;
        }
        bool bad = value < min || value > max;
        vm.prank(treasury);
        if (bad) {
            vm.expectRevert(
                abi.encodeWithSelector(IAuditPool.AuditPoolRuleOutOfBounds.selector, key, value, min, max)
            );
        }
        pool.setRules(r);
        if (!bad) vm.assertEq(abi.encode(pool.rules()), abi.encode(r), "taken");
    }

    /// @dev T12: a vote in the middle of an audit changes nothing of it.
    function test_setRules_doesNotTouchWhatRuns() public {
        (JobId jobId, address[] memory auditors) = _started(TRUE_ROOT);
        IAuditPool.Rules memory harsh = auditRules(0, 5);
        (harsh.missWei, harsh.commitSeconds, harsh.baseFeeWei) = (SEAT_BOND, 1, 0);
        vm.prank(treasury);
        pool.setRules(harsh);
        commitTo(jobId, auditors[0], TRUE_ROOT);
        skip(COMMIT);
        pool.reveal(jobId, auditors[0], TRUE_ROOT, SALT);
        skip(REVEAL);
        pool.settle(jobId);
        vm.assertEq(pool.creditOf(auditors[0]), AUDIT_FEE, "old fee");
        vm.assertEq(pool.getAuditor(auditors[1]).bondWei, SEAT_BOND - MISS, "old fine");
    }

    // ——— the block beacon ———

    function test_blockBeacon() public {
        Roll roller = Roll(address(vm));
        roller.roll(1_000);
        BlockBeacon blocks = new BlockBeacon(32);
        uint64 point = blocks.announce();
        vm.assertEq(point, 1_032, "32 blocks ahead");
        (IBeacon.Status status, bytes32 value) = blocks.read(point);
        vm.assertEq(uint256(status), uint256(IBeacon.Status.Waiting), "far ahead");
        roller.roll(1_032);
        (status, ) = blocks.read(point);
        vm.assertEq(uint256(status), uint256(IBeacon.Status.Waiting), "the block itself has no hash yet");
        roller.roll(1_033);
        (status, value) = blocks.read(point);
        vm.assertEq(uint256(status), uint256(IBeacon.Status.Known), "known");
        vm.assertEq(value, blockhash(1_032), "the hash");
        roller.roll(1_032 + 257);
        (status, value) = blocks.read(point);
        vm.assertEq(uint256(status), uint256(IBeacon.Status.Lost), "after 256 blocks");
        vm.assertEq(value, bytes32(0), "no value");
        vm.expectRevert(abi.encodeWithSelector(BlockBeacon.BlockBeaconDelayOutOfRange.selector, 0, 1024));
        new BlockBeacon(0);
        vm.expectRevert(abi.encodeWithSelector(BlockBeacon.BlockBeaconDelayOutOfRange.selector, 1025, 1024));
        new BlockBeacon(1025);
    }
}

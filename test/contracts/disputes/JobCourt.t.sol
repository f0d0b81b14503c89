// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobEvaluator} from "../../../contracts/interfaces/IJobEvaluator.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobCourt} from "../../../contracts/interfaces/IJobCourt.sol";
import {VersionId} from "../../../contracts/types/Ids.sol";
import {Disputes} from "../../helpers/sol/Disputes.sol";

contract JobCourtTest is Disputes {
    function setUp() public {
        openDisputes();
    }

    function test_accept_completesAtOnce() public {
        JobId jobId = submitted(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IJobEvaluator.EvaluatorCallerNotClient.selector,
                jobId,
                address(this),
                client
            )
        );
        evaluator.accept(jobId);
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobCompleted(jobId, address(evaluator), "accepted by the client");
        vm.prank(client);
        evaluator.accept(jobId);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(
                IJobEvaluator.EvaluatorJobNotOurs.selector,
                jobId,
                address(evaluator)
            )
        );
        evaluator.accept(jobId);
    }

    function test_accept_notBeforeTheAnswer() public {
        JobId jobId = funded(1);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IJobEvaluator.EvaluatorJobNotOurs.selector, jobId, address(evaluator))
        );
        evaluator.accept(jobId);
    }

    function test_accept_notForAnotherEvaluator() public {
        address other = actor("other evaluator");
        vm.prank(treasury);
        market.setEvaluator(other, true);
        IJobMarket.JobTerms memory t = terms(1);
        t.evaluator = other;
        JobId jobId = market.openJob(t, authorize(keyOf("client"), t));
        vm.prank(worker);
        market.submit(jobId, "answer");
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IJobEvaluator.EvaluatorJobNotOurs.selector, jobId, other));
        evaluator.accept(jobId);
        skip(WINDOW);
        vm.assertEq(evaluator.finalize(one(jobId)), 0, "left alone");
    }

    /// @dev The window is half-open: not one second early, by anybody from then on (K18).
    function test_fuzz_finalize_windowEdge(uint256 after_, address caller) public {
        JobId jobId = submitted(1);
        after_ = bound(after_, WINDOW - 3, WINDOW + 3);
        skip(after_);
        vm.assertTrue(evaluator.isFinalizable(jobId) == (after_ >= WINDOW), "finalizable");
        vm.prank(caller);
        uint256 completed = evaluator.finalize(one(jobId));
        vm.assertEq(completed, after_ >= WINDOW ? 1 : 0, "completed");
        assertState(
            jobId,
            after_ >= WINDOW ? IJobMarket.JobState.Completed : IJobMarket.JobState.Submitted,
            "state"
        );
    }

    function test_finalize_leavesTheOthersAlone() public {
        JobId done = submitted(1);
        skip(1 hours);
        JobId young = submitted(2);
        JobId unanswered = funded(3);
        skip(WINDOW - 1 hours);
        JobId[] memory jobIds = new JobId[](5);
        jobIds[0] = young;
        jobIds[1] = done;
        jobIds[2] = done;
        jobIds[3] = unanswered;
        jobIds[4] = JobId.wrap(12345);
        vm.assertEq(evaluator.finalize(jobIds), 1, "one");
        assertState(done, IJobMarket.JobState.Completed, "done");
        assertState(young, IJobMarket.JobState.Submitted, "young");
        assertState(unanswered, IJobMarket.JobState.Funded, "unanswered");
        vm.assertEq(evaluator.finalize(new JobId[](0)), 0, "empty");
        vm.assertEq(address(evaluator.market()), address(market), "market");
    }

    /// @dev Filing without a challenge delays nothing: the same call ends the job at the same time.
    function test_finalize_filedButNotChallenged() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        court.file(address(evaluator), abi.encode(c.jobId));
        skip(WINDOW - 1);
        vm.assertFalse(evaluator.isFinalizable(c.jobId), "too early");
        vm.assertEq(evaluator.finalize(one(c.jobId)), 0, "left alone");
        skip(1);
        vm.assertTrue(evaluator.isFinalizable(c.jobId), "now");
        vm.assertEq(evaluator.finalize(one(c.jobId)), 1, "done");
        assertState(c.jobId, IJobMarket.JobState.Completed, "paid");
        assertOutcome(c.claimId, ICourt.Outcome.Stands, "and the claim stands");
        vm.assertEq(evaluator.finalize(one(c.jobId)), 0, "once");
    }

    function test_finalize_challengedJobWaitsForTheCourt() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        court.file(address(evaluator), abi.encode(c.jobId));
        bytes32 gameId = challenge(c, challenger);
        skip(WINDOW);
        vm.assertFalse(evaluator.isFinalizable(c.jobId), "disputed");
        vm.assertEq(evaluator.finalize(one(c.jobId)), 0, "left alone");
        arena.timeout(gameId);
        vm.assertFalse(evaluator.isFinalizable(c.jobId), "it will not complete");
        vm.assertEq(evaluator.finalize(one(c.jobId)), 0, "nothing completed, but ended");
        assertState(c.jobId, IJobMarket.JobState.Rejected, "never revealed: fallen, refunded");
        vm.assertEq(market.creditOf(client), FEE, "fee back");
    }

    /// @dev The client may pay at any time; the stake is judged all the same, and the end touches no ended job.
    function test_accept_duringTheGame() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        vm.prank(client);
        evaluator.accept(c.jobId);
        assertState(c.jobId, IJobMarket.JobState.Completed, "paid");
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
        assertState(c.jobId, IJobMarket.JobState.Completed, "stays paid");
        vm.assertEq(court.getClaim(c.claimId).slashedWei, CLAIM_LOCK, "but slashed");
        evaluator.settle(c.claimId);
    }

    function test_file_refusals() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        bytes memory refusal = abi.encodeWithSelector(IJobCourt.JobCourtNotDisputable.selector, c.jobId);
        skip(WINDOW);
        vm.expectRevert(refusal);
        court.file(address(evaluator), abi.encode(c.jobId));
        JobId unanswered = funded(2);
        vm.expectRevert(abi.encodeWithSelector(IJobCourt.JobCourtNotDisputable.selector, unanswered));
        court.file(address(evaluator), abi.encode(unanswered));
        VersionId float = versionWith(0);
        IJobMarket.JobTerms memory t = termsOf(client, worker, float, FEE, 3);
        JobId jobId = market.openJob(t, authorize(keyOf("client"), t));
        vm.prank(worker);
        market.submit(jobId, "answer");
        vm.expectRevert(abi.encodeWithSelector(IJobCourt.JobCourtNotDisputable.selector, jobId));
        court.file(address(evaluator), abi.encode(jobId));
    }

    /// @dev Receipt and terms must be those of the job in every field; the worker who has no such receipt loses by time.
    function test_fuzz_reveal_everyFieldCounts(uint8 field) public {
        Case memory c = submittedCase(3, 2, 2, 1);
        court.file(address(evaluator), abi.encode(c.jobId));
        field = uint8(bound(field, 0, 8));
        if (field == 0) c.receipt.jobId = "x";
        else if (field == 1) c.receipt.versionId = VersionId.wrap(9);
        else if (field == 2) c.receipt.programRoot = "x";
        else if (field == 3) c.receipt.inputRoot = "x";
        else if (field == 4) c.receipt.outputRoot = "x";
        else if (field == 5) c.receipt.worker = client;
        else if (field == 6) c.receipt.issuedAt += 1;
        else if (field == 7) c.terms.salt = "x";
        else c.terms.inputRoot = "x";
        vm.expectRevert(abi.encodeWithSelector(IJobCourt.JobCourtReceiptContradicts.selector, c.jobId));
        evaluator.reveal(c.jobId, c.receipt, c.terms);
        vm.assertFalse(court.getClaim(c.claimId).revealed, "not revealed");
    }

    /// @dev A receipt that says something else than the job asked for cannot be revealed, although it was signed for it.
    function test_fuzz_submittedReceiptContradicts(uint8 field) public {
        IJobMarket.JobTerms memory t = terms(1);
        JobId jobId = market.jobIdOf(t);
        IJobMarket.Receipt memory r = IJobMarket.Receipt(
            bytes32(JobId.unwrap(jobId)),
            t.versionId,
            keccak256("program"),
            t.inputRoot,
            "output",
            worker,
            0
        );
        field = uint8(bound(field, 0, 5));
        if (field == 0) r.jobId = "x";
        else if (field == 1) r.versionId = VersionId.wrap(9);
        else if (field == 2) r.programRoot = "x";
        else if (field == 3) r.inputRoot = "x";
        else if (field == 4) r.worker = client;
        market.openJob(t, authorize(keyOf("client"), t));
        bytes32 deliverable = market.hashReceipt(r);
        vm.prank(hotKey);
        market.submit(jobId, deliverable);
        court.file(address(evaluator), abi.encode(jobId));
        if (field != 5) {
            vm.expectRevert(abi.encodeWithSelector(IJobCourt.JobCourtReceiptContradicts.selector, jobId));
        }
        evaluator.reveal(jobId, r, t);
        bytes32 claimId = court.claimIdOf(bytes32(JobId.unwrap(jobId)), deliverable);
        vm.assertTrue(court.getClaim(claimId).revealed == (field == 5), "revealed");
        vm.assertTrue(evaluator.jobOf(claimId) == jobId, "job");
    }

    /// @dev One digest for two jobs makes two claims: the second job cannot hide behind the first one's claim.
    function test_sameDeliverableForTwoJobs() public {
        Case memory c = filedCase(3, 2, 2, 1);
        IJobMarket.JobTerms memory t = c.terms;
        t.salt = "second";
        JobId second = market.openJob(t, authorize(keyOf("client"), t));
        bytes32 deliverable = market.hashReceipt(c.receipt);
        vm.prank(hotKey);
        market.submit(second, deliverable);
        court.file(address(evaluator), abi.encode(second));
        bytes32 claimId = court.claimIdOf(bytes32(JobId.unwrap(second)), deliverable);
        vm.expectRevert(abi.encodeWithSelector(IJobCourt.JobCourtReceiptContradicts.selector, second));
        evaluator.reveal(second, c.receipt, t);
        vm.prank(challenger);
        bytes32 gameId = arena.challenge(claimId);
        skip(CLOCK);
        arena.timeout(gameId);
        vm.assertEq(uint256(court.getClaim(claimId).verdict), uint256(ICourt.Outcome.Fallen), "second fell");
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), 0, "first untouched");
    }

    /// @dev Nothing but the evaluator holds a job, and only a submitted one.
    function test_hold_onlyTheEvaluator() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IJobMarket.JobMarketCallerNotEvaluator.selector,
                address(this),
                address(evaluator)
            )
        );
        market.hold(c.jobId);
        vm.assertEq(market.windowEndOf(c.jobId, address(this)), type(uint256).max, "not ours");
        vm.assertEq(market.windowEndOf(c.jobId, address(evaluator)), block.timestamp + WINDOW, "window");
        JobId unanswered = funded(2);
        vm.prank(address(evaluator));
        vm.expectRevert(unexpected(unanswered, IJobMarket.JobState.Funded));
        market.hold(unanswered);
    }

    function test_settle_doesNothingBeforeTheEnd() public {
        Case memory c = filedCase(3, 2, 2, 1);
        evaluator.settle(c.claimId);
        evaluator.settle("unknown");
        assertState(c.jobId, IJobMarket.JobState.Submitted, "nothing happened");
    }
}

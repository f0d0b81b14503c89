// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobEvaluator} from "../../../contracts/interfaces/IJobEvaluator.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";

contract JobCourtTest is Jobs {
    function setUp() public {
        openMarket();
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
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId, ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";
import {SmartAccount} from "../../helpers/sol/SmartAccount.sol";

/// @dev The escrow state machine.
contract JobMarketTest is Jobs {
    function setUp() public {
        openMarket();
    }

    function test_openJob_pinsTermsAndRules() public {
        IJobMarket.JobTerms memory t = terms(1);
        JobId jobId = market.jobIdOf(t);
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobCreated(jobId, client, worker, address(evaluator), t.expiresAt, address(0));
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobTermsPinned(
            jobId,
            versionId,
            author,
            t.inputRoot,
            FEE,
            t.salt,
            uint32(WINDOW),
            uint128(CLAIM_LOCK),
            8_000,
            1_500
        );
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobFunded(jobId, client, FEE);
        market.openJob(t, authorize(keyOf("client"), t));

        IJobMarket.Job memory job = market.getJob(jobId);
        vm.assertEq(uint256(job.state), uint256(IJobMarket.JobState.Funded), "state");
        vm.assertEq(job.client, client, "client");
        vm.assertEq(job.worker, worker, "worker");
        vm.assertEq(job.evaluator, address(evaluator), "evaluator");
        vm.assertEq(job.author, author, "author");
        vm.assertTrue(job.versionId == versionId, "version");
        vm.assertEq(job.feeWei, FEE, "fee");
        vm.assertEq(job.claimLockWei, CLAIM_LOCK, "lock");
        vm.assertEq(job.expiresAt, t.expiresAt, "expiry");
        vm.assertEq(job.submittedAt, 0, "not submitted");
        vm.assertEq(job.challengeWindowSeconds, WINDOW, "window");
        vm.assertEq(job.workerBps, 8_000, "worker share");
        vm.assertEq(job.authorBps, 1_500, "author share");
        vm.assertEq(job.deliverable, 0, "no deliverable");
        vm.assertEq(token.balanceOf(address(market)), FEE, "escrow");
    }

    function test_jobIdOf_isTheHashOfChainMarketAndTerms() public {
        IJobMarket.JobTerms memory t = terms(1);
        bytes32 expected = keccak256(abi.encode(block.chainid, address(market), t));
        vm.assertEq(bytes32(JobId.unwrap(market.jobIdOf(t))), expected, "id");
        vm.chainId(block.chainid + 1);
        vm.assertNotEq(bytes32(JobId.unwrap(market.jobIdOf(t))), expected, "live chain id");
    }

    function test_openJob_refusals() public {
        IJobMarket.JobTerms memory t = terms(1);
        t.feeWei = 0;
        _refused(t, abi.encodeWithSelector(IJobMarket.JobMarketFeeOutOfRange.selector, 0, MAX_FEE));
        t.feeWei = uint128(MAX_FEE) + 1;
        _refused(t, abi.encodeWithSelector(IJobMarket.JobMarketFeeOutOfRange.selector, MAX_FEE + 1, MAX_FEE));
        t = terms(1);
        uint256 latest = block.timestamp + MAX_JOB;
        t.expiresAt = uint64(block.timestamp);
        _refused(t, _expiryOut(t.expiresAt, latest));
        t.expiresAt = uint64(latest + 1);
        _refused(t, _expiryOut(t.expiresAt, latest));
        t.expiresAt = type(uint64).max;
        _refused(t, _expiryOut(t.expiresAt, latest));
        t = terms(1);
        t.evaluator = client;
        _refused(t, abi.encodeWithSelector(IJobMarket.JobMarketEvaluatorNotApproved.selector, client));
        t = terms(1);
        t.worker = holder;
        _refused(t, abi.encodeWithSelector(IJobMarket.JobMarketWorkerInactive.selector, holder));
        t = terms(1);
        t.versionId = VersionId.wrap(99);
        _refused(t, abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 99));
    }

    function test_openJob_acceptsTheEdges() public {
        IJobMarket.JobTerms memory t = terms(1);
        t.feeWei = uint128(MAX_FEE);
        t.expiresAt = uint64(block.timestamp + MAX_JOB);
        market.openJob(t, authorize(keyOf("client"), t));
        t.feeWei = 1;
        t.expiresAt = uint64(block.timestamp + 1);
        market.openJob(t, authorize(keyOf("client"), t));
    }

    /// @dev One signature binds every term: flip any of them and it pays nothing (K2, K20, Graph OZ H-08).
    function test_fuzz_openJob_everyTermIsSigned(uint8 field, uint256 noise) public {
        IJobMarket.JobTerms memory t = terms(1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        field = uint8(bound(field, 0, 8));
        noise = bound(noise, 1, 1_000);
        if (field == 0) t.client = holder;
        if (field == 1) t.worker = newWorker("other worker", MIN_STAKE);
        if (field == 2) (, t.versionId) = newVersion(author, "other");
        if (field == 3) t.inputRoot = keccak256(abi.encode(noise));
        if (field == 4) t.feeWei += uint128(noise);
        if (field == 5) t.expiresAt += uint64(noise);
        if (field == 6) {
            t.evaluator = actor("other evaluator");
            vm.prank(treasury);
            market.setEvaluator(t.evaluator, true);
        }
        if (field == 7) t.salt = keccak256(abi.encode(noise));
        if (field == 8) authorization.validBefore += noise;
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        market.openJob(t, authorization);
        vm.assertEq(token.balanceOf(address(market)), 0, "nothing paid");
    }

    function test_openJob_onceOnly() public {
        JobId jobId = funded(1);
        IJobMarket.JobTerms memory t = terms(1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Funded));
        market.openJob(t, authorization);
    }

    function test_openJob_bySmartAccount() public {
        SmartAccount account = new SmartAccount(client);
        give(address(account), 1e18);
        IJobMarket.JobTerms memory t = termsOf(address(account), worker, versionId, FEE, 1);
        JobId jobId = market.openJob(t, authorize(keyOf("client"), t));
        assertState(jobId, IJobMarket.JobState.Funded, "funded");
    }

    /// @dev The ERC-8183 way: create, confirm the budget, fund from an allowance, submit, complete.
    function test_erc8183_lifecycle() public {
        IJobMarket.JobTerms memory t = terms(1);
        vm.startPrank(client);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketHooksUnsupported.selector, holder));
        market.createJob(t, holder);
        JobId jobId = market.createJob(t, address(0));
        assertState(jobId, IJobMarket.JobState.Open, "open");
        vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Open));
        market.createJob(t, address(0));
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.BudgetSet(jobId, FEE);
        market.setBudget(jobId, FEE);
        bytes memory mismatch = abi.encodeWithSelector(
            IJobMarket.JobMarketBudgetMismatch.selector,
            jobId,
            FEE + 1,
            FEE
        );
        vm.expectRevert(mismatch);
        market.setBudget(jobId, FEE + 1);
        vm.expectRevert(mismatch);
        market.fund(jobId, FEE + 1);
        vm.expectRevert();
        market.fund(jobId, FEE);
        token.approve(address(market), FEE);
        market.fund(jobId, FEE);
        vm.stopPrank();
        assertState(jobId, IJobMarket.JobState.Funded, "funded");

        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobSubmitted(jobId, worker, "answer");
        vm.prank(worker);
        market.submit(jobId, "answer");
        IJobMarket.Job memory job = market.getJob(jobId);
        vm.assertEq(job.submittedAt, block.timestamp, "time");
        vm.assertEq(job.deliverable, "answer", "deliverable");
        vm.assertEq(workers.lockedBy(address(market), worker), CLAIM_LOCK, "locked");

        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobCompleted(jobId, address(evaluator), "good");
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.PaymentReleased(jobId, worker, (FEE * 80) / 100);
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.FeesShared(jobId, author, (FEE * 15) / 100, (FEE * 5) / 100);
        vm.prank(address(evaluator));
        market.complete(jobId, "good");
        assertState(jobId, IJobMarket.JobState.Completed, "completed");
        vm.assertEq(market.creditOf(worker), (FEE * 80) / 100, "worker");
        vm.assertEq(market.creditOf(author), (FEE * 15) / 100, "author");
        vm.assertEq(market.creditOf(treasury), (FEE * 5) / 100, "treasury");
        vm.assertEq(workers.lockedBy(address(market), worker), 0, "unlocked");
    }

    function test_createJob_andFund_onlyTheClient() public {
        IJobMarket.JobTerms memory t = terms(1);
        bytes memory refusal = abi.encodeWithSelector(IJobMarket.JobMarketCallerNotClient.selector, worker, client);
        vm.prank(worker);
        vm.expectRevert(refusal);
        market.createJob(t, address(0));
        vm.prank(client);
        JobId jobId = market.createJob(t, address(0));
        vm.prank(worker);
        vm.expectRevert(refusal);
        market.fund(jobId, FEE);
        vm.prank(hotKey);
        market.setBudget(jobId, FEE);
        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.JobMarketCallerNotClient.selector, address(this), client)
        );
        market.setBudget(jobId, FEE);
    }

    /// @dev A client cannot spoil his own signed offer by creating the job first.
    function test_openJob_paysForAnOpenJob() public {
        IJobMarket.Submission memory item = submission(1);
        vm.prank(client);
        market.createJob(item.terms, address(0));
        vm.prank(hotKey);
        JobId jobId = market.openAndSubmit(item);
        assertState(jobId, IJobMarket.JobState.Submitted, "submitted");
    }

    /// @dev A front-runner who opens the job first changes nothing for the worker (D11).
    function test_openAndSubmit_afterAFrontRun() public {
        IJobMarket.Submission memory item = submission(1);
        market.openJob(item.terms, item.authorization);
        vm.prank(hotKey);
        JobId jobId = market.openAndSubmit(item);
        assertState(jobId, IJobMarket.JobState.Submitted, "submitted");
        vm.assertEq(token.balanceOf(address(market)), FEE, "paid once");
        vm.prank(hotKey);
        vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Submitted));
        market.openAndSubmit(item);
    }

    function test_submit_refusals() public {
        JobId jobId = funded(1);
        bytes memory refusal = abi.encodeWithSelector(
            IJobMarket.JobMarketCallerNotWorker.selector,
            address(this),
            worker
        );
        vm.expectRevert(refusal);
        market.submit(jobId, "answer");
        IJobMarket.Submission memory item = submission(2);
        vm.expectRevert(refusal);
        market.openAndSubmit(item);
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketDeliverableMissing.selector, jobId));
        market.submit(jobId, 0);
        vm.prank(worker);
        vm.expectRevert(unexpected(JobId.wrap(7), IJobMarket.JobState.None));
        market.submit(JobId.wrap(7), "answer");
    }

    /// @dev Another worker cannot submit somebody's job with its own stake (K10).
    function test_submit_notByAnotherWorker() public {
        JobId jobId = funded(1);
        address other = newWorker("other", MIN_STAKE);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketCallerNotWorker.selector, other, worker));
        market.submit(jobId, "answer");
    }

    /// @dev A worker cannot back more claims than his stake covers (invariant 14).
    function test_submit_notBeyondTheStake() public {
        setParameter(IParameters.Parameter.ClaimLockWei, 3_000e18);
        JobId first = submitted(1);
        JobId second = funded(2);
        vm.prank(worker);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStakeNotFree.selector,
                worker,
                3_000e18,
                2_000e18
            )
        );
        market.submit(second, "answer");
        vm.prank(worker);
        vm.expectRevert();
        workers.requestUnstake(2_000e18 + 1);
        vm.prank(client);
        evaluator.accept(first);
        vm.prank(worker);
        market.submit(second, "answer");
    }

    /// @dev At every instant exactly one side has a right: work before the expiry, refund from it on (K17, K18).
    function test_fuzz_expiry_isHalfOpen(uint256 at) public {
        JobId jobId = funded(1);
        uint256 expiry = market.getJob(jobId).expiresAt;
        at = bound(at, expiry - 3, expiry + 3);
        vm.warp(at);
        if (at < expiry) {
            vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketNotExpired.selector, jobId, expiry));
            market.claimRefund(jobId);
            vm.prank(worker);
            market.submit(jobId, "answer");
            vm.warp(expiry + 1);
            vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Submitted));
            market.claimRefund(jobId);
        } else {
            vm.prank(worker);
            vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketJobExpired.selector, jobId, expiry));
            market.submit(jobId, "answer");
            vm.expectEmit(true, true, true, true, address(market));
            emit IJobMarket.JobExpired(jobId);
            vm.expectEmit(true, true, true, true, address(market));
            emit IJobMarket.Refunded(jobId, client, FEE);
            market.claimRefund(jobId);
            vm.assertEq(market.creditOf(client), FEE, "refund");
            vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Expired));
            market.claimRefund(jobId);
        }
    }

    function test_openJob_ofAnOpenJobAfterItsExpiry() public {
        IJobMarket.JobTerms memory t = terms(1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        vm.startPrank(client);
        JobId jobId = market.createJob(t, address(0));
        token.approve(address(market), FEE);
        vm.warp(t.expiresAt);
        bytes memory late = abi.encodeWithSelector(IJobMarket.JobMarketJobExpired.selector, jobId, t.expiresAt);
        vm.expectRevert(late);
        market.fund(jobId, FEE);
        vm.expectRevert(late);
        market.openJob(t, authorization);
        vm.stopPrank();
        market.claimRefund(jobId);
        assertState(jobId, IJobMarket.JobState.Expired, "expired");
        vm.assertEq(market.creditOf(client), 0, "nothing was paid");
    }

    function test_completeAndReject_onlyTheEvaluator() public {
        JobId jobId = submitted(1);
        address[4] memory others = [client, worker, treasury, address(this)];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                IJobMarket.JobMarketCallerNotEvaluator.selector,
                others[i],
                address(evaluator)
            );
            vm.prank(others[i]);
            vm.expectRevert(refusal);
            market.complete(jobId, "x");
            vm.prank(others[i]);
            vm.expectRevert(refusal);
            market.reject(jobId, "x");
        }
        JobId early = funded(2);
        vm.prank(address(evaluator));
        vm.expectRevert(unexpected(early, IJobMarket.JobState.Funded));
        market.complete(early, "x");
    }

    function test_reject_refundsInFull() public {
        JobId jobId = submitted(1);
        JobId unanswered = funded(2);
        vm.startPrank(address(evaluator));
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobRejected(jobId, address(evaluator), "wrong");
        market.reject(jobId, "wrong");
        vm.assertEq(workers.lockedBy(address(market), worker), 0, "unlocked");
        market.reject(unanswered, "moot");
        vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Rejected));
        market.reject(jobId, "again");
        vm.expectRevert(unexpected(jobId, IJobMarket.JobState.Rejected));
        market.complete(jobId, "again");
        vm.stopPrank();
        vm.assertEq(market.creditOf(client), 2 * FEE, "refund");
        vm.assertEq(market.creditOf(worker), 0, "no pay");
    }

    /// @dev A vote between any two steps changes nothing for a job under way (T12, Arbitrum C4 H-01).
    function test_fuzz_rulesAreCopiedAtCreation(uint8 step, uint256 lock, uint16 workerBps) public {
        workerBps = uint16(bound(workerBps, 8_000, 10_000));
        lock = bound(lock, 1, 10_000_000e18);
        step = uint8(bound(step, 0, 2));
        vm.prank(client);
        JobId jobId = market.createJob(terms(1), address(0));
        if (step == 0) _govern(lock, workerBps);
        vm.startPrank(client);
        token.approve(address(market), FEE);
        market.fund(jobId, FEE);
        vm.stopPrank();
        if (step == 1) _govern(lock, workerBps);
        vm.prank(worker);
        market.submit(jobId, "answer");
        if (step == 2) _govern(lock, workerBps);
        vm.assertEq(workers.lockedBy(address(market), worker), CLAIM_LOCK, "lock");
        skip(WINDOW - 1);
        vm.assertFalse(evaluator.isFinalizable(jobId), "window");
        skip(1);
        evaluator.finalize(one(jobId));
        vm.assertEq(market.creditOf(worker), (FEE * 80) / 100, "share");
        vm.assertEq(market.creditOf(author), (FEE * 15) / 100, "author keeps his share");
        vm.assertEq(workers.lockedBy(address(market), worker), 0, "released in full");
    }

    function test_setEvaluator() public {
        vm.expectRevert(
            abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, address(this), treasury)
        );
        market.setEvaluator(client, true);
        JobId jobId = submitted(1);
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.EvaluatorSet(address(evaluator), false);
        vm.prank(treasury);
        market.setEvaluator(address(evaluator), false);
        vm.assertFalse(market.isEvaluator(address(evaluator)), "not for new jobs");
        vm.prank(client);
        evaluator.accept(jobId);
        assertState(jobId, IJobMarket.JobState.Completed, "old jobs keep theirs");
    }

    function test_hashReceipt_isEip712() public view {
        IJobMarket.Receipt memory receipt = IJobMarket.Receipt(
            bytes32("job"),
            versionId,
            bytes32("program"),
            bytes32("input"),
            bytes32("output"),
            worker,
            1_800_000_000
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Receipt(bytes32 jobId,uint256 versionId,bytes32 programRoot,bytes32 inputRoot,bytes32 outputRoot,address worker,uint64 issuedAt)"
                ),
                receipt
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                block.chainid,
                address(market)
            )
        );
        vm.assertEq(
            market.hashReceipt(receipt),
            keccak256(abi.encodePacked("\x19\x01", domain, structHash)),
            "digest"
        );
    }

    function test_openJob_withoutMoney() public {
        address poor = actor("poor");
        IJobMarket.JobTerms memory t = termsOf(poor, worker, versionId, FEE, 1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("poor"), t);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, poor, 0, FEE)
        );
        market.openJob(t, authorization);
    }

    function _govern(uint256 lock, uint16 workerBps) private {
        setParameter(IParameters.Parameter.MaxFeeWei, 1);
        setParameter(IParameters.Parameter.ClaimLockWei, lock);
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, 1 hours);
        setParameter(IParameters.Parameter.MinStakeWei, 10_000_000e18);
        vm.startPrank(treasury);
        parameters.setFeeShares(IParameters.FeeShares(workerBps, 10_000 - workerBps, 0));
        market.setEvaluator(address(evaluator), false);
        vm.stopPrank();
        address heir = actor("heir");
        vm.prank(author);
        models.transferAuthor(ModelId.wrap(1), heir);
        vm.prank(heir);
        models.acceptAuthor(ModelId.wrap(1));
    }

    function _refused(IJobMarket.JobTerms memory t, bytes memory reason) private {
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        vm.expectRevert(reason);
        market.openJob(t, authorization);
        vm.prank(client);
        vm.expectRevert(reason);
        market.createJob(t, address(0));
    }

    function _expiryOut(uint256 expiresAt, uint256 latest) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IJobMarket.JobMarketExpiryOutOfRange.selector,
                expiresAt,
                block.timestamp,
                latest
            );
    }
}

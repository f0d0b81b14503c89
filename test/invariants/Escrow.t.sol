// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {JobId, VersionId} from "../../contracts/types/Ids.sol";
import {Campaign} from "../helpers/sol/Campaign.sol";
import {Protocol} from "../helpers/sol/Protocol.sol";
import {SmartAccount} from "../helpers/sol/SmartAccount.sol";

/// @dev Two clients (one a smart account), two workers, two evaluators, the DAO, and anybody, in any order.
contract EscrowHandler is Protocol {
    uint256 internal constant MAX_JOBS = 40;

    address[2] public clients;
    address[2] public workersOf;
    address[2] public evaluators;
    VersionId[2] public versionIds;

    uint256 public calls;
    uint256 public feesInWei;
    uint256 public paidOutWei;
    uint256 public donatedWei;
    uint256 public badEdges;
    uint256 public misuse;

    IJobMarket.JobTerms[] private _terms;
    mapping(uint256 jobId => IJobMarket.JobState) private _seen;
    uint256 private _now;

    constructor() {
        deployProtocol();
        _now = START;
        (, versionIds[0]) = newVersion(actor("author one"), "one");
        (, versionIds[1]) = newVersion(actor("author two"), "two");
        workersOf = [newWorker("w one", 5_000e18), newWorker("w two", 5_000e18)];
        clients = [actor("client"), address(new SmartAccount(actor("signer")))];
        evaluators = [address(evaluator), actor("judge")];
        vm.prank(treasury);
        market.setEvaluator(evaluators[1], true);
        for (uint256 i = 0; i < 2; ++i) {
            give(clients[i], 10_000e18);
            vm.prank(clients[i]);
            token.approve(address(market), type(uint256).max);
        }
    }

    modifier step() {
        ++calls;
        vm.warp(_now);
        _;
        for (uint256 i = 0; i < _terms.length; ++i) _watch(market.jobIdOf(_terms[i]));
    }

    function create(uint256 seed, uint256 fee, uint256 life) external step {
        if (_terms.length == MAX_JOBS) return;
        IJobMarket.JobTerms memory t = _newTerms(seed, fee, life);
        vm.prank(t.client);
        market.createJob(t, address(0));
        _terms.push(t);
    }

    function fund(uint256 which) external step {
        (JobId jobId, IJobMarket.JobTerms memory t) = _pick(which);
        vm.prank(t.client);
        try market.fund(jobId, t.feeWei) {
            feesInWei += t.feeWei;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function open(uint256 seed, uint256 fee, uint256 life) external step {
        if (_terms.length == MAX_JOBS) return;
        IJobMarket.JobTerms memory t = _newTerms(seed, fee, life);
        market.openJob(t, _authorize(t));
        feesInWei += t.feeWei;
        _terms.push(t);
    }

    function submit(uint256 which, bool late) external step {
        (JobId jobId, IJobMarket.JobTerms memory t) = _pick(which);
        if (late) vm.warp(t.expiresAt);
        vm.prank(t.worker);
        try market.submit(jobId, keccak256(abi.encode(jobId))) {
            if (late) ++misuse;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
        vm.warp(_now);
    }

    /// @dev New and old jobs of one worker in one batch, some of them hopeless.
    function batch(uint256 seed, uint256 size, uint256 fee, uint256 life) external step {
        size = bound(size, 1, 5);
        if (_terms.length + size > MAX_JOBS) return;
        IJobMarket.Submission[] memory items = new IJobMarket.Submission[](size);
        for (uint256 i = 0; i < size; ++i) {
            IJobMarket.JobTerms memory t = _newTerms(uint256(keccak256(abi.encode(seed, i))), fee, life);
            if (i == 3) (, t) = _pick(seed);
            else _terms.push(t);
            items[i] = IJobMarket.Submission(t, _authorize(t), i == 2 ? bytes32(0) : bytes32(i + 1));
        }
        uint256 before = token.balanceOf(address(market));
        vm.prank(workersOf[seed % 2]);
        market.openAndSubmitBatch(items);
        feesInWei += token.balanceOf(address(market)) - before;
    }

    function judge(uint256 which, bool good) external step {
        (JobId jobId, ) = _pick(which);
        try this.judged(jobId, good) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    /// @dev Runs in the judge's name.
    function judged(JobId jobId, bool good) external {
        vm.prank(evaluators[1]);
        if (good) market.complete(jobId, "good");
        else market.reject(jobId, "bad");
    }

    function accept(uint256 which) external step {
        (JobId jobId, IJobMarket.JobTerms memory t) = _pick(which);
        vm.prank(t.client);
        try evaluator.accept(jobId) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function finalize() external step {
        evaluator.finalize(_ids());
    }

    function refund(uint256 which) external step {
        (JobId jobId, IJobMarket.JobTerms memory t) = _pick(which);
        try market.claimRefund(jobId) {
            if (_now < t.expiresAt) ++misuse;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function withdraw(uint256 who) external step {
        address account = _payee(who % 7);
        uint256 credit = market.creditOf(account);
        if (credit == 0) return;
        uint256 before = token.balanceOf(account);
        vm.assertEq(market.withdrawFor(account), credit, "the whole credit");
        vm.assertEq(token.balanceOf(account), before + credit, "to its owner");
        paidOutWei += credit;
    }

    function payTill(uint256 seed, uint256 amount) external step {
        amount = bound(amount, 1, 1e18);
        address till = market.tillOf(workersOf[seed % 2], versionIds[(seed >> 8) % 2]);
        give(till, amount);
        market.collect(workersOf[seed % 2], versionIds[(seed >> 8) % 2]);
        feesInWei += amount;
    }

    function donate(uint256 amount) external step {
        amount = bound(amount, 0, 1e18);
        give(address(market), amount);
        donatedWei += amount;
    }

    function govern(uint256 lock, uint256 window, uint16 workerBps, bool approve) external step {
        setParameter(IParameters.Parameter.ClaimLockWei, bound(lock, MAX_FEE, 2_000e18));
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, bound(window, 1 hours, WINDOW + THAW - LONGEST_CLAIM));
        workerBps = uint16(bound(workerBps, 8_000, 10_000));
        vm.startPrank(treasury);
        parameters.setFeeShares(IParameters.FeeShares(workerBps, 10_000 - workerBps, 0));
        market.setEvaluator(evaluators[1], approve);
        vm.stopPrank();
    }

    /// @dev Somebody with no part in a job tries every door.
    function trespass(uint256 which, uint8 door) external step {
        (JobId jobId, ) = _pick(which);
        bytes memory data = abi.encodeCall(market.submit, (jobId, bytes32(uint256(1))));
        if (door % 5 == 1) data = abi.encodeCall(market.complete, (jobId, "x"));
        if (door % 5 == 2) data = abi.encodeCall(market.reject, (jobId, "x"));
        if (door % 5 == 3) data = abi.encodeCall(evaluator.accept, (jobId));
        if (door % 5 == 4) data = abi.encodeCall(market.withdraw, ());
        vm.prank(actor("thief"));
        (bool ok, ) = (door % 5 == 3 ? address(evaluator) : address(market)).call(data);
        if (ok) ++misuse;
    }

    function wait(uint256 time) external step {
        _now += bound(time, 1, 1 days);
    }

    // ——— what the campaign checks ———

    function checkMoney() external {
        vm.warp(_now);
        (uint256 escrow, uint256[2] memory locks) = _open();
        uint256 credits = _credits();
        vm.assertEq(feesInWei, escrow + credits + paidOutWei, "23: every fee leaves once and in full");
        vm.assertEq(
            token.balanceOf(address(market)),
            escrow + credits + donatedWei,
            "24: solvent to the wei"
        );
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(workers.lockedBy(address(market), workersOf[i]), locks[i], "14: locks match open claims");
        }
        vm.assertEq(badEdges, 0, "22: a job took an edge that is not in the table");
        vm.assertEq(misuse, 0, "29, 30: somebody without the right, or too late, had an effect");
    }

    /// @dev Not kept: the runner discards what an invariant does.
    function checkEnd() external {
        vm.warp(_now + 60 days);
        JobId[] memory jobIds = _ids();
        evaluator.finalize(jobIds);
        for (uint256 i = 0; i < jobIds.length; ++i) {
            IJobMarket.Job memory job = market.getJob(jobIds[i]);
            if (job.state == IJobMarket.JobState.Open || job.state == IJobMarket.JobState.Funded) {
                market.claimRefund(jobIds[i]);
            } else if (job.state == IJobMarket.JobState.Submitted) {
                vm.assertEq(job.evaluator, evaluators[1], "33: a job is stuck");
                vm.prank(evaluators[1]);
                market.reject(jobIds[i], "end");
            }
        }
        for (uint256 i = 0; i < 7; ++i) {
            address account = _payee(i);
            if (market.creditOf(account) > 0) market.withdrawFor(account);
        }
        vm.assertEq(token.balanceOf(address(market)), donatedWei, "33: everybody got his money");
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(workers.lockedBy(address(market), workersOf[i]), 0, "33: every lock is open");
        }
    }

    function _watch(JobId jobId) private {
        IJobMarket.JobState from = _seen[JobId.unwrap(jobId)];
        IJobMarket.JobState to = market.stateOf(jobId);
        if (from == to) return;
        _seen[JobId.unwrap(jobId)] = to;
        // One step may open, fund and submit at once; nothing goes back and nothing leaves a final state.
        bool legal = from < to && from < IJobMarket.JobState.Completed;
        if (to == IJobMarket.JobState.Completed) legal = legal && from == IJobMarket.JobState.Submitted;
        if (to == IJobMarket.JobState.Rejected) legal = legal && from >= IJobMarket.JobState.Funded;
        if (to == IJobMarket.JobState.Expired) legal = legal && from <= IJobMarket.JobState.Funded;
        if (!legal) ++badEdges;
    }

    function _open() private view returns (uint256 escrow, uint256[2] memory locks) {
        for (uint256 i = 0; i < _terms.length; ++i) {
            IJobMarket.Job memory job = market.getJob(market.jobIdOf(_terms[i]));
            bool claimed = job.state == IJobMarket.JobState.Submitted;
            if (claimed || job.state == IJobMarket.JobState.Funded) escrow += job.feeWei;
            if (claimed) locks[job.worker == workersOf[0] ? 0 : 1] += job.claimLockWei;
            if (job.state != IJobMarket.JobState.None) vm.assertEq(job.feeWei, _terms[i].feeWei, "32: the price moved");
        }
    }

    function _credits() private returns (uint256 sum) {
        for (uint256 i = 0; i < 7; ++i) sum += market.creditOf(_payee(i));
    }

    function _payee(uint256 i) private returns (address) {
        if (i < 2) return clients[i];
        if (i < 4) return workersOf[i - 2];
        if (i == 4) return actor("author one");
        return i == 5 ? actor("author two") : treasury;
    }

    function _ids() private view returns (JobId[] memory jobIds) {
        jobIds = new JobId[](_terms.length);
        for (uint256 i = 0; i < jobIds.length; ++i) jobIds[i] = market.jobIdOf(_terms[i]);
    }

    function _pick(uint256 which) private view returns (JobId jobId, IJobMarket.JobTerms memory t) {
        if (_terms.length == 0) return (jobId, _newTerms(which, 1, 1));
        t = _terms[which % _terms.length];
        jobId = market.jobIdOf(t);
    }

    function _newTerms(uint256 seed, uint256 fee, uint256 life) private view returns (IJobMarket.JobTerms memory t) {
        fee = bound(fee, 1, MAX_FEE);
        t = termsOf(clients[seed % 2], workersOf[(seed >> 8) % 2], versionIds[(seed >> 16) % 2], uint128(fee), seed);
        t.expiresAt = uint64(block.timestamp + bound(life, 1, MAX_JOB));
        t.salt = keccak256(abi.encode(seed, _terms.length, calls));
        if ((seed >> 24) % 2 == 1 && market.isEvaluator(evaluators[1])) t.evaluator = evaluators[1];
    }

    function _authorize(IJobMarket.JobTerms memory t) private view returns (IJobMarket.ReceiveAuthorization memory) {
        return authorize(keyOf(t.client == clients[0] ? "client" : "signer"), t);
    }
}

contract EscrowInvariants is Campaign {
    EscrowHandler private _handler;

    function setUp() external {
        _handler = new EscrowHandler();
        bytes4[] memory checks = new bytes4[](3);
        checks[0] = _handler.checkMoney.selector;
        checks[1] = _handler.checkEnd.selector;
        checks[2] = _handler.judged.selector;
        campaignAgainst(address(_handler), checks);
    }

    /// @dev Invariants 14, 22–24, 29, 30, 32, 33 of threats.md §2.
    function invariant_escrow() external {
        _handler.checkMoney();
        if (_handler.calls() % 10 == 0) _handler.checkEnd();
    }
}

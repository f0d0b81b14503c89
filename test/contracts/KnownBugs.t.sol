// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAssayToken} from "../../contracts/interfaces/IAssayToken.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobMarket} from "../../contracts/market/JobMarket.sol";
import {JobCourt} from "../../contracts/disputes/JobCourt.sol";
import {JobId, ModelId, VersionId} from "../../contracts/types/Ids.sol";
import {Borrower, ReentrantToken} from "../helpers/sol/Adversaries.sol";
import {Governance} from "../helpers/sol/Governance.sol";

/// @dev Bugs of other protocols, rebuilt against ours. Names give the number in threats.md and the source.
contract KnownBugsTest is Governance {
    address private author;
    address private worker;
    address private client;
    address private slasher;
    VersionId private versionId;

    function setUp() public {
        deployProtocol();
        author = actor("author");
        (, versionId) = newVersion(author, "digits");
        worker = newWorker("worker", 5_000e18);
        client = actor("client");
        give(client, 1_000e18);
        slasher = actor("slasher");
        vm.prank(treasury);
        workers.setSlasher(slasher, true);
    }

    /// @dev Borrowed tokens vote on nothing: the snapshot lies after the loan is back.
    function test_T1_Beanstalk2022_flashLoanedVotes() public {
        Borrower borrower = new Borrower(token, governor);
        vm.prank(holder);
        token.approve(address(borrower), type(uint256).max);
        uint256 id = borrower.attack(holder, 500_000_000e18);
        vm.assertEq(id, 0, "cannot even propose");
        address honest = newVoter("honest", 200_000e18);
        skip(1);
        id = propose(honest, parameterProposal(1, "bait"));
        skip(1 days);
        borrower.attackVote(holder, 500_000_000e18, id);
        (uint256 against, uint256 for_, uint256 abstain) = governor.proposalVotes(id);
        vm.assertEq(against + for_ + abstain, 0, "weight 0");
    }

    /// @dev The same tokens cannot vote from two addresses, liquid or staked.
    function test_T2_LivepeerC4H02_sameTokensVotedTwice() public {
        address a = newVoter("a", 50_000_000e18);
        address b = newVoter("b", 1e18);
        skip(1);
        uint256 id = propose(a, parameterProposal(2_000e18, "x"));
        skip(1 days + 1);
        vote(a, id, 1);
        vm.prank(a);
        vm.assertTrue(token.transfer(b, 50_000_000e18), "moved after the snapshot");
        vote(b, id, 1);
        (, uint256 for_, ) = governor.proposalVotes(id);
        vm.assertEq(for_, 50_000_000e18 + 1e18, "counted once");
    }

    /// @dev A proposal can name its only proposer, so a thief who copies it cannot be the one to cancel it.
    function test_T3_CVE_2023_34234_frontRunProposal() public {
        address honest = newVoter("honest", 200_000e18);
        address thief = newVoter("thief", 200_000e18);
        skip(1);
        Proposal memory p = parameterProposal(2_000e18, string.concat("x#proposer=", _hex(honest)));
        vm.prank(thief);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, thief));
        governor.propose(p.targets, p.values, p.calldatas, p.description);
        propose(honest, p);
    }

    /// @dev A lower quorum voted later does not revive a proposal that failed under the higher one.
    function test_T4_CVE_2022_31198_loweredQuorumRevivesProposals() public {
        address small = newVoter("small", 30_000_000e18);
        address big = newVoter("big", 100_000_000e18);
        skip(1);
        uint256 dead = propose(small, parameterProposal(1, "too few votes"));
        skip(1 days + 1);
        vote(small, dead, 1);
        skip(6 days);
        vm.assertEq(uint256(governor.state(dead)), uint256(IGovernor.ProposalState.Defeated), "defeated");
        bytes memory lower = abi.encodeCall(governor.updateQuorumNumerator, (1));
        pass(big, single(address(governor), lower, "lower the quorum"));
        vm.assertEq(governor.quorumNumerator(), 1, "lowered");
        vm.assertEq(uint256(governor.state(dead)), uint256(IGovernor.ProposalState.Defeated), "still defeated");
    }

    /// @dev A vote that turns in the last second gives the others a day.
    function test_T5_Compound_lateSwing() public {
        address honest = newVoter("honest", 45_000_000e18);
        address attacker = newVoter("attacker", 44_000_000e18);
        skip(1);
        uint256 id = propose(attacker, parameterProposal(1, "swing"));
        vm.warp(governor.proposalDeadline(id));
        vote(attacker, id, 1);
        skip(1);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Active), "extended");
        vote(honest, id, 0);
        skip(1 days);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "answered");
    }

    /// @dev Thousands of dust delegations make a victim's vote no dearer than a binary search.
    function test_T9_NounsC4H01_dustDelegations() public {
        address victim = newVoter("victim", 1_000_000e18);
        address griefer = actor("griefer");
        give(griefer, 1e18);
        vm.startPrank(griefer);
        token.delegate(victim);
        uint256 time = block.timestamp;
        for (uint256 i = 0; i < 300; ++i) {
            vm.warp(++time);
            vm.assertTrue(token.transfer(holder, 1), "dust");
        }
        vm.stopPrank();
        vm.warp(time + 1);
        uint256 before = gasleft();
        token.getPastVotes(victim, time - 150);
        vm.assertLt(before - gasleft(), 60_000, "a binary search");
        before = gasleft();
        vm.prank(victim);
        vm.assertTrue(token.transfer(holder, 1), "a transfer");
        vm.assertLt(before - gasleft(), 100_000, "a constant");
    }

    /// @dev A delegation signature is good once, here, for its nonce, in time.
    function test_T10_TaikoC4H05_delegateBySigReplay() public {
        uint256 expiry = block.timestamp + 1;
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)"),
                author,
                uint256(0),
                expiry
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf("client"), digest);
        workers.delegateBySig(author, 0, expiry, v, r, s);
        vm.assertEq(workers.delegates(client), address(0), "another contract: another signer");
        token.delegateBySig(author, 0, expiry, v, r, s);
        vm.assertEq(token.delegates(client), author, "once");
        vm.expectRevert();
        token.delegateBySig(author, 0, expiry, v, r, s);
        vm.warp(expiry + 1);
        vm.expectRevert();
        token.delegateBySig(author, 1, expiry, v, r, s);
    }

    /// @dev Staking neither loses nor doubles votes, at no moment of the past.
    function test_T11_ArcadeC4M01_LivepeerM03_stakedVotes() public {
        address voter = newVoter("voter", 10_000e18);
        (address hotKey, bytes memory consent) = hotKeyOf("voter", voter);
        skip(10);
        uint256 before = block.timestamp;
        skip(10);
        vm.startPrank(voter);
        token.approve(address(workers), 10_000e18);
        workers.register(hotKey, consent, "http://v", 4_000e18);
        vm.stopPrank();
        uint256 moment = block.timestamp;
        skip(10);
        vm.assertEq(votingPower.getPastVotes(voter, before), 10_000e18, "before");
        vm.assertEq(votingPower.getPastVotes(voter, moment), 10_000e18, "in the same second");
        vm.assertEq(votingPower.getVotes(voter), 10_000e18, "after");
    }

    /// @dev A raised claim lock or a lowered stake rule does not make an open job insolvent.
    function test_T12_ArbitrumC4H01_parametersOfOpenJobs() public {
        JobId jobId = _submitted(1);
        setParameter(IParameters.Parameter.ClaimLockWei, 10_000_000e18);
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, 1 hours);
        skip(1 hours);
        vm.assertFalse(evaluator.isFinalizable(jobId), "its own window");
        skip(WINDOW);
        evaluator.finalize(_one(jobId));
        vm.assertEq(workers.lockedBy(address(market), worker), 0, "its own lock");
    }

    /// @dev Hostile numbers do not pass: a fee above the whole, a window of nothing, a thaw for ever.
    function test_T13_GraphOZH02_hostileParameters() public {
        vm.startPrank(treasury);
        vm.expectRevert();
        parameters.setFeeShares(IParameters.FeeShares(10_000, 1, 0));
        vm.expectRevert();
        parameters.setFeeShares(IParameters.FeeShares(0, 0, 10_000));
        vm.expectRevert();
        parameters.set(IParameters.Parameter.ChallengeWindowSeconds, 0);
        vm.expectRevert();
        parameters.set(IParameters.Parameter.ThawSeconds, type(uint64).max);
        vm.expectRevert();
        parameters.set(IParameters.Parameter.MaxFeeWei, type(uint256).max);
        vm.stopPrank();
    }

    /// @dev There is no minter and no door to one.
    function test_T14_Livepeer_supplyAboveTheCap() public view {
        vm.assertEq(token.totalSupply(), token.CAP(), "supply");
    }

    /// @dev Stake is accounted, not shared out: a donation before the first deposit moves nobody's stake.
    function test_S1_S2_ERC4626_donationInflation() public {
        give(address(workers), 1_000_000e18);
        address victim = newWorker("victim", MIN_STAKE);
        vm.prank(victim);
        workers.requestUnstake(MIN_STAKE);
        skip(THAW);
        vm.prank(victim);
        workers.withdraw();
        vm.assertEq(token.balanceOf(victim), MIN_STAKE, "not a wei less");
    }

    /// @dev A slash during the thaw leaves exactly the rest to withdraw; the last withdrawal works.
    function test_S3_GraphTrustH4_slashedThawReverts() public {
        vm.prank(worker);
        workers.requestUnstake(5_000e18);
        vm.prank(slasher);
        workers.slash(worker, "o", 3_333e18 + 1, treasury);
        skip(THAW);
        vm.prank(worker);
        workers.withdraw();
        vm.assertEq(token.balanceOf(worker), 5_000e18 - 3_333e18 - 1, "the rest");
        vm.assertEq(token.balanceOf(address(workers)), 0, "empty");
    }

    /// @dev Leaving just before the slash does not help.
    function test_S4_GraphTrustM9_unstakeBeforeTheSlash() public {
        vm.prank(worker);
        workers.requestUnstake(5_000e18);
        skip(THAW - 1);
        vm.prank(slasher);
        vm.assertEq(workers.slash(worker, "o", 5_000e18, treasury), 5_000e18, "all of it");
        skip(1);
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryNothingThawing.selector, worker));
        workers.withdraw();
    }

    /// @dev The longest thaw does not wrap into an instant exit.
    function test_S5_GraphOZM01_thawWraps() public {
        setParameter(IParameters.Parameter.ThawSeconds, 180 days);
        vm.prank(worker);
        workers.requestUnstake(1e18);
        vm.assertEq(workers.getWorker(worker).thawEndsAt, block.timestamp + 180 days, "no wrap");
    }

    /// @dev Nobody stakes "for" another, so nobody resets his thaw or his delegation with dust.
    function test_S6_LivepeerPoC_GraphTrustH3_actingForAVictim() public {
        vm.startPrank(worker);
        workers.delegate(author);
        workers.requestUnstake(1_000e18);
        vm.stopPrank();
        uint64 end = workers.getWorker(worker).thawEndsAt;
        skip(1 days);
        vm.prank(client);
        vm.assertTrue(token.transfer(address(workers), 1), "dust");
        vm.assertEq(workers.getWorker(worker).thawEndsAt, end, "thaw");
        vm.assertEq(workers.delegates(worker), author, "delegate");
    }

    /// @dev Whatever the worker chose for himself, the slash goes through; a contract as worker cannot object.
    function test_S9_EigenLayerC4H02_KarakM05_slashThatReverts() public {
        JobId jobId = _submitted(1);
        vm.startPrank(worker);
        workers.delegate(address(0));
        workers.requestUnstake(2_000e18);
        vm.stopPrank();
        vm.prank(slasher);
        vm.assertEq(workers.slash(worker, "o", type(uint256).max, treasury), 5_000e18, "capped");
        skip(WINDOW);
        evaluator.finalize(_one(jobId));
        assertCompleted(jobId);
    }

    /// @dev What comes in after a slash is not touched by it.
    function test_S10_ECGH04_slashTakesNewDeposits() public {
        vm.prank(slasher);
        workers.slash(worker, "o", 6_000e18, treasury);
        give(worker, 10e18);
        vm.startPrank(worker);
        token.approve(address(workers), 10e18);
        workers.addStake(10e18);
        workers.requestUnstake(10e18);
        skip(THAW);
        workers.withdraw();
        vm.stopPrank();
        vm.assertEq(token.balanceOf(worker), 10e18, "whole");
    }

    /// @dev One offence, one slash; another offence can still be punished.
    function test_S11_KarakM03_Graph_oneSlashPerOffence() public {
        vm.startPrank(slasher);
        workers.slash(worker, "first", 1e18, treasury);
        vm.expectRevert();
        workers.slash(worker, "first", 1e18, treasury);
        vm.assertEq(workers.slash(worker, "second", 1e18, treasury), 1e18, "second");
        vm.stopPrank();
    }

    /// @dev All stake thawing divides by nothing and blocks nobody.
    function test_S13_GraphOZH06_allStakeThawing() public {
        vm.prank(worker);
        workers.requestUnstake(5_000e18);
        give(worker, 1e18);
        vm.startPrank(worker);
        token.approve(address(workers), 1e18);
        workers.addStake(1e18);
        vm.stopPrank();
        newWorker("next", MIN_STAKE);
    }

    /// @dev No call gets dearer as others come: nothing loops over users.
    function test_S14_ECGM25_unboundedLoops() public {
        vm.prank(worker);
        workers.offer(versionId, 1);
        uint256 alone = _gasOfOfferRoundTrip();
        for (uint256 i = 0; i < 40; ++i) {
            string memory name = string(abi.encodePacked("crowd", bytes1(uint8(33 + i))));
            address other = newWorker(name, MIN_STAKE);
            vm.prank(other);
            workers.offer(versionId, 1);
        }
        vm.assertLt(_gasOfOfferRoundTrip(), alone + 30_000, "constant");
    }

    /// @dev A token with a hook that calls back finds every door closed (if ours ever had one).
    function test_S16_CertoraEigenLayerH01_reentrancy() public {
        ReentrantToken hostile = new ReentrantToken();
        address evaluator_ = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        JobMarket market_ = new JobMarket(
            treasury,
            IAssayToken(address(hostile)),
            parameters,
            models,
            workers,
            evaluator_
        );
        new JobCourt(market_, models, court);
        hostile.mint(address(this), 100);
        address till = market_.tillOf(worker, versionId);
        vm.assertTrue(hostile.transfer(till, 100), "paid");
        hostile.arm(market_, worker, versionId);
        market_.collect(worker, versionId);
        vm.assertEq(hostile.refused(), 6, "every way back in was refused");
        vm.assertEq(market_.creditOf(worker), 80, "counted once");
        market_.withdrawFor(worker);
        vm.assertEq(hostile.refused(), 12, "and again");
        vm.assertEq(hostile.balanceOf(worker), 80, "paid once");
    }

    /// @dev A slashed worker has less voice and no jobs in the same transaction.
    function test_S18_LivepeerC4M02_slashedWorkerGoesOn() public {
        vm.prank(slasher);
        workers.slash(worker, "o", 4_500e18, treasury);
        vm.assertEq(votingPower.getVotes(worker), 500e18, "votes");
        vm.assertFalse(workers.isActive(worker), "inactive");
        IJobMarket.JobTerms memory t = termsOf(client, worker, versionId, 1, 1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketWorkerInactive.selector, worker));
        market.openJob(t, authorization);
    }

    /// @dev A result, a timeout and a decision pay once between them.
    function test_K1_GraphTrustM10_paidTwice() public {
        JobId jobId = _submitted(1);
        skip(WINDOW);
        JobId[] memory twice = new JobId[](2);
        (twice[0], twice[1]) = (jobId, jobId);
        vm.assertEq(evaluator.finalize(twice), 1, "once");
        vm.expectRevert();
        market.claimRefund(jobId);
        vm.prank(client);
        vm.expectRevert();
        evaluator.accept(jobId);
        vm.prank(address(evaluator));
        vm.expectRevert();
        market.reject(jobId, "x");
        vm.assertEq(market.creditOf(worker) + market.creditOf(author) + market.creditOf(treasury), 1e15, "once");
    }

    /// @dev A payment for one purpose is none for another: chain, market, job, kind (cross-resource substitution).
    function test_K2_GraphOZH08_arXiv2605_30998_replay() public {
        IJobMarket.JobTerms memory t = termsOf(client, worker, versionId, 1e15, 1);
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        JobMarket twin = new JobMarket(treasury, token, parameters, models, workers, address(evaluator));
        vm.expectRevert();
        twin.openJob(t, authorization);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        market.openJob(t, authorization);
        vm.chainId(block.chainid - 1);
        bytes32 nonce = bytes32(JobId.unwrap(market.jobIdOf(t)));
        vm.expectRevert();
        token.transferWithAuthorization(
            client,
            address(market),
            1e15,
            0,
            authorization.validBefore,
            nonce,
            authorization.signature
        );
        market.openJob(t, authorization);
        vm.expectRevert();
        market.openJob(t, authorization);
    }

    /// @dev The type strings are written out again here, so a stray space in ours would show.
    function test_K3_GraphOZH07_typeHash() public view {
        IJobMarket.Receipt memory r;
        r.worker = worker;
        bytes32 typehash = keccak256(
            bytes.concat(
                "Receipt(bytes32 jobId,uint256 versionId,bytes32 programRoot,",
                "bytes32 inputRoot,bytes32 outputRoot,address worker,uint64 issuedAt)"
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay"),
                keccak256("1"),
                block.chainid,
                market
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", domain, keccak256(abi.encode(typehash, r))));
        vm.assertEq(market.hashReceipt(r), digest, "digest");
    }

    /// @dev What was collected is not collected again.
    function test_K4_GraphL13_collectedTwice() public {
        address till = market.tillOf(worker, versionId);
        vm.prank(client);
        vm.assertTrue(token.transfer(till, 100), "paid");
        market.collect(worker, versionId);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketTillEmpty.selector, till));
        market.collect(worker, versionId);
    }

    /// @dev An expiry in the last second gives one side the right, not both.
    function test_K18_BoLDC4L01_deadlineForBothSides() public {
        IJobMarket.JobTerms memory t = termsOf(client, worker, versionId, 1e15, 1);
        JobId jobId = market.openJob(t, authorize(keyOf("client"), t));
        vm.warp(t.expiresAt);
        vm.prank(worker);
        vm.expectRevert();
        market.submit(jobId, "late");
        market.claimRefund(jobId);
    }

    /// @dev A new author, a new price, another live version: the job keeps what it was created with.
    function test_K20_termsAfterAcceptance() public {
        vm.prank(worker);
        workers.offer(versionId, 5);
        JobId jobId = _submitted(1);
        vm.prank(worker);
        workers.offer(versionId, 5_000);
        ModelId modelId = models.getVersion(versionId).modelId;
        vm.startPrank(author);
        VersionId next = models.publishVersion(modelId, versionInput());
        models.transferAuthor(modelId, client);
        vm.stopPrank();
        vm.prank(client);
        models.acceptAuthor(modelId);
        vm.prank(treasury);
        models.setLive(modelId, next);
        skip(WINDOW);
        evaluator.finalize(_one(jobId));
        vm.assertEq(market.creditOf(author), 1e15 * 15 / 100, "the author of then");
        IModelRegistry.Version memory version = models.getVersion(market.getJob(jobId).versionId);
        vm.assertEq(version.sha256Hash, versionInput().sha256Hash, "the version of then");
    }

    function assertCompleted(JobId jobId) private view {
        vm.assertEq(uint256(market.stateOf(jobId)), uint256(IJobMarket.JobState.Completed), "completed");
    }

    function _submitted(uint256 salt) private returns (JobId) {
        IJobMarket.JobTerms memory t = termsOf(client, worker, versionId, 1e15, salt);
        IJobMarket.Submission memory item = IJobMarket.Submission(t, authorize(keyOf("client"), t), "answer");
        vm.prank(worker);
        return market.openAndSubmit(item);
    }

    function _one(JobId jobId) private pure returns (JobId[] memory jobIds) {
        jobIds = new JobId[](1);
        jobIds[0] = jobId;
    }

    function _gasOfOfferRoundTrip() private returns (uint256) {
        vm.startPrank(worker);
        uint256 before = gasleft();
        workers.withdrawOffer(versionId);
        workers.offer(versionId, 1);
        uint256 used = before - gasleft();
        vm.stopPrank();
        return used;
    }

    function _hex(address account) private pure returns (string memory) {
        bytes memory digits = "0123456789abcdef";
        bytes memory text = new bytes(42);
        (text[0], text[1]) = ("0", "x");
        uint256 value = uint160(account);
        for (uint256 i = 41; i > 1; --i) {
            text[i] = digits[value & 15];
            value >>= 4;
        }
        return string(text);
    }
}

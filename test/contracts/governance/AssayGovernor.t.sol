// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IAssayGovernor} from "../../../contracts/interfaces/IAssayGovernor.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {Governance} from "../../helpers/sol/Governance.sol";

contract AssayGovernorTest is Governance {
    uint8 private constant AGAINST = 0;
    uint8 private constant FOR = 1;

    address private whale;
    address private rival;

    function setUp() public {
        deployProtocol();
        whale = newVoter("whale", 50_000_000e18);
        rival = newVoter("rival", 60_000_000e18);
        skip(1);
    }

    function test_settings() public view {
        vm.assertEq(governor.name(), "Assay Governor", "name");
        vm.assertEq(governor.votingDelay(), 1 days, "delay");
        vm.assertEq(governor.votingPeriod(), 5 days, "period");
        vm.assertEq(governor.proposalThreshold(), 100_000e18, "threshold");
        vm.assertEq(governor.quorum(block.timestamp - 1), 40_000_000e18, "quorum");
        vm.assertEq(governor.lateQuorumVoteExtension(), 1 days, "extension");
        vm.assertEq(governor.proposalGuardian(), address(0), "guardian");
        vm.assertEq(governor.CLOCK_MODE(), "mode=timestamp", "clock");
        vm.assertLe(address(governor).code.length, 24_576, "EIP-170");
    }

    function test_lifecycle_changesAParameter() public {
        Proposal memory p = parameterProposal(2_000e18, "raise the stake");
        uint256 id = propose(whale, p);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Pending), "pending");
        skip(1 days + 1);
        vote(whale, id, FOR);
        skip(5 days);
        vm.assertTrue(governor.proposalNeedsQueuing(id), "needs queueing");
        queue(p);
        vm.expectRevert();
        execute(p);
        skip(2 days);
        execute(p);
        vm.assertEq(parameters.get(IParameters.Parameter.MinStakeWei), 2_000e18, "changed");
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Executed), "executed");
        vm.expectRevert();
        execute(p);
    }

    function test_vote_onlyOnce() public {
        uint256 id = propose(whale, parameterProposal(2_000e18, "x"));
        skip(1 days + 1);
        vote(whale, id, FOR);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, whale));
        vm.prank(whale);
        governor.castVote(id, FOR);
    }

    /// @dev The staked part of a voter's tokens votes too.
    function test_vote_countsStake() public {
        address worker = newWorker("worker", 45_000_000e18);
        vm.assertEq(votingPower.getVotes(worker), 45_000_000e18, "staked votes");
        skip(1);
        uint256 id = propose(worker, parameterProposal(2_000e18, "by stake alone"));
        skip(1 days + 1);
        vote(worker, id, FOR);
        skip(5 days);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Succeeded), "succeeded");
    }

    function test_propose_needsTheThreshold() public {
        address poor = newVoter("poor", 99_999e18);
        skip(1);
        Proposal memory p = parameterProposal(2_000e18, "x");
        vm.expectRevert(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector,
                poor,
                99_999e18,
                100_000e18
            )
        );
        vm.prank(poor);
        governor.propose(p.targets, p.values, p.calldatas, p.description);
    }

    /// @dev One open proposal per proposer (T6).
    function test_propose_oneAtATime() public {
        uint256 first = propose(whale, parameterProposal(2_000e18, "first"));
        Proposal memory second = parameterProposal(3_000e18, "second");
        vm.assertEq(governor.latestProposalOf(whale), first, "latest");
        vm.expectRevert(abi.encodeWithSelector(IAssayGovernor.AssayGovernorProposalOpen.selector, whale, first));
        vm.prank(whale);
        governor.propose(second.targets, second.values, second.calldatas, second.description);
        skip(1 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IAssayGovernor.AssayGovernorProposalOpen.selector, whale, first));
        vm.prank(whale);
        governor.propose(second.targets, second.values, second.calldatas, second.description);
        skip(5 days);
        propose(whale, second);
    }

    /// @dev A quorum reached at the last moment leaves the others a day (T5, Compound's late swings).
    function test_fuzz_lateQuorum_extendsTheVote(uint256 lead) public {
        lead = bound(lead, 0, 5 days - 1);
        uint256 id = propose(whale, parameterProposal(2_000e18, "late"));
        uint256 deadline = governor.proposalDeadline(id);
        vm.warp(deadline - lead);
        vote(whale, id, FOR);
        uint256 extended = governor.proposalDeadline(id);
        vm.assertEq(extended, lead >= 1 days ? deadline : block.timestamp + 1 days, "deadline");
        vm.warp(extended);
        vote(rival, id, AGAINST);
        skip(1);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "answered in time");
    }

    function test_guardian_onlyByGovernance_thenCancels() public {
        address guardian = actor("guardian");
        vm.prank(whale);
        vm.expectRevert();
        governor.setProposalGuardian(guardian);

        Proposal memory p = single(
            address(governor),
            abi.encodeCall(governor.setProposalGuardian, (guardian)),
            "appoint a guardian"
        );
        pass(whale, p);
        vm.assertEq(governor.proposalGuardian(), guardian, "appointed");

        Proposal memory bad = parameterProposal(5_000e18, "bad");
        uint256 id = propose(whale, bad);
        skip(1 days + 1);
        vote(whale, id, FOR);
        skip(5 days);
        queue(bad);
        vm.prank(guardian);
        governor.cancel(bad.targets, bad.values, bad.calldatas, keccak256(bytes(bad.description)));
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Canceled), "cancelled");
        skip(3 days);
        vm.expectRevert();
        execute(bad);
    }

    /// @dev Without a guardian the proposer alone cancels, and only before the vote starts.
    function test_cancel_withoutGuardian() public {
        Proposal memory p = parameterProposal(2_000e18, "mine");
        uint256 id = propose(whale, p);
        _cannotCancel(rival, id, p);
        vm.prank(whale);
        governor.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));

        p = parameterProposal(2_000e18, "voted through");
        id = propose(whale, p);
        skip(1 days + 1);
        _cannotCancel(whale, id, p);
        vote(whale, id, FOR);
        skip(5 days);
        _cannotCancel(whale, id, p);
        queue(p);
        _cannotCancel(whale, id, p);
    }

    function test_cancel_neverOfADefeatedProposal() public {
        address guardian = actor("guardian");
        pass(whale, single(address(governor), abi.encodeCall(governor.setProposalGuardian, (guardian)), "appoint"));
        Proposal memory p = parameterProposal(2_000e18, "nobody votes");
        uint256 id = propose(whale, p);
        skip(7 days);
        vm.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Defeated), "defeated");
        _cannotCancel(guardian, id, p);
    }

    /// @dev The treasury's money moves by vote and in no other way.
    function test_treasury_paysByVote() public {
        address grantee = actor("grantee");
        pass(whale, single(address(token), abi.encodeCall(token.transfer, (grantee, 5e18)), "a grant"));
        vm.assertEq(token.balanceOf(grantee), 5e18, "paid");
    }

    /// @dev Nobody gets past the governor (T7, T8, invariant 7).
    function test_fuzz_timelock_refusesEverybodyElse(address caller) public {
        vm.assume(caller != address(governor) && caller != treasury);
        bytes memory call = abi.encodeCall(parameters.set, (IParameters.Parameter.MinStakeWei, 1));
        vm.startPrank(caller);
        vm.expectRevert();
        timelock.schedule(address(parameters), 0, call, 0, 0, 2 days);
        vm.expectRevert();
        timelock.execute(address(parameters), 0, call, 0, 0);
        vm.expectRevert();
        timelock.updateDelay(0);
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        vm.expectRevert();
        timelock.grantRole(admin, caller);
        vm.stopPrank();
    }

    /// @dev An executing operation cannot pull another one forward (T8, OZ TimelockController advisory 2021).
    function test_timelock_reentrantBatchCannotRunEarly() public {
        bytes memory inner = abi.encodeCall(parameters.set, (IParameters.Parameter.MinStakeWei, 9_999e18));
        address[] memory targets = new address[](2);
        targets[0] = address(timelock);
        targets[1] = address(timelock);
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(
            timelock.schedule,
            (address(parameters), 0, inner, bytes32(0), bytes32(0), 2 days)
        );
        calls[1] = abi.encodeCall(timelock.execute, (address(parameters), 0, inner, bytes32(0), bytes32(0)));
        Proposal memory p = Proposal(targets, new uint256[](2), calls, "leapfrog");
        uint256 id = propose(whale, p);
        skip(1 days + 1);
        vote(whale, id, FOR);
        skip(5 days);
        queue(p);
        skip(2 days);
        vm.expectRevert();
        execute(p);
        vm.assertEq(parameters.get(IParameters.Parameter.MinStakeWei), MIN_STAKE, "unchanged");
    }

    function test_timelock_rolesAfterDeployment() public view {
        vm.assertTrue(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(timelock)), "own admin");
        vm.assertTrue(timelock.hasRole(timelock.PROPOSER_ROLE(), address(governor)), "proposer");
        vm.assertTrue(timelock.hasRole(timelock.CANCELLER_ROLE(), address(governor)), "canceller");
        vm.assertTrue(timelock.hasRole(timelock.EXECUTOR_ROLE(), address(0)), "open executor");
        vm.assertFalse(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), address(this)), "deployer");
        vm.assertEq(TimelockController(payable(governor.timelock())).getMinDelay(), 2 days, "delay");
    }

    function _cannotCancel(address caller, uint256 id, Proposal memory p) private {
        bytes32 hash = keccak256(bytes(p.description));
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, caller));
        vm.prank(caller);
        governor.cancel(p.targets, p.values, p.calldatas, hash);
    }
}

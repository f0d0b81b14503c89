// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IAssayGovernor} from "../../../contracts/interfaces/IAssayGovernor.sol";
import {Governance} from "../../helpers/sol/Governance.sol";

/// @dev Attacks of voters. Numbers: threats.md.
contract GovernanceAttacksTest is Governance {
    address private whale;

    function setUp() public {
        deployProtocol();
        whale = newVoter("whale", 100_000_000e18);
        skip(1);
    }

    /// @dev One bad vote must not end all votes: after any setting that passes, the next proposal can still pass.
    function test_fuzz_T13_noVoteCanEndAllVotes(uint8 which, uint256 value) public {
        _takes(bound(which, 0, 4), value);
        vm.assertTrue(_passes(parameterProposal(2_000e18, "the next one")), "the next vote");
    }

    /// @dev An extension longer than the voting period is OpenZeppelin's to refuse.
    function test_T13_extensionBeyondTheVotingPeriod() public {
        test_fuzz_T13_noVoteCanEndAllVotes(4, 14 days);
    }

    function test_T13_boundsOfTheGovernor() public {
        uint256[2][5] memory bounds = [
            [uint256(1e18), 10_000_000e18],
            [uint256(1), 30 days],
            [uint256(1), 60 days],
            [uint256(1), 10],
            [uint256(0), 30 days]
        ];
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertFalse(_takes(i, bounds[i][1] + 1), "above");
            if (bounds[i][0] > 0) vm.assertFalse(_takes(i, bounds[i][0] - 1), "below");
            vm.assertTrue(_takes(i, bounds[i][0]), "least");
            vm.assertTrue(_takes(i, bounds[i][1]), "most");
        }
    }

    /// @dev Staked, thawing, slashed, withdrawn: at the snapshot every token votes at most once (T2, T11).
    function test_fuzz_T11_stakeVotesOnceWhateverHappensToIt(uint256 stake, uint256 thawing, uint256 slashed) public {
        stake = bound(stake, MIN_STAKE, 50_000_000e18);
        address staker = newWorker("staker", stake);
        address slasher = actor("slasher");
        vm.prank(treasury);
        workers.setSlasher(slasher, true);
        vm.prank(staker);
        workers.requestUnstake(bound(thawing, 1, stake));
        vm.prank(slasher);
        uint256 taken = workers.slash(staker, "o", bound(slashed, 0, stake), slasher);
        vm.prank(slasher);
        token.delegate(slasher);
        vm.assertEq(votingPower.getVotes(staker), stake - taken, "what is left");
        vm.assertEq(votingPower.getVotes(slasher), taken, "what was taken");
        skip(1);
        uint256 id = propose(whale, parameterProposal(2_000e18, "x"));
        vm.warp(governor.proposalSnapshot(id) + THAW);
        uint256 kept = workers.getWorker(staker).thawingWei;
        if (kept > 0) {
            vm.startPrank(staker);
            workers.withdraw();
            vm.assertTrue(token.transfer(whale, kept), "sold");
            vm.stopPrank();
        }
        uint256 at = governor.proposalSnapshot(id);
        uint256 all = votingPower.getPastVotes(staker, at) +
            votingPower.getPastVotes(slasher, at) +
            votingPower.getPastVotes(whale, at);
        vm.assertEq(all, stake + 100_000_000e18, "the sale after the snapshot moves no vote of it");
    }

    function _takes(uint256 which, uint256 value) private returns (bool) {
        string memory name = string(abi.encodePacked("setting", bytes32(which), bytes32(value)));
        return _passes(single(address(governor), _setting(which, value), name));
    }

    /// @dev The whale proposes and votes; everybody waits as long as it takes.
    function _passes(Proposal memory p) private returns (bool) {
        uint256 id = propose(whale, p);
        vm.warp(governor.proposalSnapshot(id) + 1);
        vote(whale, id, 1);
        vm.warp(governor.proposalDeadline(id) + 1);
        queue(p);
        skip(2 days);
        try governor.execute(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) {
            return true;
        } catch (bytes memory reason) {
            bool bounded = bytes4(reason) == IAssayGovernor.AssayGovernorSettingOutOfBounds.selector;
            // OpenZeppelin itself refuses a voting period or an extension of some kinds; nothing else may stop a vote.
            bool refused = bytes4(reason) == IGovernor.GovernorInvalidVotingPeriod.selector ||
                bytes4(reason) == GovernorPreventLateQuorum.GovernorPreventLateQuorumVoteExtensionTooLarge.selector;
            vm.assertTrue(bounded || refused, "why");
            return false;
        }
    }

    function _setting(uint256 which, uint256 value) private pure returns (bytes memory) {
        if (which == 0) return abi.encodeCall(GovernorSettings.setProposalThreshold, (value));
        if (which == 1) return abi.encodeCall(GovernorSettings.setVotingDelay, (uint48(value)));
        if (which == 2) return abi.encodeCall(GovernorSettings.setVotingPeriod, (uint32(value)));
        if (which == 3) return abi.encodeCall(GovernorVotesQuorumFraction.updateQuorumNumerator, (value % 101));
        return abi.encodeCall(GovernorPreventLateQuorum.setLateQuorumVoteExtension, (uint48(value)));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {
    GovernorVotesQuorumFraction
} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IAssayGovernor} from "../interfaces/IAssayGovernor.sol";
import {IVotingPower} from "../interfaces/IVotingPower.sol";

/// @title The DAO's governor.
contract AssayGovernor is
    Governor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorTimelockControl,
    GovernorPreventLateQuorum,
    GovernorProposalGuardian,
    IAssayGovernor
{
    uint256 private constant _MAX_DELAY = 30 days;
    uint256 private constant _MAX_PERIOD = 60 days;
    uint256 private constant _MAX_EXTENSION = 30 days;
    uint256 private constant _MIN_THRESHOLD = 1e18;
    uint256 private constant _MAX_THRESHOLD = 10_000_000e18;
    uint256 private constant _MAX_QUORUM_PERCENT = 10;

    /// @inheritdoc IAssayGovernor
    mapping(address proposer => uint256 proposalId) public latestProposalOf;

    constructor(
        IVotingPower votes,
        TimelockController timelock_,
        Settings memory settings
    )
        Governor("Assay Governor")
        GovernorSettings(settings.votingDelaySeconds, settings.votingPeriodSeconds, settings.proposalThresholdWei)
        GovernorVotes(votes)
        GovernorVotesQuorumFraction(settings.quorumPercent)
        GovernorTimelockControl(timelock_)
        GovernorPreventLateQuorum(settings.lateQuorumExtensionSeconds)
    {}

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @inheritdoc Governor
    function state(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc IGovernor
    function proposalDeadline(
        uint256 proposalId
    ) public view override(Governor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal override returns (uint256 proposalId) {
        uint256 latest = latestProposalOf[proposer];
        if (latest != 0) {
            ProposalState standing = state(latest);
            if (standing == ProposalState.Pending || standing == ProposalState.Active) {
                revert AssayGovernorProposalOpen(proposer, latest);
            }
        }
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        latestProposalOf[proposer] = proposalId;
    }

    // The five setters below also run in the constructor.

    function _setVotingDelay(uint48 seconds_) internal override {
        _checkSetting(seconds_, 1, _MAX_DELAY);
        super._setVotingDelay(seconds_);
    }

    function _setVotingPeriod(uint32 seconds_) internal override {
        _checkSetting(seconds_, 1, _MAX_PERIOD);
        super._setVotingPeriod(seconds_);
    }

    function _setProposalThreshold(uint256 votesWei) internal override {
        _checkSetting(votesWei, _MIN_THRESHOLD, _MAX_THRESHOLD);
        super._setProposalThreshold(votesWei);
    }

    function _updateQuorumNumerator(uint256 percent) internal override {
        _checkSetting(percent, 1, _MAX_QUORUM_PERCENT);
        super._updateQuorumNumerator(percent);
    }

    function _setLateQuorumVoteExtension(uint48 seconds_) internal override {
        _checkSetting(seconds_, 0, _MAX_EXTENSION);
        super._setLateQuorumVoteExtension(seconds_);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    /// @dev Narrower than {GovernorProposalGuardian}, which lets a proposer cancel what has been voted through as long as
    /// there is no guardian, and lets a defeated proposal become a cancelled one.
    function _validateCancel(
        uint256 proposalId,
        address caller
    ) internal view override(Governor, GovernorProposalGuardian) returns (bool) {
        if (state(proposalId) == ProposalState.Defeated) return false;
        if (proposalGuardian() == address(0)) return Governor._validateCancel(proposalId, caller);
        return super._validateCancel(proposalId, caller);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    function _checkSetting(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert AssayGovernorSettingOutOfBounds(value, min, max);
    }
}

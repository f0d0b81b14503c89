// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title What the DAO's governor adds to OpenZeppelin's.
/// @notice Timestamp clock; votes are read from {IVotingPower} at a past snapshot; a quorum reached late extends the
/// vote; a proposer has one open proposal at a time and may cancel it only before the vote starts. Later only a guardian
/// may cancel, whom only governance can appoint (there is none at first). Defeated, cancelled and executed are final.
interface IAssayGovernor {
    /// @notice Deployment settings; all but `guardian` (initially nobody) are required.
    struct Settings {
        uint48 votingDelaySeconds;
        uint32 votingPeriodSeconds;
        uint256 proposalThresholdWei;
        /// @dev Percent of the total supply.
        uint256 quorumPercent;
        uint48 lateQuorumExtensionSeconds;
    }

    /// @notice Thrown when a proposer already has a proposal that is pending or active (threats.md T6).
    error AssayGovernorProposalOpen(address proposer, uint256 proposalId);

    /// @notice The last proposal of `proposer`, 0 if there is none.
    function latestProposalOf(address proposer) external view returns (uint256 proposalId);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title What the DAO's governor adds to OpenZeppelin's.
/// @notice Timestamp clock; votes are read from {IVotingPower} at a past snapshot; a quorum reached late extends the
/// vote; a proposer has one open proposal at a time and may cancel it only before the vote starts. Later only a guardian
/// may cancel, whom only governance can appoint (there is none at first). Defeated, cancelled and executed are final.
/// Its own settings have hard bounds: delay 1 s to 30 days, period 1 s to 60 days, extension at most 30 days, threshold 1
/// to 10,000,000 ASSAY, quorum 1 to 10 percent. So no vote can make the next vote impossible (threats.md T13).
interface IAssayGovernor {
    /// @notice Deployment settings. There is no guardian at first.
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

    /// @notice Thrown when a setting of the governor is outside its hard bounds (seconds, wei or percent).
    error AssayGovernorSettingOutOfBounds(uint256 value, uint256 min, uint256 max);

    /// @notice The last proposal of `proposer`, 0 if there is none.
    function latestProposalOf(address proposer) external view returns (uint256 proposalId);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGoverned} from "./IGoverned.sol";

/// @title The numbers that governance may turn, each between hard bounds.
/// @notice Bounds are code (one of them, the shortest window, is fixed at deployment): no vote can move them. Contracts
/// copy what they need when a job, a thaw or a game starts, so a vote never changes the terms of what is under way.
interface IParameters is IGoverned {
    /// @notice Keys. The unit is in the name.
    enum Parameter {
        /// @dev Active stake a worker needs to take jobs.
        MinStakeWei,
        /// @dev Seconds between the request to unstake and the withdrawal. Never shorter than the challenge window.
        ThawSeconds,
        /// @dev Seconds after submission during which a claim may be disputed.
        ChallengeWindowSeconds,
        /// @dev Longest time from the opening of a job to its expiry.
        MaxJobSeconds,
        /// @dev Stake locked behind each submitted claim.
        ClaimLockWei,
        /// @dev Highest fee of one job.
        MaxFeeWei
    }

    /// @notice How a fee is split, in basis points; the three always add up to 10,000.
    struct FeeShares {
        uint16 workerBps;
        uint16 authorBps;
        uint16 treasuryBps;
    }

    /// @notice Everything a job copies at its creation.
    struct JobRules {
        uint256 maxFeeWei;
        uint256 maxJobSeconds;
        uint256 challengeWindowSeconds;
        uint256 claimLockWei;
        FeeShares shares;
    }

    /// @notice A parameter was set (also emitted for each initial value).
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);
    /// @notice The fee shares were set.
    event FeeSharesSet(uint16 workerBps, uint16 authorBps, uint16 treasuryBps);

    /// @notice Thrown when a value is outside its hard bounds.
    error ParametersOutOfBounds(Parameter parameter, uint256 value, uint256 min, uint256 max);
    /// @notice Thrown when a thaw would end before a claim made just before it can be disputed (threats.md S4).
    error ParametersThawTooShort(uint256 thawSeconds, uint256 challengeWindowSeconds);
    /// @notice Thrown when the shares do not add up to 10,000 basis points.
    error ParametersSharesNotWhole(uint256 sumBps);
    /// @notice Thrown when a share is outside its bounds: worker ≥ 5,000, author ≤ 4,000, treasury ≤ 2,000 basis points.
    error ParametersShareOutOfBounds(uint16 workerBps, uint16 authorBps, uint16 treasuryBps);
    /// @notice Thrown by the constructor when it is given another number of values than there are parameters.
    error ParametersIncomplete(uint256 given, uint256 expected);

    /// @notice The current value, in the unit of the key's name.
    function get(Parameter parameter) external view returns (uint256);

    /// @notice Hard bounds, both inclusive.
    function bounds(Parameter parameter) external view returns (uint256 min, uint256 max);

    /// @notice The current fee shares.
    function feeShares() external view returns (FeeShares memory);

    /// @notice What a job that is created now copies.
    function jobRules() external view returns (JobRules memory);

    /// @notice Sets one parameter. Only the timelock.
    /// @custom:reverts ParametersOutOfBounds, ParametersThawTooShort
    function set(Parameter parameter, uint256 value) external;

    /// @notice Sets all three shares at once, so that their sum always holds. Only the timelock.
    /// @custom:reverts ParametersSharesNotWhole, ParametersShareOutOfBounds
    function setFeeShares(FeeShares calldata shares) external;
}

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
        /// @dev Seconds between the request to unstake and the withdrawal. Longer than any claim made before it can take.
        ThawSeconds,
        /// @dev Seconds after submission during which a claim may be disputed.
        ChallengeWindowSeconds,
        /// @dev Longest time from the opening of a job to its expiry.
        MaxJobSeconds,
        /// @dev Stake behind each claim, and what a false one costs. Never below the highest fee.
        ClaimLockWei,
        /// @dev Highest fee of one job.
        MaxFeeWei,
        /// @dev Bond of one challenge. Flat: an escalating one would price out the honest side.
        ChallengeBondWei,
        /// @dev Time budget of each side in one game.
        ClockSeconds,
        /// @dev Least time a side always has for one move.
        ReplySeconds,
        /// @dev Seconds after its issue during which a signed receipt may be filed with the Court.
        ReceiptSeconds,
        /// @dev What a successful challenger gets for his gas out of the slash, and what opening demanded data earns.
        GasRefundWei
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

    /// @notice Everything a game copies when it opens.
    struct GameRules {
        uint256 bondWei;
        uint256 clockSeconds;
        uint256 replySeconds;
    }

    /// @notice A parameter was set (also emitted for each initial value).
    event ParameterSet(Parameter indexed parameter, uint256 oldValue, uint256 newValue);
    /// @notice The fee shares were set.
    event FeeSharesSet(uint16 workerBps, uint16 authorBps, uint16 treasuryBps);

    /// @notice Thrown when a value is outside its hard bounds.
    error ParametersOutOfBounds(Parameter parameter, uint256 value, uint256 min, uint256 max);
    /// @notice Thrown when a thaw would end before the last dispute about a claim made just before it (threats.md S4).
    error ParametersThawTooShort(uint256 thawSeconds, uint256 longestClaimSeconds);
    /// @notice Thrown when a false claim would cost less than a job can pay.
    error ParametersLockBelowFee(uint256 claimLockWei, uint256 maxFeeWei);
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

    /// @notice What a game that opens now copies.
    function gameRules() external view returns (GameRules memory);

    /// @notice From the issue of a claim to the latest end of its last game: the time to file a receipt, the challenge
    /// window, a demand for data at its end, both clocks, and the least reply time of every move.
    function longestClaimSeconds() external view returns (uint256);

    /// @notice Sets one parameter. Only the timelock.
    /// @custom:reverts ParametersOutOfBounds, ParametersThawTooShort, ParametersLockBelowFee
    function set(Parameter parameter, uint256 value) external;

    /// @notice Sets all three shares at once, so that their sum always holds. Only the timelock.
    /// @custom:reverts ParametersSharesNotWhole, ParametersShareOutOfBounds
    function setFeeShares(FeeShares calldata shares) external;
}

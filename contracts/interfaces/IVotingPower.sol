// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title Votes of the DAO: liquid tokens plus staked tokens.
/// @notice A read-only sum over the token's and the worker registry's own checkpoints. Staked tokens sit in the
/// registry, which never delegates its token balance, so every token counts at most once; the total is the token's.
interface IVotingPower is IERC5805 {
    /// @notice Thrown by `delegate` and `delegateBySig`: delegate in the token and in the registry.
    error VotingPowerReadOnly();

    /// @notice Where liquid votes are delegated.
    function token() external view returns (IERC5805);

    /// @notice Where staked votes are delegated.
    function registry() external view returns (IERC5805);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {JobId} from "../types/Ids.sol";

/// @title The evaluator seam: who decides whether a claim stands.
/// @notice An evaluator is a contract that a job names in its terms and that governance has approved. It alone calls
/// `complete` and `reject` on the market. What the market relies on:
/// - LIVENESS: from any submitted job, {finalize} by anybody reaches a final state once every deadline has passed;
/// - SAFETY: it completes no job before the challenge window copied into the job is over, unless the client accepts.
/// The market calls nothing on an evaluator, so an evaluator cannot block a payment by reverting.
interface IJobEvaluator {
    /// @notice Thrown when somebody else than the client accepts for him.
    error EvaluatorCallerNotClient(JobId jobId, address caller, address client);
    /// @notice Thrown when a job to accept is not submitted, or names another evaluator.
    error EvaluatorJobNotOurs(JobId jobId, address evaluator);

    /// @notice Completes a job at once because its client is content. Only the client.
    function accept(JobId jobId) external;

    /// @notice Completes every given job whose time has come and leaves the others alone. Anybody may send it.
    /// @return completed How many were completed.
    function finalize(JobId[] calldata jobIds) external returns (uint256 completed);

    /// @notice Whether {finalize} would complete the job now.
    function isFinalizable(JobId jobId) external view returns (bool);
}

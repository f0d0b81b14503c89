// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IClaimSubject} from "./IClaimSubject.sol";
import {IJobEvaluator} from "./IJobEvaluator.sol";
import {IJobMarket} from "./IJobMarket.sol";
import {JobId} from "../types/Ids.sol";

/// @title The evaluator of jobs whose claims can be challenged.
/// @notice An unchallenged job completes after its window, as if there were no court. A challenged one (filed with the
/// Court) waits for the claim: Stands completes it, Fallen and Void refund the client. The client may accept at any
/// time; the game goes on then, and only the worker's stake hangs on it.
/// @dev Locator for {ICourt-file}: `abi.encode(JobId jobId)`, or `abi.encode(JobId, Receipt, JobTerms)` to reveal the
/// receipt at once. Only jobs of versions that have a program can be filed.
interface IJobCourt is IJobEvaluator, IClaimSubject {
    /// @notice Thrown when the job cannot be disputed: not submitted, not ours, its window over, or no program.
    error JobCourtNotDisputable(JobId jobId);
    /// @notice Thrown when terms or receipt are not those of the job: another id, digest, worker, version, input or
    /// program. A worker who has no better ones loses by time.
    error JobCourtReceiptContradicts(JobId jobId);

    /// @notice Shows the receipt and the terms behind a filed job. Anybody who has them; only the true ones pass.
    function reveal(JobId jobId, IJobMarket.Receipt calldata receipt, IJobMarket.JobTerms calldata terms) external;

    /// @notice Does for a job what the end of its claim says, should the Court's own notice have failed. Anybody.
    function settle(bytes32 claimId) external;

    /// @notice The job behind a filed claim; zero when there is none.
    function jobOf(bytes32 claimId) external view returns (JobId);
}

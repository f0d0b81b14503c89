// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobEvaluator} from "../interfaces/IJobEvaluator.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId} from "../types/Ids.sol";

/// @title The first evaluator: a claim stands when its challenge window passes.
/// @notice It never rejects; that is the dispute court's part, which takes this place. It holds nothing and has no
/// privileged caller.
contract WindowEvaluator is IJobEvaluator {
    bytes32 private constant _ACCEPTED = "accepted by the client";
    bytes32 private constant _WINDOW_OVER = "challenge window over";

    /// @notice The market whose jobs are decided.
    IJobMarket public immutable market;

    constructor(IJobMarket market_) {
        market = market_;
    }

    /// @inheritdoc IJobEvaluator
    function accept(JobId jobId) external {
        IJobMarket.Job memory job = market.getJob(jobId);
        if (!_isOurs(job)) revert EvaluatorJobNotOurs(jobId, job.evaluator);
        if (msg.sender != job.client) revert EvaluatorCallerNotClient(jobId, msg.sender, job.client);
        market.complete(jobId, _ACCEPTED);
    }

    /// @inheritdoc IJobEvaluator
    function finalize(JobId[] calldata jobIds) external returns (uint256 completed) {
        for (uint256 i = 0; i < jobIds.length; ++i) {
            if (!isFinalizable(jobIds[i])) continue;
            market.complete(jobIds[i], _WINDOW_OVER);
            ++completed;
        }
    }

    /// @inheritdoc IJobEvaluator
    function isFinalizable(JobId jobId) public view returns (bool) {
        IJobMarket.Job memory job = market.getJob(jobId);
        return _isOurs(job) && block.timestamp >= uint256(job.submittedAt) + job.challengeWindowSeconds;
    }

    function _isOurs(IJobMarket.Job memory job) private view returns (bool) {
        return job.state == IJobMarket.JobState.Submitted && job.evaluator == address(this);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ICourt} from "../interfaces/ICourt.sol";
import {IClaimSubject} from "../interfaces/IClaimSubject.sol";
import {IJobCourt} from "../interfaces/IJobCourt.sol";
import {IJobEvaluator} from "../interfaces/IJobEvaluator.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {JobId} from "../types/Ids.sol";

/// @title The evaluator of jobs whose claims can be challenged.
contract JobCourt is IJobCourt {
    bytes32 private constant _ACCEPTED = "accepted by the client";
    bytes32 private constant _WINDOW_OVER = "challenge window over";
    bytes32 private constant _STANDS = "claim stands";
    bytes32 private constant _FALLEN = "claim fallen";
    bytes32 private constant _VOID = "program impossible";

    /// @notice The market whose jobs are decided.
    IJobMarket public immutable market;
    /// @notice Where programs are known.
    IModelRegistry public immutable models;
    /// @notice Who judges.
    ICourt public immutable court;

    /// @inheritdoc IJobCourt
    mapping(bytes32 claimId => JobId) public jobOf;

    constructor(IJobMarket market_, IModelRegistry models_, ICourt court_) {
        market = market_;
        models = models_;
        court = court_;
    }

    /// @inheritdoc IJobEvaluator
    function accept(JobId jobId) external {
        IJobMarket.Job memory job = market.getJob(jobId);
        if (job.state != IJobMarket.JobState.Submitted || job.evaluator != address(this)) {
            revert EvaluatorJobNotOurs(jobId, job.evaluator);
        }
        if (msg.sender != job.client) revert EvaluatorCallerNotClient(jobId, msg.sender, job.client);
        market.complete(jobId, _ACCEPTED);
    }

    /// @inheritdoc IJobEvaluator
    function finalize(JobId[] calldata jobIds) external returns (uint256 completed) {
        for (uint256 i = 0; i < jobIds.length; ++i) {
            uint256 endsAt = market.windowEndOf(jobIds[i], address(this));
            if (block.timestamp >= endsAt) market.complete(jobIds[i], _WINDOW_OVER);
            else if (endsAt != type(uint256).max || !_endClaimOf(jobIds[i])) continue;
            ++completed;
        }
    }

    /// @inheritdoc IClaimSubject
    function fileClaim(bytes calldata locator) external returns (ICourt.Filing memory) {
        if (msg.sender != address(court)) revert SubjectCallerNotCourt(msg.sender, address(court));
        JobId jobId = abi.decode(locator, (JobId));
        IJobMarket.Job memory job = market.getJob(jobId);
        uint256 endsAt = market.windowEndOf(jobId, address(this));
        if (endsAt == type(uint256).max || block.timestamp >= endsAt || models.programRootOf(job.versionId) == 0) {
            revert JobCourtNotDisputable(jobId);
        }
        bytes32 claimId = _claimIdOf(jobId, job.deliverable);
        jobOf[claimId] = jobId;
        market.hold(jobId);
        bool revealed = locator.length > 32;
        if (revealed) {
            (, IJobMarket.Receipt memory receipt, IJobMarket.JobTerms memory terms) = abi.decode(
                locator,
                (JobId, IJobMarket.Receipt, IJobMarket.JobTerms)
            );
            _check(jobId, claimId, job, receipt, terms);
        }
        return
            ICourt.Filing({
                claimId: claimId,
                worker: job.worker,
                beneficiary: job.client,
                windowEndsAt: uint64(endsAt),
                lockWei: job.claimLockWei,
                revealed: revealed
            });
    }

    /// @inheritdoc IJobCourt
    function reveal(JobId jobId, IJobMarket.Receipt calldata receipt, IJobMarket.JobTerms calldata terms) external {
        IJobMarket.Job memory job = market.getJob(jobId);
        bytes32 claimId = _claimIdOf(jobId, job.deliverable);
        if (!(jobOf[claimId] == jobId)) revert JobCourtNotDisputable(jobId);
        _check(jobId, claimId, job, receipt, terms);
        court.reveal(claimId);
    }

    /// @inheritdoc IClaimSubject
    function onClaimFinal(bytes32 claimId, ICourt.Outcome) external {
        if (msg.sender != address(court)) revert SubjectCallerNotCourt(msg.sender, address(court));
        settle(claimId);
    }

    /// @inheritdoc IJobCourt
    /// @dev A client who accepted meanwhile has ended the job already.
    function settle(bytes32 claimId) public {
        JobId jobId = jobOf[claimId];
        ICourt.Outcome outcome = court.outcomeOf(claimId);
        if (outcome == ICourt.Outcome.Pending || market.stateOf(jobId) != IJobMarket.JobState.Submitted) return;
        if (outcome == ICourt.Outcome.Stands) market.complete(jobId, _STANDS);
        else market.reject(jobId, outcome == ICourt.Outcome.Void ? _VOID : _FALLEN);
    }

    /// @inheritdoc IJobEvaluator
    function isFinalizable(JobId jobId) public view returns (bool) {
        if (block.timestamp >= market.windowEndOf(jobId, address(this))) return true;
        bytes32 claimId = _filedClaimOf(jobId);
        return claimId != 0 && court.isEndable(claimId) && court.getClaim(claimId).verdict == ICourt.Outcome.Pending;
    }

    /// @dev A job that somebody filed, and nobody disproved, ends as easily as one that nobody filed.
    function _endClaimOf(JobId jobId) private returns (bool completed) {
        bytes32 claimId = _filedClaimOf(jobId);
        if (claimId == 0 || !court.isEndable(claimId)) return false;
        return court.finalize(claimId) == ICourt.Outcome.Stands;
    }

    /// @dev Zero unless the job is submitted and filed.
    function _filedClaimOf(JobId jobId) private view returns (bytes32 claimId) {
        IJobMarket.Job memory job = market.getJob(jobId);
        if (job.state != IJobMarket.JobState.Submitted) return 0;
        claimId = _claimIdOf(jobId, job.deliverable);
        if (!(jobOf[claimId] == jobId)) return 0;
    }

    function _check(
        JobId jobId,
        bytes32 claimId,
        IJobMarket.Job memory job,
        IJobMarket.Receipt memory receipt,
        IJobMarket.JobTerms memory terms
    ) private {
        bool fits = market.jobIdOf(terms) == jobId &&
            market.hashReceipt(receipt) == job.deliverable &&
            receipt.jobId == bytes32(JobId.unwrap(jobId)) &&
            receipt.worker == job.worker &&
            receipt.versionId == job.versionId &&
            receipt.inputRoot == terms.inputRoot &&
            receipt.programRoot == models.programRootOf(job.versionId);
        if (!fits) revert JobCourtReceiptContradicts(jobId);
        emit ReceiptRevealed(claimId, receipt);
    }

    function _claimIdOf(JobId jobId, bytes32 deliverable) private pure returns (bytes32) {
        return keccak256(abi.encode(jobId, deliverable));
    }
}

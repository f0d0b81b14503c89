// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAssayToken} from "../interfaces/IAssayToken.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {ITill} from "../interfaces/ITill.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {FeeSplit} from "../libraries/FeeSplit.sol";
import {Governed} from "../libraries/Governed.sol";
import {JobId, VersionId} from "../types/Ids.sol";
import {Till} from "./Till.sol";

/// @title Escrow of paid inference.
contract JobMarket is Governed, EIP712, ReentrancyGuard, IJobMarket {
    using SafeERC20 for IAssayToken;
    using SafeCast for uint256;

    /// @dev {Job} in five slots instead of twelve. Amounts fit 96 bits because the supply does (10^27 < 2^96); versions
    /// are numbered one by one (40 bits); the challenge window has a hard bound of 30 days (24 bits).
    struct PackedJob {
        address client;
        uint40 expiresAt;
        uint40 submittedAt;
        JobState state;
        bool held;
        //
        address worker;
        uint96 claimLockWei;
        //
        address author;
        uint96 feeWei;
        //
        address evaluator;
        uint40 versionId;
        uint24 challengeWindowSeconds;
        uint16 workerBps;
        uint16 authorBps;
        //
        bytes32 deliverable;
    }

    bytes32 private constant _RECEIPT_TYPEHASH =
        keccak256(
            "Receipt(bytes32 jobId,uint256 versionId,bytes32 programRoot,bytes32 inputRoot,bytes32 outputRoot,address worker,uint64 issuedAt)"
        );
    uint256 private constant _MAX_BATCH = 64;
    /// @dev Cap of one batch item. The dearest honest item (smart-account client, cold slots) stays below half of it.
    uint256 private constant _ITEM_GAS = 600_000;

    /// @notice What fees are paid in.
    IAssayToken public immutable token;
    /// @notice Source of the rules that jobs copy.
    IParameters public immutable parameters;
    /// @notice Where versions and their authors are known.
    IModelRegistry public immutable models;
    /// @notice Where claims lock stake.
    IWorkerRegistry public immutable workers;
    /// @notice Code behind the tills.
    address public immutable tillCode;

    /// @inheritdoc IJobMarket
    mapping(address account => uint256) public creditOf;
    /// @inheritdoc IJobMarket
    mapping(address evaluator => bool) public isEvaluator;

    mapping(JobId jobId => PackedJob) private _jobs;

    /// @param timelock_ Governance, and the treasury that earns its share.
    /// @param evaluator_ The first approved evaluator.
    constructor(
        address timelock_,
        IAssayToken token_,
        IParameters parameters_,
        IModelRegistry models_,
        IWorkerRegistry workers_,
        address evaluator_
    ) Governed(timelock_) EIP712("Assay", "1") {
        token = token_;
        parameters = parameters_;
        models = models_;
        workers = workers_;
        tillCode = address(new Till(token_));
        _setEvaluator(evaluator_, true);
    }

    /// @inheritdoc IJobMarket
    function createJob(JobTerms calldata terms, address hook) external nonReentrant returns (JobId jobId) {
        if (hook != address(0)) revert JobMarketHooksUnsupported(hook);
        if (msg.sender != terms.client) revert JobMarketCallerNotClient(msg.sender, terms.client);
        jobId = jobIdOf(terms);
        PackedJob storage job = _jobs[jobId];
        if (job.state != JobState.None) revert JobMarketStateUnexpected(jobId, job.state);
        _create(jobId, job, terms);
    }

    /// @inheritdoc IJobMarket
    function setBudget(JobId jobId, uint256 amount) external {
        PackedJob storage job = _inState(jobId, JobState.Open);
        if (msg.sender != job.client && workers.workerOf(msg.sender) != job.worker) {
            revert JobMarketCallerNotClient(msg.sender, job.client);
        }
        if (amount != job.feeWei) revert JobMarketBudgetMismatch(jobId, amount, job.feeWei);
        emit BudgetSet(jobId, amount);
    }

    /// @inheritdoc IJobMarket
    function fund(JobId jobId, uint256 expectedBudget) external nonReentrant {
        PackedJob storage job = _inState(jobId, JobState.Open);
        if (msg.sender != job.client) revert JobMarketCallerNotClient(msg.sender, job.client);
        if (expectedBudget != job.feeWei) revert JobMarketBudgetMismatch(jobId, expectedBudget, job.feeWei);
        _markFunded(jobId, job);
        token.safeTransferFrom(msg.sender, address(this), job.feeWei);
    }

    /// @inheritdoc IJobMarket
    function openJob(
        JobTerms calldata terms,
        ReceiveAuthorization calldata authorization
    ) external nonReentrant returns (JobId jobId) {
        jobId = jobIdOf(terms);
        _open(jobId, terms, authorization);
    }

    /// @inheritdoc IJobMarket
    function openAndSubmit(Submission calldata submission) external nonReentrant returns (JobId jobId) {
        jobId = jobIdOf(submission.terms);
        _openAndSubmit(msg.sender, jobId, submission);
    }

    /// @inheritdoc IJobMarket
    function openAndSubmitBatch(Submission[] calldata submissions) external nonReentrant returns (uint256 submitted) {
        uint256 size = submissions.length;
        if (size == 0 || size > _MAX_BATCH) revert JobMarketBatchSize(size, _MAX_BATCH);
        for (uint256 i = 0; i < size; ++i) {
            // EIP-150 hands on at most 63/64. Without this check a short gas limit would look like a bad item.
            uint256 needed = (_ITEM_GAS * 64) / 63 + 10_000;
            if (gasleft() < needed) revert JobMarketGasTooLow(gasleft(), needed);
            try this.openAndSubmitFrom{gas: _ITEM_GAS}(msg.sender, submissions[i]) {
                ++submitted;
            } catch (bytes memory reason) {
                emit JobSkipped(jobIdOf(submissions[i].terms), bytes4(reason));
            }
        }
    }

    /// @inheritdoc IJobMarket
    /// @dev Runs inside the guard of {openAndSubmitBatch}.
    function openAndSubmitFrom(address operator, Submission calldata submission) external {
        if (msg.sender != address(this)) revert JobMarketCallerNotSelf(msg.sender);
        _openAndSubmit(operator, jobIdOf(submission.terms), submission);
    }

    /// @inheritdoc IJobMarket
    function submit(JobId jobId, bytes32 deliverable) external nonReentrant {
        _submit(msg.sender, jobId, deliverable);
    }

    /// @inheritdoc IJobMarket
    function complete(JobId jobId, bytes32 reason) external nonReentrant {
        PackedJob storage job = _inState(jobId, JobState.Submitted);
        if (msg.sender != job.evaluator) revert JobMarketCallerNotEvaluator(msg.sender, job.evaluator);
        job.state = JobState.Completed;
        emit JobCompleted(jobId, msg.sender, reason);
        _payOut(jobId, job);
        workers.unlock(job.worker, job.claimLockWei);
    }

    /// @inheritdoc IJobMarket
    function reject(JobId jobId, bytes32 reason) external nonReentrant {
        PackedJob storage job = _jobs[jobId];
        JobState before = job.state;
        if (before != JobState.Funded && before != JobState.Submitted) revert JobMarketStateUnexpected(jobId, before);
        if (msg.sender != job.evaluator) revert JobMarketCallerNotEvaluator(msg.sender, job.evaluator);
        job.state = JobState.Rejected;
        emit JobRejected(jobId, msg.sender, reason);
        _refund(jobId, job);
        if (before == JobState.Submitted) workers.unlock(job.worker, job.claimLockWei);
    }

    /// @inheritdoc IJobMarket
    function hold(JobId jobId) external {
        PackedJob storage job = _inState(jobId, JobState.Submitted);
        if (msg.sender != job.evaluator) revert JobMarketCallerNotEvaluator(msg.sender, job.evaluator);
        job.held = true;
        emit JobHeld(jobId, msg.sender);
    }

    /// @inheritdoc IJobMarket
    function claimRefund(JobId jobId) external nonReentrant {
        PackedJob storage job = _jobs[jobId];
        JobState before = job.state;
        if (before != JobState.Open && before != JobState.Funded) revert JobMarketStateUnexpected(jobId, before);
        if (block.timestamp < job.expiresAt) revert JobMarketNotExpired(jobId, job.expiresAt);
        job.state = JobState.Expired;
        emit JobExpired(jobId);
        if (before == JobState.Funded) _refund(jobId, job);
    }

    /// @inheritdoc IJobMarket
    function collect(address worker, VersionId versionId) external nonReentrant {
        address author = models.authorOf(versionId);
        address till = tillOf(worker, versionId);
        if (till.code.length == 0) Clones.cloneDeterministic(tillCode, _tillSalt(worker, versionId));
        uint256 amountWei = ITill(till).sweep();
        if (amountWei == 0) revert JobMarketTillEmpty(till);

        IParameters.FeeShares memory shares = parameters.feeShares();
        (uint256 workerWei, uint256 authorWei, uint256 treasuryWei) = FeeSplit.splitDown(
            amountWei,
            shares.workerBps,
            shares.authorBps
        );
        _credit(worker, workerWei, author, authorWei, treasuryWei);
        emit TillCollected(worker, versionId, till, author, workerWei, authorWei, treasuryWei);
    }

    /// @inheritdoc IJobMarket
    function withdraw() external returns (uint256 amountWei) {
        return withdrawFor(msg.sender);
    }

    /// @inheritdoc IJobMarket
    function setEvaluator(address evaluator, bool approved) external onlyTimelock {
        _setEvaluator(evaluator, approved);
    }

    /// @inheritdoc IJobMarket
    function getJob(JobId jobId) external view returns (Job memory) {
        PackedJob storage job = _jobs[jobId];
        return
            Job({
                state: job.state,
                client: job.client,
                worker: job.worker,
                evaluator: job.evaluator,
                author: job.author,
                versionId: VersionId.wrap(job.versionId),
                feeWei: job.feeWei,
                claimLockWei: job.claimLockWei,
                expiresAt: job.expiresAt,
                submittedAt: job.submittedAt,
                challengeWindowSeconds: job.challengeWindowSeconds,
                workerBps: job.workerBps,
                authorBps: job.authorBps,
                deliverable: job.deliverable
            });
    }

    /// @inheritdoc IJobMarket
    function windowEndOf(JobId jobId, address evaluator) external view returns (uint256) {
        PackedJob storage job = _jobs[jobId];
        if (job.state != JobState.Submitted || job.held || job.evaluator != evaluator) return type(uint256).max;
        return uint256(job.submittedAt) + job.challengeWindowSeconds;
    }

    /// @inheritdoc IJobMarket
    function stateOf(JobId jobId) external view returns (JobState) {
        return _jobs[jobId].state;
    }

    /// @inheritdoc IJobMarket
    function hashReceipt(Receipt calldata receipt) external view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        _RECEIPT_TYPEHASH,
                        receipt.jobId,
                        receipt.versionId,
                        receipt.programRoot,
                        receipt.inputRoot,
                        receipt.outputRoot,
                        receipt.worker,
                        receipt.issuedAt
                    )
                )
            );
    }

    /// @inheritdoc IJobMarket
    function withdrawFor(address account) public nonReentrant returns (uint256 amountWei) {
        amountWei = creditOf[account];
        if (amountWei == 0) revert JobMarketNothingToWithdraw(account);
        creditOf[account] = 0;
        emit CreditWithdrawn(account, amountWei);
        token.safeTransfer(account, amountWei);
    }

    /// @inheritdoc IJobMarket
    function jobIdOf(JobTerms calldata terms) public view returns (JobId) {
        return JobId.wrap(uint256(keccak256(abi.encode(block.chainid, address(this), terms))));
    }

    /// @inheritdoc IJobMarket
    function tillOf(address worker, VersionId versionId) public view returns (address) {
        return Clones.predictDeterministicAddress(tillCode, _tillSalt(worker, versionId));
    }

    function _openAndSubmit(address operator, JobId jobId, Submission calldata submission) private {
        if (_jobs[jobId].state != JobState.Funded) _open(jobId, submission.terms, submission.authorization);
        _submit(operator, jobId, submission.deliverable);
    }

    function _open(JobId jobId, JobTerms calldata terms, ReceiveAuthorization calldata authorization) private {
        PackedJob storage job = _jobs[jobId];
        if (job.state == JobState.None) _create(jobId, job, terms);
        else if (job.state != JobState.Open) revert JobMarketStateUnexpected(jobId, job.state);
        _markFunded(jobId, job);
        token.receiveWithAuthorization(
            terms.client,
            address(this),
            terms.feeWei,
            authorization.validAfter,
            authorization.validBefore,
            bytes32(JobId.unwrap(jobId)),
            authorization.signature
        );
    }

    function _create(JobId jobId, PackedJob storage job, JobTerms calldata terms) private {
        IParameters.JobRules memory rules = parameters.jobRules();
        _checkTerms(terms, rules);
        job.state = JobState.Open;
        job.client = terms.client;
        job.expiresAt = uint256(terms.expiresAt).toUint40();
        job.worker = terms.worker;
        job.claimLockWei = rules.claimLockWei.toUint96();
        job.author = models.authorOf(terms.versionId);
        job.feeWei = uint256(terms.feeWei).toUint96();
        job.evaluator = terms.evaluator;
        job.versionId = VersionId.unwrap(terms.versionId).toUint40();
        job.challengeWindowSeconds = rules.challengeWindowSeconds.toUint24();
        job.workerBps = rules.shares.workerBps;
        job.authorBps = rules.shares.authorBps;
        emit JobCreated(jobId, terms.client, terms.worker, terms.evaluator, terms.expiresAt, address(0));
        _emitPinned(jobId, job, terms);
    }

    function _emitPinned(JobId jobId, PackedJob storage job, JobTerms calldata terms) private {
        emit JobTermsPinned(
            jobId,
            terms.versionId,
            job.author,
            terms.inputRoot,
            terms.feeWei,
            terms.salt,
            job.challengeWindowSeconds,
            job.claimLockWei,
            job.workerBps,
            job.authorBps
        );
    }

    function _checkTerms(JobTerms calldata terms, IParameters.JobRules memory rules) private view {
        if (terms.feeWei == 0 || terms.feeWei > rules.maxFeeWei) {
            revert JobMarketFeeOutOfRange(terms.feeWei, rules.maxFeeWei);
        }
        uint256 latest = block.timestamp + rules.maxJobSeconds;
        if (terms.expiresAt <= block.timestamp || terms.expiresAt > latest) {
            revert JobMarketExpiryOutOfRange(terms.expiresAt, block.timestamp, latest);
        }
        if (!isEvaluator[terms.evaluator]) revert JobMarketEvaluatorNotApproved(terms.evaluator);
        if (!workers.isActive(terms.worker)) revert JobMarketWorkerInactive(terms.worker);
    }

    function _markFunded(JobId jobId, PackedJob storage job) private {
        if (block.timestamp >= job.expiresAt) revert JobMarketJobExpired(jobId, job.expiresAt);
        job.state = JobState.Funded;
        emit JobFunded(jobId, job.client, job.feeWei);
    }

    function _submit(address operator, JobId jobId, bytes32 deliverable) private {
        PackedJob storage job = _inState(jobId, JobState.Funded);
        address worker = job.worker;
        if (workers.workerOf(operator) != worker) revert JobMarketCallerNotWorker(operator, worker);
        if (block.timestamp >= job.expiresAt) revert JobMarketJobExpired(jobId, job.expiresAt);
        if (deliverable == 0) revert JobMarketDeliverableMissing(jobId);
        job.state = JobState.Submitted;
        job.submittedAt = uint40(block.timestamp);
        job.deliverable = deliverable;
        emit JobSubmitted(jobId, worker, deliverable);
        workers.lock(worker, job.claimLockWei);
    }

    function _payOut(JobId jobId, PackedJob storage job) private {
        (uint256 workerWei, uint256 authorWei, uint256 treasuryWei) = FeeSplit.splitDown(
            job.feeWei,
            job.workerBps,
            job.authorBps
        );
        _credit(job.worker, workerWei, job.author, authorWei, treasuryWei);
        emit PaymentReleased(jobId, job.worker, workerWei);
        emit FeesShared(jobId, job.author, authorWei, treasuryWei);
    }

    function _credit(
        address worker,
        uint256 workerWei,
        address author,
        uint256 authorWei,
        uint256 treasuryWei
    ) private {
        creditOf[worker] += workerWei;
        creditOf[author] += authorWei;
        creditOf[timelock] += treasuryWei;
    }

    function _refund(JobId jobId, PackedJob storage job) private {
        creditOf[job.client] += job.feeWei;
        emit Refunded(jobId, job.client, job.feeWei);
    }

    function _setEvaluator(address evaluator, bool approved) private {
        isEvaluator[evaluator] = approved;
        emit EvaluatorSet(evaluator, approved);
    }

    function _inState(JobId jobId, JobState expected) private view returns (PackedJob storage job) {
        job = _jobs[jobId];
        if (job.state != expected) revert JobMarketStateUnexpected(jobId, job.state);
    }

    function _tillSalt(address worker, VersionId versionId) private pure returns (bytes32) {
        return keccak256(abi.encode(worker, versionId));
    }
}

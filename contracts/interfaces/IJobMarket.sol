// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {JobId, VersionId} from "../types/Ids.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title Escrow of paid inference, shaped like ERC-8183.
/// @notice ```
/// None ─createJob─▶ Open ─fund─▶ Funded ─submit─▶ Submitted ─complete─▶ Completed
///   └─────────openJob───────────────▲  │              │
///                  Open, Funded: after expiry claimRefund ─▶ Expired
///                  Funded, Submitted: reject by the evaluator ─▶ Rejected
/// ```
/// Roles: client (pays), worker (ERC-8183: provider), evaluator (decides). Events carry ERC-8183's signatures. What
/// differs from ERC-8183: the job id is the hash of the terms, so provider, budget and evaluator are fixed at creation
/// (`setProvider` does not exist, `setBudget` accepts the pinned fee only); a submitted job never expires to the client,
/// its evaluator decides; evaluators are approved by governance; hooks are refused; payments are pulled.
/// @dev INVARIANTS: a job is in one state, terminal states are final, each escrow leaves exactly once and in full
/// (worker + author + treasury = fee, or client = fee); balance ≥ Σ escrows + Σ credits; everything a job needs later is
/// copied when it is created. Windows are half-open: work counts while `now < expiresAt`, the refund from then on.
interface IJobMarket is IGoverned, IERC5267 {
    /// @notice States; the last three are final.
    enum JobState {
        None,
        Open,
        Funded,
        Submitted,
        Completed,
        Rejected,
        Expired
    }

    /// @notice What a client agrees to pay for. Twin of `JobTerms` in node/core/codec/job.ts.
    struct JobTerms {
        /// @dev Pays, and gets the refund.
        address client;
        /// @dev Owner address of the worker.
        address worker;
        VersionId versionId;
        /// @dev Tensor commitment T of the input (verification.md 3.2).
        bytes32 inputRoot;
        uint128 feeWei;
        /// @dev Unix seconds: from then on an unanswered job is refunded.
        uint64 expiresAt;
        /// @dev The only address that may complete or reject.
        address evaluator;
        bytes32 salt;
    }

    /// @notice The client's ERC-3009 `ReceiveWithAuthorization`: from = client, to = market, value = feeWei,
    /// nonce = bytes32(jobId). One signature binds every term; only the market can use it.
    struct ReceiveAuthorization {
        uint256 validAfter;
        uint256 validBefore;
        /// @dev 65 bytes of ECDSA, or what the client's ERC-1271 contract takes.
        bytes signature;
    }

    /// @notice One answered job on its way in.
    struct Submission {
        JobTerms terms;
        ReceiveAuthorization authorization;
        /// @dev EIP-712 digest of the receipt, see {hashReceipt}.
        bytes32 deliverable;
    }

    /// @notice A job. `inputRoot` and `salt` are not stored: the id commits to them.
    struct Job {
        JobState state;
        address client;
        address worker;
        address evaluator;
        /// @dev Author of the version when the job was created; he earns the author's share.
        address author;
        VersionId versionId;
        uint128 feeWei;
        /// @dev Stake locked behind the claim from submission to the end.
        uint128 claimLockWei;
        /// @dev Unix seconds.
        uint64 expiresAt;
        /// @dev Unix seconds; zero until then.
        uint64 submittedAt;
        uint32 challengeWindowSeconds;
        uint16 workerBps;
        uint16 authorBps;
        bytes32 deliverable;
    }

    /// @notice The signed claim that comes with every answer. Twin of `Receipt` in node/core/codec/receipt.ts.
    struct Receipt {
        bytes32 jobId;
        VersionId versionId;
        bytes32 programRoot;
        bytes32 inputRoot;
        bytes32 outputRoot;
        address worker;
        uint64 issuedAt;
    }

    /// @notice A job was created (ERC-8183; `hook` is always zero).
    event JobCreated(
        JobId indexed jobId,
        address indexed client,
        address indexed provider,
        address evaluator,
        uint256 expiredAt,
        address hook
    );
    /// @notice The rest of a new job's terms and what it copied from governance.
    event JobTermsPinned(
        JobId indexed jobId,
        VersionId indexed versionId,
        address indexed author,
        bytes32 inputRoot,
        uint128 feeWei,
        bytes32 salt,
        uint32 challengeWindowSeconds,
        uint128 claimLockWei,
        uint16 workerBps,
        uint16 authorBps
    );
    /// @notice The budget was confirmed (ERC-8183).
    event BudgetSet(JobId indexed jobId, uint256 amount);
    /// @notice The fee is in escrow (ERC-8183).
    event JobFunded(JobId indexed jobId, address indexed client, uint256 amount);
    /// @notice The worker claims an answer (ERC-8183).
    event JobSubmitted(JobId indexed jobId, address indexed provider, bytes32 deliverable);
    /// @notice The claim is disputed; only its evaluator's verdict or the client's acceptance ends the job.
    event JobHeld(JobId indexed jobId, address indexed evaluator);
    /// @notice The claim stands (ERC-8183).
    event JobCompleted(JobId indexed jobId, address indexed evaluator, bytes32 reason);
    /// @notice The claim fell (ERC-8183).
    event JobRejected(JobId indexed jobId, address indexed rejector, bytes32 reason);
    /// @notice Nobody answered in time (ERC-8183).
    event JobExpired(JobId indexed jobId);
    /// @notice The worker's share was credited (ERC-8183).
    event PaymentReleased(JobId indexed jobId, address indexed provider, uint256 amount);
    /// @notice The other shares were credited.
    event FeesShared(JobId indexed jobId, address indexed author, uint256 authorWei, uint256 treasuryWei);
    /// @notice The client's fee was credited back (ERC-8183).
    event Refunded(JobId indexed jobId, address indexed client, uint256 amount);
    /// @notice One item of a batch had no effect; `reason` is the selector of the error it met.
    event JobSkipped(JobId indexed jobId, bytes4 reason);
    /// @notice A till was emptied and its money shared.
    event TillCollected(
        address indexed worker,
        VersionId indexed versionId,
        address indexed till,
        address author,
        uint256 workerWei,
        uint256 authorWei,
        uint256 treasuryWei
    );
    /// @notice A credit was paid out.
    event CreditWithdrawn(address indexed account, uint256 amountWei);
    /// @notice Governance approved an evaluator for new jobs, or no longer.
    event EvaluatorSet(address indexed evaluator, bool approved);

    /// @notice Thrown when a hook is given.
    error JobMarketHooksUnsupported(address hook);
    /// @notice Thrown when the caller is not the job's client.
    error JobMarketCallerNotClient(address caller, address client);
    /// @notice Thrown when the caller is neither the job's worker nor his hot key.
    error JobMarketCallerNotWorker(address caller, address worker);
    /// @notice Thrown when the caller is not the job's evaluator.
    error JobMarketCallerNotEvaluator(address caller, address evaluator);
    /// @notice Thrown when the job is in a state from which the action leads nowhere.
    error JobMarketStateUnexpected(JobId jobId, JobState state);
    /// @notice Thrown when the worker is not active.
    error JobMarketWorkerInactive(address worker);
    /// @notice Thrown when governance has not approved the evaluator.
    error JobMarketEvaluatorNotApproved(address evaluator);
    /// @notice Thrown when the fee is zero or above the maximum.
    error JobMarketFeeOutOfRange(uint256 feeWei, uint256 maxFeeWei);
    /// @notice Thrown when the expiry is not after now, or later than now plus the longest job.
    error JobMarketExpiryOutOfRange(uint256 expiresAt, uint256 now_, uint256 latest);
    /// @notice Thrown when a budget differs from the fee that the job id pins.
    error JobMarketBudgetMismatch(JobId jobId, uint256 budget, uint256 feeWei);
    /// @notice Thrown when work comes at or after the expiry.
    error JobMarketJobExpired(JobId jobId, uint256 expiresAt);
    /// @notice Thrown when a refund is asked before the expiry.
    error JobMarketNotExpired(JobId jobId, uint256 expiresAt);
    /// @notice Thrown when the deliverable is zero.
    error JobMarketDeliverableMissing(JobId jobId);
    /// @notice Thrown when a batch is empty or longer than 64.
    error JobMarketBatchSize(uint256 size, uint256 max);
    /// @notice Thrown when a batch runs low on gas, so that a skipped item always means a bad item.
    error JobMarketGasTooLow(uint256 gasLeft, uint256 needed);
    /// @notice Thrown when somebody else calls a function that the market calls on itself.
    error JobMarketCallerNotSelf(address caller);
    /// @notice Thrown when there is no credit to withdraw.
    error JobMarketNothingToWithdraw(address account);
    /// @notice Thrown when a till is empty.
    error JobMarketTillEmpty(address till);

    /// @notice Creates a job that the client funds later. Only the client; `hook` must be zero.
    function createJob(JobTerms calldata terms, address hook) external returns (JobId jobId);

    /// @notice Confirms the budget that the terms pin (ERC-8183); any other amount reverts. By client or worker.
    function setBudget(JobId jobId, uint256 amount) external;

    /// @notice Pays an open job from the client's allowance. Only the client; `expectedBudget` must be the fee.
    function fund(JobId jobId, uint256 expectedBudget) external;

    /// @notice Creates (unless it exists) and funds a job with the client's signature. Anybody may send it.
    function openJob(
        JobTerms calldata terms,
        ReceiveAuthorization calldata authorization
    ) external returns (JobId jobId);

    /// @notice {openJob}, unless the job is funded already, and {submit} in one step. By the worker or his hot key.
    /// A front-runner who opens the job first only saves the worker gas.
    function openAndSubmit(Submission calldata submission) external returns (JobId jobId);

    /// @notice {openAndSubmit} for 1 to 64 jobs. An item that fails is skipped with {JobSkipped}.
    /// @return submitted How many were not skipped.
    function openAndSubmitBatch(Submission[] calldata submissions) external returns (uint256 submitted);

    /// @notice One item of a batch. Only the market itself.
    function openAndSubmitFrom(address operator, Submission calldata submission) external;

    /// @notice Claims an answer to a funded job before its expiry; locks the claim's stake. By the worker or his hot key.
    /// @param deliverable EIP-712 digest of the receipt.
    function submit(JobId jobId, bytes32 deliverable) external;

    /// @notice Releases the fee of a submitted job. Only its evaluator.
    function complete(JobId jobId, bytes32 reason) external;

    /// @notice Refunds the client of a funded or submitted job. Only its evaluator.
    function reject(JobId jobId, bytes32 reason) external;

    /// @notice Marks a submitted job as disputed, so that no window ends it. Only its evaluator.
    function hold(JobId jobId) external;

    /// @notice Refunds the client of a job that nobody answered before the expiry. Anybody may send it.
    function claimRefund(JobId jobId) external;

    /// @notice Shares what was paid into the till of (worker, version), by the shares of now. Anybody may send it.
    function collect(address worker, VersionId versionId) external;

    /// @notice Pays the caller's credit to him.
    function withdraw() external returns (uint256 amountWei);

    /// @notice Pays an account's credit to that account. Anybody may send it.
    function withdrawFor(address account) external returns (uint256 amountWei);

    /// @notice Approves an evaluator for new jobs, or no longer. Jobs that name it already keep it. Only the timelock.
    function setEvaluator(address evaluator, bool approved) external;

    /// @notice The job; all zero when there is none.
    function getJob(JobId jobId) external view returns (Job memory);

    /// @notice When the window of a submitted job ends, Unix seconds; the largest uint256 for a held job and for a job
    /// that is not submitted, or that names another evaluator.
    function windowEndOf(JobId jobId, address evaluator) external view returns (uint256);

    /// @notice State of a job.
    function stateOf(JobId jobId) external view returns (JobState);

    /// @notice `keccak256(abi.encode(chainid, market, terms))`.
    function jobIdOf(JobTerms calldata terms) external view returns (JobId);

    /// @notice EIP-712 digest of a receipt in the domain "Assay", version "1", this market.
    function hashReceipt(Receipt calldata receipt) external view returns (bytes32);

    /// @notice What an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice Where a stock x402 `exact` client pays this worker for this version. The address exists before its code.
    function tillOf(address worker, VersionId versionId) external view returns (address);

    /// @notice Whether new jobs may name the evaluator.
    function isEvaluator(address evaluator) external view returns (bool);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {JobId} from "../types/Ids.sol";
import {IGoverned} from "./IGoverned.sol";
import {IJobMarket} from "./IJobMarket.sol";

/// @title Random audits of submitted jobs by bonded auditors.
/// @notice ```
/// job submitted ─▶ round opens ─▶ beacon ─ tick ─▶ drawn with auditBps ─ start ─▶ commits ─▶ reveals ─ settle ─▶ paid
///                                                                                    canary: revealCanary ─ concludeCanary
/// ```
/// Time runs in rounds. A round is opened by {tick}, which fixes the beacon's next point, the seats and the rules; the
/// next {tick} reads the point. A job belongs to the first round that was opened after its submission, so its worker has
/// committed himself (deliverable = digest of his receipt) before the point, and every job that is not drawn costs no gas
/// at all. The draw needs no list of jobs: it is `keccak256(value, jobId)`.
///
/// A drawn auditor re-executes, commits to the root that he computed, and reveals it when nobody can commit any more;
/// the receipt is revealed in the same window by whoever has it. A revealed root is paid whatever it says; who stays
/// silent loses `missWei`. Disagreement is no vote and slashes nobody: it is announced ({AuditTriggered}), and whoever
/// is right opens the game in the Court.
///
/// A canary is a job whose client sealed its true output in the salt of the terms and whose worker lies on purpose. The
/// client shows the seal after the reveals, with a receipt of the same worker for the true output that stands in
/// the Court: so nobody can punish auditors for a true answer without risking that worker's stake. Every auditor who
/// revealed another root loses `canaryWei`: half is burned, half goes to those who were right. A canary's own false claim
/// is a claim like any other: it can be challenged, falls, and its planter pays; calling it a canary saves nobody.
/// @dev INVARIANTS: balance ≥ Σ bonds + Σ credits + funds + reserved fees; Σ fees paid ≤ Σ funded + Σ forfeited; each
/// audit is settled once, each canary concluded once; seats of a round never change after its point is fixed; loops are
/// over the at most 5 seats of one audit. Windows are half-open.
interface IAuditPool is IGoverned {
    /// @notice What governance may turn; a round copies it when it opens.
    struct Rules {
        /// @dev Bond of a seat. Flat: one seat per auditor, influence is linear in bonds.
        uint96 bondWei;
        /// @dev Fee for each root revealed in time.
        uint96 baseFeeWei;
        /// @dev Lost by a drawn auditor who does not reveal.
        uint96 missWei;
        /// @dev Lost by an auditor who revealed another root than a canary's true one.
        uint96 canaryWei;
        /// @dev Basis points of jobs that are audited.
        uint16 auditBps;
        /// @dev Auditors of one audit, 1 to 5.
        uint8 seats;
        /// @dev Seconds after the submission during which an audit may start.
        uint32 startSeconds;
        uint32 commitSeconds;
        uint32 revealSeconds;
        /// @dev Seconds after the reveals during which a canary may be shown.
        uint32 canarySeconds;
        /// @dev Time that a claim must still be open to challenges: the job's when the reveals end, the claim for a
        /// canary's true output when it is shown.
        uint32 contestSeconds;
        /// @dev Seconds between leaving and withdrawing. Not shorter than everything above that an auditor is liable for.
        uint32 thawSeconds;
    }

    /// @notice An auditor.
    struct Auditor {
        /// @dev May commit for him; himself if he named nobody.
        address operator;
        uint96 bondWei;
        /// @dev Part of the bond that open canaries may take.
        uint96 frozenWei;
        /// @dev Unix seconds from which the bond may be withdrawn; zero unless he left or was put out.
        uint40 thawEndsAt;
        /// @dev Audits that are not settled.
        uint32 open;
        /// @dev Position in the current list plus one; zero: not drawn in rounds to come.
        uint32 seat;
    }

    /// @notice A round.
    struct Round {
        /// @dev The beacon's point.
        uint64 point;
        uint40 openedAt;
        /// @dev Seats to draw from.
        uint32 size;
        uint16 epoch;
        /// @dev Zero until known.
        bytes32 value;
    }

    /// @notice How an audit ended.
    enum Outcome {
        Pending,
        /// @dev All revealed roots are the receipt's.
        Agreed,
        /// @dev A revealed root is another one.
        Disagreed,
        /// @dev Nobody showed the receipt.
        ReceiptWithheld,
        /// @dev An auditor did not get the input.
        InputWithheld,
        /// @dev No auditor revealed.
        Missed
    }

    /// @notice How a canary ended.
    enum CanaryState {
        None,
        Pending,
        /// @dev The sealed output stands.
        Proven,
        /// @dev It does not.
        Refuted
    }

    /// @notice An audit.
    struct Audit {
        uint40 startedAt;
        uint16 epoch;
        uint8 seats;
        Outcome outcome;
        bool triggered;
        CanaryState canary;
        /// @dev From the revealed receipt; zero before.
        bytes32 receiptRoot;
        /// @dev Claim for the canary's true output; zero unless shown.
        bytes32 canaryClaimId;
        bytes32 canaryRoot;
    }

    /// @notice One auditor's part in an audit.
    struct Seat {
        bytes32 commitment;
        /// @dev Zero until revealed.
        bytes32 outputRoot;
        uint96 frozenWei;
    }

    /// @notice Governance set new rules; rounds opened from now on copy them.
    event AuditRulesSet(uint16 indexed epoch, Rules rules);
    /// @notice Somebody paid in for fees.
    event AuditPoolFunded(address indexed from, uint256 amountWei, uint256 fundsWei);
    /// @notice An auditor took a seat in rounds to come.
    event AuditorJoined(address indexed auditor, address indexed operator, uint256 bondWei);
    /// @notice An auditor named another operator.
    event AuditorOperatorSet(address indexed auditor, address indexed operator);
    /// @notice An auditor left, or his bond no longer reaches the rules; he stays liable for what he may be drawn for.
    event AuditorLeft(address indexed auditor, uint64 thawEndsAt);
    /// @notice A bond was paid out.
    event AuditorBondWithdrawn(address indexed auditor, uint256 amountWei);
    /// @notice A round was opened.
    event RoundOpened(uint256 indexed round, uint64 point, uint32 size, uint16 epoch);
    /// @notice A round's point was lost and fixed anew.
    event RoundReaimed(uint256 indexed round, uint64 point);
    /// @notice A round's value is known.
    event RoundDrawn(uint256 indexed round, bytes32 value);
    /// @notice An audit started.
    event AuditStarted(
        JobId indexed jobId,
        uint256 indexed round,
        address[] auditors,
        uint64 commitEndsAt,
        uint64 revealEndsAt
    );
    /// @notice An auditor committed to a root.
    event AuditCommitted(JobId indexed jobId, address indexed auditor, bytes32 commitment);
    /// @notice An auditor's root is known.
    event AuditRevealed(JobId indexed jobId, address indexed auditor, bytes32 outputRoot);
    /// @notice The worker's receipt is known.
    event AuditReceiptRevealed(JobId indexed jobId, IJobMarket.Receipt receipt);
    /// @notice Somebody should open the game: `claimId` is the job's claim in the Court.
    event AuditTriggered(JobId indexed jobId, bytes32 indexed claimId, Outcome why);
    /// @notice An auditor earned his fee.
    event AuditorPaid(JobId indexed jobId, address indexed auditor, uint256 amountWei);
    /// @notice An auditor lost part of his bond for his silence.
    event AuditorMissed(JobId indexed jobId, address indexed auditor, uint256 amountWei);
    /// @notice An audit ended.
    event AuditSettled(JobId indexed jobId, Outcome outcome, uint256 revealed);
    /// @notice A canary was shown.
    event CanaryRevealed(JobId indexed jobId, bytes32 indexed claimId, bytes32 canaryRoot);
    /// @notice A canary ended. The three amounts add up to what was taken.
    event CanaryConcluded(
        JobId indexed jobId,
        CanaryState state,
        uint256 burnedWei,
        uint256 findersWei,
        uint256 fundsWei
    );
    /// @notice A credit was paid out.
    event AuditCreditWithdrawn(address indexed account, uint256 amountWei);

    /// @notice Thrown when rules are outside their hard bounds; `field` counts the members of {Rules} from 0.
    error AuditPoolRuleOutOfBounds(uint256 field, uint256 value, uint256 min, uint256 max);
    /// @notice Thrown when an amount is zero.
    error AuditPoolAmountZero();
    /// @notice Thrown when the caller has a seat, or a bond on its way out.
    error AuditPoolAlreadyJoined(address auditor);
    /// @notice Thrown when the auditor has no seat.
    error AuditPoolNotSeated(address auditor);
    /// @notice Thrown when there is no bond to withdraw.
    error AuditPoolNothingToWithdraw(address account);
    /// @notice Thrown when a bond is withdrawn before its time, with audits open or with canaries that may take it.
    error AuditPoolStillLiable(address auditor, uint256 thawEndsAt, uint256 open, uint256 frozenWei);
    /// @notice Thrown when the caller is neither the auditor nor his operator.
    error AuditPoolCallerNotOperator(address caller, address auditor);
    /// @notice Thrown when the beacon does not know the point yet.
    error AuditPoolBeaconWaiting(uint256 round, uint64 point);
    /// @notice Thrown when a round does not exist, is not drawn yet, or is not the job's.
    error AuditPoolRoundUnfit(JobId jobId, uint256 round);
    /// @notice Thrown when the job is not submitted, or its version has no program.
    error AuditPoolJobUnfit(JobId jobId);
    /// @notice Thrown when the draw spared the job.
    error AuditPoolNotDrawn(JobId jobId, uint256 round);
    /// @notice Thrown when the audit has started already.
    error AuditPoolAlreadyStarted(JobId jobId);
    /// @notice Thrown when it is too late for the audit to end before the claim can no longer be challenged.
    error AuditPoolTooLate(JobId jobId, uint256 deadline);
    /// @notice Thrown when the funds do not cover the fees.
    error AuditPoolUnfunded(uint256 fundsWei, uint256 neededWei);
    /// @notice Thrown when the auditor was not drawn for the job.
    error AuditPoolNotYourAudit(JobId jobId, address auditor);
    /// @notice Thrown outside the window of the action: now is not in [from, until).
    error AuditPoolOutsideWindow(JobId jobId, uint256 from, uint256 until);
    /// @notice Thrown when an auditor commits twice or to zero.
    error AuditPoolCommitmentUnfit(JobId jobId, address auditor);
    /// @notice Thrown when root and salt do not open the commitment, or the root was revealed already.
    error AuditPoolRevealUnfit(JobId jobId, address auditor);
    /// @notice Thrown when a receipt is not the one that the job's deliverable names, contradicts the job, or was shown.
    error AuditPoolReceiptUnfit(JobId jobId);
    /// @notice Thrown when an audit is settled already.
    error AuditPoolSettled(JobId jobId);
    /// @notice Thrown when the salt does not seal the canary, the canary was no lie, or it was shown already.
    error AuditPoolCanaryUnfit(JobId jobId);
    /// @notice Thrown when the receipt for the true output is of another job, or its claim is not open long enough.
    error AuditPoolProofUnfit(JobId jobId, bytes32 claimId);
    /// @notice Thrown when no canary waits for the Court, or the Court has not said its word.
    error AuditPoolCanaryOpen(JobId jobId, bytes32 claimId);

    /// @notice Sets the rules of rounds to come. Only the timelock. @custom:reverts AuditPoolRuleOutOfBounds
    function setRules(Rules calldata rules_) external;

    /// @notice Pays in for fees. Anybody; what is paid in stays for fees. Needs an allowance.
    function fund(uint256 amountWei) external;

    /// @notice Takes a seat with the bond of now; needs an allowance. Who left may come back with what is still missing.
    /// @param operator May commit for the caller and never touches his money; zero: the caller himself.
    function join(address operator) external;

    /// @notice Names another operator.
    function setOperator(address operator) external;

    /// @notice Gives up the seat in rounds to come.
    function leave() external;

    /// @notice Pays out the bond after the thaw.
    function withdrawBond() external returns (uint256 amountWei);

    /// @notice Reads the beacon, then opens the next round; fixes a new point if the old one was lost. Anybody.
    /// @return round The open round.
    function tick() external returns (uint256 round);

    /// @notice Starts the audit of a drawn job and reserves its fees. Anybody.
    /// @param round The first round opened after the job's submission.
    function start(JobId jobId, uint256 round) external;

    /// @notice Commits to `keccak256(abi.encode(jobId, auditor, outputRoot, salt))`. By the auditor or his operator.
    function commit(JobId jobId, address auditor, bytes32 commitment) external;

    /// @notice Opens a commitment. Anybody who has the salt. {INPUT_WITHHELD} as root says that the input could not be
    /// had: it earns no fee and costs nothing, and calls for the Court's forced opening.
    function reveal(JobId jobId, address auditor, bytes32 outputRoot, bytes32 salt) external;

    /// @notice Shows terms and receipt behind the job, in the window of the reveals. Anybody who has them; only those
    /// pass that the Court would take ({IJobCourt-reveal}).
    function revealReceipt(IJobMarket.JobTerms calldata terms, IJobMarket.Receipt calldata receipt) external;

    /// @notice Pays and punishes the auditors of one job after the reveals. Anybody.
    function settle(JobId jobId) external returns (Outcome outcome);

    /// @notice Shows that a job was a canary. Anybody who knows the nonce.
    /// @param terms Terms of the job, whose salt is {sealOf} nonce and the true output root.
    /// @param proof The same worker's receipt for the true output on the same input, filed in the Court, revealed, open.
    function revealCanary(
        IJobMarket.JobTerms calldata terms,
        bytes32 nonce,
        IJobMarket.Receipt calldata proof
    ) external;

    /// @notice Does to a canary's auditors what the Court's word on the true output says. Anybody.
    function concludeCanary(JobId jobId) external returns (CanaryState state);

    /// @notice Pays the caller's credit to him.
    function withdraw() external returns (uint256 amountWei);

    /// @notice Pays an account's credit to that account. Anybody may send it.
    function withdrawFor(address account) external returns (uint256 amountWei);

    /// @notice Salt of a canary's terms: `keccak256(abi.encode("assay canary", nonce, outputRoot))`.
    function sealOf(bytes32 nonce, bytes32 outputRoot) external pure returns (bytes32);

    /// @notice What the draw of `round` says of a job: whether it is audited, and by whom.
    /// @custom:reverts AuditPoolRoundUnfit
    function drawOf(JobId jobId, uint256 round) external view returns (bool drawn, address[] memory auditors);

    /// @notice The rules of rounds to come.
    function rules() external view returns (Rules memory);

    /// @notice The rules of an epoch.
    function rulesOf(uint16 epoch) external view returns (Rules memory);

    /// @notice The open round.
    function currentRound() external view returns (uint256);

    /// @notice A round; all zero when there is none.
    function getRound(uint256 round) external view returns (Round memory);

    /// @notice An auditor; all zero when there is none.
    function getAuditor(address auditor) external view returns (Auditor memory);

    /// @notice An audit; all zero when there is none.
    function getAudit(JobId jobId) external view returns (Audit memory);

    /// @notice One auditor's part in an audit.
    function seatOf(JobId jobId, address auditor) external view returns (Seat memory);

    /// @notice Auditors of an audit.
    function auditorsOf(JobId jobId) external view returns (address[] memory);

    /// @notice Auditors with a seat in the next round.
    function auditorCount() external view returns (uint256);

    /// @notice The `index`-th of them, in no order. Zero past the end.
    function auditorAt(uint256 index) external view returns (address);

    /// @notice Paid in and not yet promised to anybody.
    function fundsWei() external view returns (uint256);

    /// @notice Fees promised to open audits.
    function reservedWei() external view returns (uint256);

    /// @notice What an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice The root that says: the input could not be had.
    // solhint-disable-next-line func-name-mixedcase
    function INPUT_WITHHELD() external view returns (bytes32);
}

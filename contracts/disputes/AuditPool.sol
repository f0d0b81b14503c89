// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IAssayToken} from "../interfaces/IAssayToken.sol";
import {IAuditPool} from "../interfaces/IAuditPool.sol";
import {IBeacon} from "../interfaces/IBeacon.sol";
import {ICourt} from "../interfaces/ICourt.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Governed} from "../libraries/Governed.sol";
import {JobId} from "../types/Ids.sol";

/// @title Random audits of submitted jobs by bonded auditors.
contract AuditPool is Governed, ReentrancyGuard, IAuditPool {
    using SafeERC20 for IAssayToken;
    using SafeCast for uint256;
    using Checkpoints for Checkpoints.Trace160;

    uint256 private constant _WHOLE_BPS = 10_000;
    uint256 private constant _MAX_SEATS = 5;
    uint256 private constant _MAX_WEI = 1_000_000e18;
    uint256 private constant _MAX_THAW = 180 days;

    /// @inheritdoc IAuditPool
    // solhint-disable-next-line const-name-snakecase
    bytes32 public constant INPUT_WITHHELD = keccak256("assay audit: input withheld");

    /// @notice What bonds and fees are.
    IAssayToken public immutable token;
    /// @notice Whose jobs are audited.
    IJobMarket public immutable market;
    /// @notice Where programs are known.
    IModelRegistry public immutable models;
    /// @notice Who judges.
    ICourt public immutable court;
    /// @notice Where the randomness comes from.
    IBeacon public immutable beacon;

    /// @inheritdoc IAuditPool
    uint256 public fundsWei;
    /// @inheritdoc IAuditPool
    uint256 public reservedWei;
    /// @inheritdoc IAuditPool
    uint256 public currentRound;
    /// @inheritdoc IAuditPool
    uint256 public auditorCount;
    /// @inheritdoc IAuditPool
    mapping(address account => uint256) public creditOf;

    uint16 private _epoch;
    mapping(uint16 epoch => Rules) private _rules;
    mapping(uint256 round => Round) private _rounds;
    mapping(address auditor => Auditor) private _auditors;
    /// @dev Who sat where since which round: a round's draw reads the seats as they were when its point was fixed.
    mapping(uint256 index => Checkpoints.Trace160) private _seatAt;
    mapping(JobId jobId => Audit) private _audits;
    mapping(JobId jobId => address[]) private _drawn;
    mapping(JobId jobId => mapping(address auditor => Seat)) private _seats;

    constructor(
        address timelock_,
        IAssayToken token_,
        IJobMarket market_,
        IModelRegistry models_,
        ICourt court_,
        IBeacon beacon_,
        Rules memory rules_
    ) Governed(timelock_) {
        token = token_;
        market = market_;
        models = models_;
        court = court_;
        beacon = beacon_;
        _setRules(rules_);
        _openRound();
    }

    /// @inheritdoc IAuditPool
    function setRules(Rules calldata rules_) external onlyTimelock {
        _setRules(rules_);
    }

    /// @inheritdoc IAuditPool
    function fund(uint256 amountWei) external nonReentrant {
        if (amountWei == 0) revert AuditPoolAmountZero();
        fundsWei += amountWei;
        emit AuditPoolFunded(msg.sender, amountWei, fundsWei);
        token.safeTransferFrom(msg.sender, address(this), amountWei);
    }

    /// @inheritdoc IAuditPool
    function join(address operator) external nonReentrant {
        Auditor storage auditor = _auditors[msg.sender];
        if (auditor.seat != 0) revert AuditPoolAlreadyJoined(msg.sender);
        uint256 bondWei = _rules[_epoch].bondWei;
        uint256 heldWei = auditor.bondWei - auditor.frozenWei;
        uint256 missingWei = heldWei < bondWei ? bondWei - heldWei : 0;
        auditor.bondWei += missingWei.toUint96();
        auditor.thawEndsAt = 0;
        auditor.operator = operator == address(0) ? msg.sender : operator;
        _putAt(auditorCount, msg.sender);
        ++auditorCount;
        emit AuditorJoined(msg.sender, auditor.operator, auditor.bondWei);
        if (missingWei != 0) token.safeTransferFrom(msg.sender, address(this), missingWei);
    }

    /// @inheritdoc IAuditPool
    function setOperator(address operator) external {
        _seated(msg.sender).operator = operator == address(0) ? msg.sender : operator;
        emit AuditorOperatorSet(msg.sender, _auditors[msg.sender].operator);
    }

    /// @inheritdoc IAuditPool
    function leave() external {
        _seated(msg.sender);
        _unseat(msg.sender);
    }

    /// @inheritdoc IAuditPool
    function withdrawBond() external nonReentrant returns (uint256 amountWei) {
        Auditor storage auditor = _auditors[msg.sender];
        amountWei = auditor.bondWei;
        if (amountWei == 0) revert AuditPoolNothingToWithdraw(msg.sender);
        bool isOut = auditor.seat == 0 && block.timestamp >= auditor.thawEndsAt;
        if (!isOut || auditor.open != 0 || auditor.frozenWei != 0) {
            revert AuditPoolStillLiable(msg.sender, auditor.thawEndsAt, auditor.open, auditor.frozenWei);
        }
        auditor.bondWei = 0;
        auditor.thawEndsAt = 0;
        emit AuditorBondWithdrawn(msg.sender, amountWei);
        token.safeTransfer(msg.sender, amountWei);
    }

    /// @inheritdoc IAuditPool
    function tick() external returns (uint256) {
        Round storage round = _rounds[currentRound];
        (IBeacon.Status status, bytes32 value) = beacon.read(round.point);
        if (status == IBeacon.Status.Waiting) revert AuditPoolBeaconWaiting(currentRound, round.point);
        if (status == IBeacon.Status.Lost) {
            round.point = beacon.announce();
            emit RoundReaimed(currentRound, round.point);
        } else {
            // Never zero, which means unknown, and bound to this pool and round.
            round.value = keccak256(abi.encode(block.chainid, address(this), currentRound, value));
            emit RoundDrawn(currentRound, round.value);
            _openRound();
        }
        return currentRound;
    }

    /// @inheritdoc IAuditPool
    function start(JobId jobId, uint256 round) external {
        IJobMarket.Job memory job = market.getJob(jobId);
        if (job.state != IJobMarket.JobState.Submitted || models.programRootOf(job.versionId) == 0) {
            revert AuditPoolJobUnfit(jobId);
        }
        Audit storage audit = _audits[jobId];
        if (audit.startedAt != 0) revert AuditPoolAlreadyStarted(jobId);
        // The first round opened after the submission. Strictly: blocks may share a timestamp.
        bool isFirst = round != 0 &&
            _rounds[round].openedAt > job.submittedAt &&
            _rounds[round - 1].openedAt <= job.submittedAt;
        if (!isFirst) revert AuditPoolRoundUnfit(jobId, round);
        (bool drawn, address[] memory auditors) = drawOf(jobId, round);
        if (!drawn) revert AuditPoolNotDrawn(jobId, round);
        Rules storage terms = _rules[_rounds[round].epoch];
        uint256 ends = uint256(job.submittedAt) + job.challengeWindowSeconds;
        uint256 length = uint256(terms.commitSeconds) + terms.revealSeconds + terms.contestSeconds;
        uint256 deadline = Math.min(uint256(job.submittedAt) + terms.startSeconds, ends < length ? 0 : ends - length);
        if (block.timestamp >= deadline) revert AuditPoolTooLate(jobId, deadline);
        _reserve(auditors.length * terms.baseFeeWei);

        audit.startedAt = uint40(block.timestamp);
        audit.epoch = _rounds[round].epoch;
        audit.seats = uint8(auditors.length);
        _drawn[jobId] = auditors;
        for (uint256 i = 0; i < auditors.length; ++i) ++_auditors[auditors[i]].open;
        uint256 commitEnd = block.timestamp + terms.commitSeconds;
        emit AuditStarted(jobId, round, auditors, uint64(commitEnd), uint64(commitEnd + terms.revealSeconds));
    }

    /// @inheritdoc IAuditPool
    function commit(JobId jobId, address auditor, bytes32 commitment) external {
        if (msg.sender != auditor && msg.sender != _auditors[auditor].operator) {
            revert AuditPoolCallerNotOperator(msg.sender, auditor);
        }
        (uint256 startedAt, uint256 commitEnd, ) = _windowsOf(jobId);
        _requireWindow(jobId, startedAt, commitEnd);
        Seat storage seat = _seatOf(jobId, auditor);
        if (commitment == 0 || seat.commitment != 0) revert AuditPoolCommitmentUnfit(jobId, auditor);
        seat.commitment = commitment;
        emit AuditCommitted(jobId, auditor, commitment);
    }

    /// @inheritdoc IAuditPool
    function reveal(JobId jobId, address auditor, bytes32 outputRoot, bytes32 salt) external {
        (, uint256 commitEnd, uint256 revealEnd) = _windowsOf(jobId);
        _requireWindow(jobId, commitEnd, revealEnd);
        Seat storage seat = _seatOf(jobId, auditor);
        bool opens = outputRoot != 0 &&
            seat.outputRoot == 0 &&
            seat.commitment == keccak256(abi.encode(jobId, auditor, outputRoot, salt));
        if (!opens) revert AuditPoolRevealUnfit(jobId, auditor);
        seat.outputRoot = outputRoot;
        emit AuditRevealed(jobId, auditor, outputRoot);
        bytes32 claimed = _audits[jobId].receiptRoot;
        if (outputRoot == INPUT_WITHHELD) _trigger(jobId, Outcome.InputWithheld);
        else if (claimed != 0 && outputRoot != claimed) _trigger(jobId, Outcome.Disagreed);
    }

    /// @inheritdoc IAuditPool
    function revealReceipt(IJobMarket.JobTerms calldata terms, IJobMarket.Receipt calldata receipt) external {
        JobId jobId = market.jobIdOf(terms);
        (, uint256 commitEnd, uint256 revealEnd) = _windowsOf(jobId);
        _requireWindow(jobId, commitEnd, revealEnd);
        Audit storage audit = _audits[jobId];
        IJobMarket.Job memory job = market.getJob(jobId);
        bool fits = audit.receiptRoot == 0 &&
            receipt.outputRoot != 0 &&
            receipt.jobId == bytes32(JobId.unwrap(jobId)) &&
            receipt.versionId == job.versionId &&
            receipt.worker == job.worker &&
            receipt.inputRoot == terms.inputRoot &&
            receipt.programRoot == models.programRootOf(job.versionId) &&
            market.hashReceipt(receipt) == job.deliverable;
        if (!fits) revert AuditPoolReceiptUnfit(jobId);
        audit.receiptRoot = receipt.outputRoot;
        emit AuditReceiptRevealed(jobId, receipt);
        if (_differs(jobId, receipt.outputRoot)) _trigger(jobId, Outcome.Disagreed);
    }

    /// @inheritdoc IAuditPool
    function concludeCanary(JobId jobId) external nonReentrant returns (CanaryState state) {
        Audit storage audit = _audits[jobId];
        ICourt.Outcome word = court.outcomeOf(audit.canaryClaimId);
        if (audit.canary != CanaryState.Pending || word == ICourt.Outcome.Pending) {
            revert AuditPoolCanaryOpen(jobId, audit.canaryClaimId);
        }
        state = word == ICourt.Outcome.Stands ? CanaryState.Proven : CanaryState.Refuted;
        audit.canary = state;
        (uint256 takenWei, uint256 finders) = _thawSeats(jobId, state == CanaryState.Proven);
        uint256 shareWei = finders == 0 ? 0 : takenWei / 2 / finders;
        uint256 restWei = finders == 0 ? takenWei / 2 : 0;
        if (shareWei != 0) _payFinders(jobId, audit.canaryRoot, shareWei);
        fundsWei += restWei;
        uint256 burnedWei = takenWei - shareWei * finders - restWei;
        emit CanaryConcluded(jobId, state, burnedWei, shareWei * finders, restWei);
        if (burnedWei != 0) token.burn(burnedWei);
    }

    /// @inheritdoc IAuditPool
    function revealCanary(
        IJobMarket.JobTerms calldata terms,
        bytes32 nonce,
        IJobMarket.Receipt calldata proof
    ) external {
        JobId jobId = market.jobIdOf(terms);
        (, , uint256 revealEnd) = _windowsOf(jobId);
        Audit storage audit = _audits[jobId];
        Rules storage rules_ = _rules[audit.epoch];
        _requireWindow(jobId, revealEnd, revealEnd + rules_.canarySeconds);
        if (audit.outcome == Outcome.Pending) settle(jobId);
        bytes32 truth = proof.outputRoot;
        bool isCanary = audit.canary == CanaryState.None &&
            terms.salt == sealOf(nonce, truth) &&
            audit.receiptRoot != 0 &&
            audit.receiptRoot != truth;
        if (!isCanary) revert AuditPoolCanaryUnfit(jobId);
        bytes32 claimId = _requireProof(jobId, terms, proof, rules_.contestSeconds);
        audit.canary = CanaryState.Pending;
        audit.canaryClaimId = claimId;
        audit.canaryRoot = truth;
        _freezeSeats(jobId, truth, rules_.canaryWei);
        emit CanaryRevealed(jobId, claimId, truth);
    }

    /// @inheritdoc IAuditPool
    function withdraw() external returns (uint256 amountWei) {
        return withdrawFor(msg.sender);
    }

    /// @inheritdoc IAuditPool
    function rules() external view returns (Rules memory) {
        return _rules[_epoch];
    }

    /// @inheritdoc IAuditPool
    function rulesOf(uint16 epoch) external view returns (Rules memory) {
        return _rules[epoch];
    }

    /// @inheritdoc IAuditPool
    function getRound(uint256 round) external view returns (Round memory) {
        return _rounds[round];
    }

    /// @inheritdoc IAuditPool
    function getAuditor(address auditor) external view returns (Auditor memory) {
        return _auditors[auditor];
    }

    /// @inheritdoc IAuditPool
    function getAudit(JobId jobId) external view returns (Audit memory) {
        return _audits[jobId];
    }

    /// @inheritdoc IAuditPool
    function seatOf(JobId jobId, address auditor) external view returns (Seat memory) {
        return _seats[jobId][auditor];
    }

    /// @inheritdoc IAuditPool
    function auditorsOf(JobId jobId) external view returns (address[] memory) {
        return _drawn[jobId];
    }

    /// @inheritdoc IAuditPool
    function auditorAt(uint256 index) external view returns (address) {
        return index < auditorCount ? address(_seatAt[index].latest()) : address(0);
    }

    /// @inheritdoc IAuditPool
    function settle(JobId jobId) public returns (Outcome outcome) {
        (, , uint256 revealEnd) = _windowsOf(jobId);
        Audit storage audit = _audits[jobId];
        if (audit.outcome != Outcome.Pending) revert AuditPoolSettled(jobId);
        _requireWindow(jobId, revealEnd, type(uint256).max);
        uint256 revealed;
        (outcome, revealed) = _outcomeOf(jobId, audit.receiptRoot);
        audit.outcome = outcome;
        if (outcome != Outcome.Agreed && outcome != Outcome.Missed) _trigger(jobId, outcome);
        _payOut(jobId, _rules[audit.epoch]);
        emit AuditSettled(jobId, outcome, revealed);
    }

    /// @inheritdoc IAuditPool
    function withdrawFor(address account) public nonReentrant returns (uint256 amountWei) {
        amountWei = creditOf[account];
        if (amountWei == 0) revert AuditPoolNothingToWithdraw(account);
        creditOf[account] = 0;
        emit AuditCreditWithdrawn(account, amountWei);
        token.safeTransfer(account, amountWei);
    }

    /// @inheritdoc IAuditPool
    /// @dev Floyd's sampling: every set of seats is equally likely, with as many hashes as seats.
    function drawOf(JobId jobId, uint256 round) public view returns (bool drawn, address[] memory auditors) {
        Round storage draw = _rounds[round];
        if (draw.value == 0) revert AuditPoolRoundUnfit(jobId, round);
        Rules storage rules_ = _rules[draw.epoch];
        bytes32 seed = keccak256(abi.encode(draw.value, jobId));
        uint256 size = draw.size;
        uint256 count = Math.min(rules_.seats, size);
        if (count == 0 || uint256(seed) % _WHOLE_BPS >= rules_.auditBps) return (false, auditors);
        uint256[] memory picked = new uint256[](count);
        auditors = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 last = size - count + i;
            uint256 pick = uint256(keccak256(abi.encode(seed, i))) % (last + 1);
            for (uint256 j = 0; j < i; ++j) if (picked[j] == pick) pick = last;
            picked[i] = pick;
            auditors[i] = address(_seatAt[pick].upperLookupRecent(uint96(round)));
        }
        return (true, auditors);
    }

    /// @inheritdoc IAuditPool
    function sealOf(bytes32 nonce, bytes32 outputRoot) public pure returns (bytes32) {
        return keccak256(abi.encode("assay canary", nonce, outputRoot));
    }

    function _openRound() private {
        Round storage round = _rounds[++currentRound];
        round.point = beacon.announce();
        round.openedAt = uint40(block.timestamp);
        round.size = auditorCount.toUint32();
        round.epoch = _epoch;
        emit RoundOpened(currentRound, round.point, round.size, round.epoch);
    }

    /// @dev From the next round on: the seats of the open one may not change any more.
    function _putAt(uint256 index, address auditor) private {
        _seatAt[index].push(uint96(currentRound + 1), uint160(auditor));
        _auditors[auditor].seat = (index + 1).toUint32();
    }

    function _unseat(address account) private {
        Auditor storage auditor = _auditors[account];
        uint256 index = auditor.seat - 1;
        uint256 last = --auditorCount;
        if (index != last) _putAt(index, address(_seatAt[last].latest()));
        auditor.seat = 0;
        uint256 thaw = Math.max(_rules[_epoch].thawSeconds, _rules[_rounds[currentRound].epoch].thawSeconds);
        auditor.thawEndsAt = uint40(block.timestamp + thaw);
        emit AuditorLeft(account, auditor.thawEndsAt);
    }

    function _reserve(uint256 amountWei) private {
        if (amountWei > fundsWei) revert AuditPoolUnfunded(fundsWei, amountWei);
        fundsWei -= amountWei;
        reservedWei += amountWei;
    }

    function _trigger(JobId jobId, Outcome why) private {
        Audit storage audit = _audits[jobId];
        if (audit.triggered) return;
        audit.triggered = true;
        bytes32 claimId = keccak256(abi.encode(jobId, market.getJob(jobId).deliverable));
        emit AuditTriggered(jobId, claimId, why);
    }

    function _payOut(JobId jobId, Rules storage rules_) private {
        address[] storage drawn = _drawn[jobId];
        uint256 feeWei = rules_.baseFeeWei;
        uint256 backWei = 0;
        for (uint256 i = 0; i < drawn.length; ++i) {
            address account = drawn[i];
            bytes32 root = _seats[jobId][account].outputRoot;
            --_auditors[account].open;
            if (root == 0) backWei += feeWei + _miss(jobId, account, rules_.missWei);
            else if (root == INPUT_WITHHELD) backWei += feeWei;
            else {
                creditOf[account] += feeWei;
                emit AuditorPaid(jobId, account, feeWei);
            }
        }
        reservedWei -= feeWei * drawn.length;
        fundsWei += backWei;
    }

    function _miss(JobId jobId, address account, uint256 missWei) private returns (uint256 takenWei) {
        Auditor storage auditor = _auditors[account];
        takenWei = Math.min(missWei, auditor.bondWei - auditor.frozenWei);
        auditor.bondWei -= uint96(takenWei);
        emit AuditorMissed(jobId, account, takenWei);
        _requireBond(account);
    }

    /// @dev Who cannot pay any more does not judge any more.
    function _requireBond(address account) private {
        Auditor storage auditor = _auditors[account];
        if (auditor.seat != 0 && auditor.bondWei < _rules[_epoch].bondWei) _unseat(account);
    }

    function _freezeSeats(JobId jobId, bytes32 truth, uint256 canaryWei) private {
        address[] storage drawn = _drawn[jobId];
        for (uint256 i = 0; i < drawn.length; ++i) {
            Seat storage seat = _seats[jobId][drawn[i]];
            if (seat.outputRoot == 0 || seat.outputRoot == truth || seat.outputRoot == INPUT_WITHHELD) continue;
            Auditor storage auditor = _auditors[drawn[i]];
            seat.frozenWei = uint96(Math.min(canaryWei, auditor.bondWei - auditor.frozenWei));
            auditor.frozenWei += seat.frozenWei;
        }
    }

    function _thawSeats(JobId jobId, bool take) private returns (uint256 takenWei, uint256 finders) {
        address[] storage drawn = _drawn[jobId];
        bytes32 truth = _audits[jobId].canaryRoot;
        for (uint256 i = 0; i < drawn.length; ++i) {
            Seat storage seat = _seats[jobId][drawn[i]];
            if (seat.outputRoot == truth) ++finders;
            uint96 frozen = seat.frozenWei;
            if (frozen == 0) continue;
            seat.frozenWei = 0;
            Auditor storage auditor = _auditors[drawn[i]];
            auditor.frozenWei -= frozen;
            if (!take) continue;
            auditor.bondWei -= frozen;
            takenWei += frozen;
            _requireBond(drawn[i]);
        }
    }

    function _payFinders(JobId jobId, bytes32 truth, uint256 shareWei) private {
        address[] storage drawn = _drawn[jobId];
        for (uint256 i = 0; i < drawn.length; ++i) {
            if (_seats[jobId][drawn[i]].outputRoot == truth) creditOf[drawn[i]] += shareWei;
        }
    }

    function _setRules(Rules memory next) private {
        _requireRule(0, next.bondWei, 1, _MAX_WEI);
        _requireRule(1, next.baseFeeWei, 0, _MAX_WEI);
        _requireRule(2, next.missWei, 0, next.bondWei);
        _requireRule(3, next.canaryWei, 0, next.bondWei);
        _requireRule(4, next.auditBps, 0, _WHOLE_BPS);
        _requireRule(5, next.seats, 1, _MAX_SEATS);
        _requireRule(6, next.startSeconds, 1, 30 days);
        _requireRule(7, next.commitSeconds, 1, 7 days);
        _requireRule(8, next.revealSeconds, 1, 7 days);
        _requireRule(9, next.canarySeconds, 1, 30 days);
        _requireRule(10, next.contestSeconds, 1, 30 days);
        uint256 liable = uint256(next.startSeconds) + next.commitSeconds + next.revealSeconds + next.canarySeconds;
        _requireRule(11, next.thawSeconds, liable, _MAX_THAW);
        ++_epoch;
        _rules[_epoch] = next;
        emit AuditRulesSet(_epoch, next);
    }

    function _differs(JobId jobId, bytes32 claimed) private view returns (bool) {
        address[] storage drawn = _drawn[jobId];
        for (uint256 i = 0; i < drawn.length; ++i) {
            bytes32 root = _seats[jobId][drawn[i]].outputRoot;
            if (root != 0 && root != INPUT_WITHHELD && root != claimed) return true;
        }
        return false;
    }

    function _outcomeOf(JobId jobId, bytes32 claimed) private view returns (Outcome, uint256 revealed) {
        address[] storage drawn = _drawn[jobId];
        bool withheld = false;
        for (uint256 i = 0; i < drawn.length; ++i) {
            bytes32 root = _seats[jobId][drawn[i]].outputRoot;
            if (root != 0) ++revealed;
            if (root == INPUT_WITHHELD) withheld = true;
        }
        if (claimed != 0 && _differs(jobId, claimed)) return (Outcome.Disagreed, revealed);
        if (withheld) return (Outcome.InputWithheld, revealed);
        if (revealed == 0) return (Outcome.Missed, revealed);
        return (claimed == 0 ? Outcome.ReceiptWithheld : Outcome.Agreed, revealed);
    }

    /// @dev The Court must still hear whoever knows better: claim filed, receipt public, window open, nothing decided. Only
    /// the canary's own worker may vouch: a lazy auditor who sees the seal in the mempool could put a claim of his own in
    /// front, let it fall, and so refute the canary.
    function _requireProof(
        JobId jobId,
        IJobMarket.JobTerms calldata terms,
        IJobMarket.Receipt calldata proof,
        uint256 contestSeconds
    ) private view returns (bytes32 claimId) {
        claimId = keccak256(abi.encode(proof.jobId, market.hashReceipt(proof)));
        bool fits = proof.versionId == terms.versionId &&
            proof.worker == terms.worker &&
            proof.inputRoot == terms.inputRoot &&
            proof.programRoot == models.programRootOf(terms.versionId) &&
            court.isFiled(claimId);
        if (!fits) revert AuditPoolProofUnfit(jobId, claimId);
        ICourt.Claim memory claim = court.getClaim(claimId);
        bool open = claim.revealed &&
            claim.verdict == ICourt.Outcome.Pending &&
            claim.outcome == ICourt.Outcome.Pending &&
            claim.windowEndsAt >= block.timestamp + contestSeconds;
        if (!open) revert AuditPoolProofUnfit(jobId, claimId);
    }

    function _seated(address account) private view returns (Auditor storage auditor) {
        auditor = _auditors[account];
        if (auditor.seat == 0) revert AuditPoolNotSeated(account);
    }

    function _seatOf(JobId jobId, address auditor) private view returns (Seat storage) {
        address[] storage drawn = _drawn[jobId];
        for (uint256 i = 0; i < drawn.length; ++i) if (drawn[i] == auditor) return _seats[jobId][auditor];
        revert AuditPoolNotYourAudit(jobId, auditor);
    }

    /// @dev Of an audit that never started every window is empty.
    function _windowsOf(JobId jobId) private view returns (uint256 startedAt, uint256 commitEnd, uint256 revealEnd) {
        Audit storage audit = _audits[jobId];
        startedAt = audit.startedAt;
        if (startedAt == 0) revert AuditPoolOutsideWindow(jobId, 0, 0);
        commitEnd = startedAt + _rules[audit.epoch].commitSeconds;
        revealEnd = commitEnd + _rules[audit.epoch].revealSeconds;
    }

    function _requireWindow(JobId jobId, uint256 from, uint256 until) private view {
        if (block.timestamp < from || block.timestamp >= until) revert AuditPoolOutsideWindow(jobId, from, until);
    }

    function _requireRule(uint256 field, uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert AuditPoolRuleOutOfBounds(field, value, min, max);
    }
}

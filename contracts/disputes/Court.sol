// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAssayToken} from "../interfaces/IAssayToken.sol";
import {IClaimSubject} from "../interfaces/IClaimSubject.sol";
import {ICourt} from "../interfaces/ICourt.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Governed} from "../libraries/Governed.sol";

/// @title Claims, bonds and slashes.
contract Court is Governed, ReentrancyGuard, ICourt {
    using SafeERC20 for IAssayToken;
    using SafeCast for uint256;

    /// @dev {Claim} in three slots. Amounts fit 96 bits because the supply does; 24 bits count 16 million open games.
    struct Record {
        address subject;
        uint40 windowEndsAt;
        uint24 open;
        uint8 winners;
        bool revealed;
        Outcome verdict;
        Outcome outcome;
        //
        address worker;
        uint96 lockWei;
        //
        address beneficiary;
        uint96 slashedWei;
    }

    /// @dev A challenger who shares in a slash, with the refund of the time when he won.
    struct Winner {
        address account;
        uint96 gasRefundWei;
    }

    uint256 private constant _MAX_WINNERS = 4;
    /// @dev Part of a lost bond that goes to the worker for his moves, in percent; the treasury gets the rest.
    uint256 private constant _WORKER_PERCENT = 80;
    /// @dev Gas for {IClaimSubject-onClaimFinal}; the dearest honest one needs a third of it.
    uint256 private constant _SUBJECT_GAS = 500_000;

    /// @notice What bonds and stakes are.
    IAssayToken public immutable token;
    /// @notice Source of the gas refund.
    IParameters public immutable parameters;
    /// @notice Whose stake is slashed.
    IWorkerRegistry public immutable workers;
    /// @notice Where the games are played.
    address public immutable arena;

    /// @inheritdoc ICourt
    mapping(address account => uint256) public creditOf;
    /// @inheritdoc ICourt
    mapping(address subject => bool) public isSubject;

    mapping(bytes32 claimId => Record) private _claims;
    mapping(bytes32 claimId => mapping(uint256 index => Winner)) private _winners;

    /// @param timelock_ Governance, and the treasury that earns its share of lost bonds.
    /// @param subjects_ Contracts that may file claims from the start.
    constructor(
        address timelock_,
        IAssayToken token_,
        IParameters parameters_,
        IWorkerRegistry workers_,
        address arena_,
        address[] memory subjects_
    ) Governed(timelock_) {
        token = token_;
        parameters = parameters_;
        workers = workers_;
        arena = arena_;
        for (uint256 i = 0; i < subjects_.length; ++i) _setSubject(subjects_[i], true);
    }

    modifier onlyArena() {
        _checkArena();
        _;
    }

    /// @inheritdoc ICourt
    /// @dev The subject is asked first: whatever it does meanwhile, the checks come after.
    function file(address subject, bytes calldata locator) external nonReentrant returns (bytes32 claimId) {
        if (!isSubject[subject]) revert CourtSubjectNotApproved(subject);
        Filing memory filing = IClaimSubject(subject).fileClaim(locator);
        claimId = filing.claimId;
        Record storage claim = _claims[claimId];
        if (claim.subject != address(0)) revert CourtClaimAlreadyFiled(claimId);
        bool known = workers.workerOf(filing.worker) == filing.worker && filing.worker != address(0);
        if (claimId == 0 || !known || filing.windowEndsAt <= block.timestamp) {
            revert CourtFilingInvalid(claimId, filing.worker, filing.windowEndsAt);
        }
        claim.subject = subject;
        claim.windowEndsAt = uint256(filing.windowEndsAt).toUint40();
        claim.revealed = filing.revealed;
        claim.worker = filing.worker;
        claim.lockWei = uint256(filing.lockWei).toUint96();
        claim.beneficiary = filing.beneficiary;
        _emitFiled(subject, filing);
    }

    /// @inheritdoc ICourt
    function reveal(bytes32 claimId) external {
        Record storage claim = _filed(claimId);
        if (msg.sender != claim.subject) revert CourtCallerNotSubject(claimId, msg.sender, claim.subject);
        if (claim.revealed) return;
        claim.revealed = true;
        emit ClaimRevealed(claimId);
    }

    /// @inheritdoc ICourt
    function post(bytes32 claimId, address account, uint256 bondWei) external onlyArena {
        Record storage claim = _filed(claimId);
        if (claim.verdict != Outcome.Pending) revert CourtClaimDecided(claimId, claim.verdict);
        if (block.timestamp >= claim.windowEndsAt) revert CourtWindowOver(claimId, claim.windowEndsAt);
        ++claim.open;
        emit BondPosted(claimId, account, bondWei);
        token.safeTransferFrom(account, address(this), bondWei);
    }

    /// @inheritdoc ICourt
    /// @dev Only stake is touched outside, and nothing there can make it fail: a worker cannot block his slash.
    function settle(
        bytes32 claimId,
        address account,
        uint256 bondWei,
        Result result,
        address paidTo
    ) external onlyArena {
        Record storage claim = _filed(claimId);
        --claim.open;
        emit BondSettled(claimId, account, result, bondWei);
        if (paidTo != address(0)) _credit(paidTo, bondWei);
        else if (result == Result.ChallengerLost && claim.verdict == Outcome.Pending) _forfeit(claim, bondWei);
        else _credit(account, bondWei);
        if (result == Result.ChallengerWon) _win(claimId, claim, account);
        else if (result == Result.Void) _void(claimId, claim, account);
    }

    /// @inheritdoc ICourt
    function extend(bytes32 claimId, uint64 windowEndsAt) external onlyArena {
        Record storage claim = _filed(claimId);
        if (windowEndsAt <= claim.windowEndsAt) return;
        claim.windowEndsAt = uint256(windowEndsAt).toUint40();
        emit ClaimWindowExtended(claimId, windowEndsAt);
    }

    /// @inheritdoc ICourt
    function finalize(bytes32 claimId) external nonReentrant returns (Outcome outcome) {
        Record storage claim = _filed(claimId);
        if (!_isEndable(claim)) revert CourtClaimNotEndable(claimId, claim.windowEndsAt, claim.open, claim.outcome);
        outcome = claim.verdict == Outcome.Pending ? Outcome.Stands : claim.verdict;
        claim.outcome = outcome;
        emit ClaimFinal(claimId, claim.subject, outcome);
        if (outcome == Outcome.Fallen) _divide(claimId, claim);
        _tell(claimId, claim.subject, outcome);
    }

    /// @inheritdoc ICourt
    function withdraw() external returns (uint256 amountWei) {
        return withdrawFor(msg.sender);
    }

    /// @inheritdoc ICourt
    function setSubject(address subject, bool approved) external onlyTimelock {
        _setSubject(subject, approved);
    }

    /// @inheritdoc ICourt
    function getClaim(bytes32 claimId) external view returns (Claim memory) {
        Record storage claim = _filed(claimId);
        return
            Claim({
                subject: claim.subject,
                worker: claim.worker,
                beneficiary: claim.beneficiary,
                windowEndsAt: claim.windowEndsAt,
                lockWei: claim.lockWei,
                slashedWei: claim.slashedWei,
                open: claim.open,
                winners: claim.winners,
                revealed: claim.revealed,
                verdict: claim.verdict,
                outcome: claim.outcome
            });
    }

    /// @inheritdoc ICourt
    function isFiled(bytes32 claimId) external view returns (bool) {
        return _claims[claimId].subject != address(0);
    }

    /// @inheritdoc ICourt
    function outcomeOf(bytes32 claimId) external view returns (Outcome) {
        return _claims[claimId].outcome;
    }

    /// @inheritdoc ICourt
    function isEndable(bytes32 claimId) external view returns (bool) {
        Record storage claim = _claims[claimId];
        return claim.subject != address(0) && _isEndable(claim);
    }

    /// @inheritdoc ICourt
    function winnerAt(bytes32 claimId, uint256 index) external view returns (address) {
        return _winners[claimId][index].account;
    }

    /// @inheritdoc ICourt
    function claimIdOf(bytes32 jobId, bytes32 digest) external pure returns (bytes32) {
        return keccak256(abi.encode(jobId, digest));
    }

    /// @inheritdoc ICourt
    function withdrawFor(address account) public nonReentrant returns (uint256 amountWei) {
        amountWei = creditOf[account];
        if (amountWei == 0) revert CourtNothingToWithdraw(account);
        creditOf[account] = 0;
        emit CourtCreditWithdrawn(account, amountWei);
        token.safeTransfer(account, amountWei);
    }

    /// @dev A bond lost while the claim was in doubt pays for the worker's moves.
    function _forfeit(Record storage claim, uint256 bondWei) private {
        uint256 workerWei = (bondWei * _WORKER_PERCENT) / 100;
        _credit(claim.worker, workerWei);
        _credit(timelock, bondWei - workerWei);
    }

    function _win(bytes32 claimId, Record storage claim, address account) private {
        if (claim.verdict == Outcome.Pending) {
            claim.verdict = Outcome.Fallen;
            // Without the right to slash the claim falls all the same: nothing may get stuck on a vote.
            uint256 takenWei = workers.isSlasher(address(this))
                ? workers.slash(claim.worker, claimId, claim.lockWei, address(this))
                : 0;
            claim.slashedWei = takenWei.toUint96();
            emit ClaimDecided(claimId, Outcome.Fallen, account, takenWei);
        }
        if (claim.verdict != Outcome.Fallen || claim.winners == _MAX_WINNERS) return;
        uint256 refundWei = parameters.get(IParameters.Parameter.GasRefundWei);
        _winners[claimId][claim.winners] = Winner(account, refundWei.toUint96());
        ++claim.winners;
    }

    function _void(bytes32 claimId, Record storage claim, address account) private {
        if (claim.verdict != Outcome.Pending) return;
        claim.verdict = Outcome.Void;
        emit ClaimDecided(claimId, Outcome.Void, account, 0);
    }

    /// @dev Half is burned before anybody gets anything, so that a worker who challenges himself loses it (threats.md
    /// S12, verification.md attack 5). Of the other half come the gas refunds; two fifths of what is left are the
    /// client's, three fifths the challengers'. Dust is burned.
    function _divide(bytes32 claimId, Record storage claim) private {
        uint256 slashedWei = claim.slashedWei;
        uint256 count = claim.winners;
        uint256 leftWei = slashedWei / 2;
        uint256[] memory shares = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            shares[i] = Math.min(_winners[claimId][i].gasRefundWei, slashedWei / 2 / count);
            leftWei -= shares[i];
        }
        uint256 beneficiaryWei = claim.beneficiary == address(0) ? 0 : (leftWei * 2) / 5;
        uint256 challengersWei = 0;
        for (uint256 i = 0; i < count; ++i) {
            shares[i] += (leftWei * 3) / 5 / count;
            challengersWei += shares[i];
            _credit(_winners[claimId][i].account, shares[i]);
        }
        _credit(claim.beneficiary, beneficiaryWei);
        uint256 burnedWei = slashedWei - beneficiaryWei - challengersWei;
        emit SlashDivided(claimId, burnedWei, beneficiaryWei, challengersWei, count);
        if (burnedWei != 0) token.burn(burnedWei);
    }

    /// @dev Everything is written before; what the subject returns is not copied (threats.md K15).
    function _tell(bytes32 claimId, address subject, Outcome outcome) private {
        // A call passes on at most 63/64: without this check a short gas limit would look like a failing subject.
        uint256 needed = (_SUBJECT_GAS * 64) / 63 + 20_000;
        if (gasleft() < needed) revert CourtGasTooLow(gasleft(), needed);
        bytes memory data = abi.encodeCall(IClaimSubject.onClaimFinal, (claimId, outcome));
        uint256 subjectGas = _SUBJECT_GAS;
        bool taken;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            taken := call(subjectGas, subject, 0, add(data, 0x20), mload(data), 0, 0)
        }
        if (!taken) emit SubjectFailed(claimId, subject);
    }

    function _credit(address account, uint256 amountWei) private {
        if (amountWei == 0) return;
        creditOf[account] += amountWei;
        emit CourtCredited(account, amountWei);
    }

    function _setSubject(address subject, bool approved) private {
        isSubject[subject] = approved;
        emit SubjectSet(subject, approved);
    }

    function _emitFiled(address subject, Filing memory filing) private {
        emit ClaimFiled(
            filing.claimId,
            subject,
            filing.worker,
            filing.beneficiary,
            filing.windowEndsAt,
            filing.lockWei,
            filing.revealed
        );
    }

    function _filed(bytes32 claimId) private view returns (Record storage claim) {
        claim = _claims[claimId];
        if (claim.subject == address(0)) revert CourtClaimUnknown(claimId);
    }

    function _isEndable(Record storage claim) private view returns (bool) {
        return claim.outcome == Outcome.Pending && claim.open == 0 && block.timestamp >= claim.windowEndsAt;
    }

    function _checkArena() private view {
        if (msg.sender != arena) revert CourtCallerNotArena(msg.sender, arena);
    }
}

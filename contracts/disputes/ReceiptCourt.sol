// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClaimSubject} from "../interfaces/IClaimSubject.sol";
import {ICourt} from "../interfaces/ICourt.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IReceiptCourt} from "../interfaces/IReceiptCourt.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";

/// @title Claims that no job carries: signed receipts and batches of receipts.
contract ReceiptCourt is IReceiptCourt {
    using SafeCast for uint256;

    /// @dev {Batch} in one slot. `lastIndex` is size - 1. `open` is _RELEASED after the release.
    struct PackedBatch {
        address worker;
        uint40 committedAt;
        uint16 epoch;
        uint8 lastIndex;
        uint16 fallen;
        uint16 open;
    }

    /// @dev What hangs on a filed claim of a batch until its end.
    struct Entry {
        bytes32 batchId;
        address worker;
        uint96 lockWei;
    }

    uint256 private constant _MAX_BATCH = 256;
    uint16 private constant _RELEASED = type(uint16).max;
    /// @dev How far the clock of a worker may be ahead of the chain's.
    uint256 private constant _SKEW = 15 minutes;
    uint8 private constant _SIGNED = 0;
    uint8 private constant _BATCHED = 1;

    /// @notice Domain of the receipts.
    IJobMarket public immutable market;
    /// @notice Where programs are known.
    IModelRegistry public immutable models;
    /// @notice Whose stake backs the claims.
    IWorkerRegistry public immutable workers;
    /// @notice Source of the terms.
    IParameters public immutable parameters;
    /// @notice Who judges.
    ICourt public immutable court;
    /// @notice What x402 payments are made in.
    address public immutable token;

    Terms private _terms;
    mapping(uint16 epoch => Terms) private _termsOf;
    mapping(bytes32 batchId => PackedBatch) private _batches;
    mapping(address worker => Reserve) private _reserves;
    mapping(bytes32 claimId => Entry) private _entries;
    mapping(bytes32 claimId => uint256) private _filedAt;

    constructor(
        IJobMarket market_,
        IModelRegistry models_,
        IWorkerRegistry workers_,
        IParameters parameters_,
        ICourt court_,
        address token_
    ) {
        market = market_;
        models = models_;
        workers = workers_;
        parameters = parameters_;
        court = court_;
        token = token_;
        _sync();
    }

    /// @inheritdoc IReceiptCourt
    function sync() external {
        _sync();
    }

    /// @inheritdoc IReceiptCourt
    function reserve(uint256 amountWei) external {
        Reserve storage held = _reserves[msg.sender];
        held.totalWei += amountWei.toUint128();
        emit ReserveChanged(msg.sender, held.totalWei);
        workers.lock(msg.sender, amountWei);
    }

    /// @inheritdoc IReceiptCourt
    function unreserve(uint256 amountWei) external {
        Reserve storage held = _reserves[msg.sender];
        uint256 free = held.totalWei - held.usedWei;
        if (amountWei > free) revert ReceiptCourtReserveTooSmall(msg.sender, free, amountWei);
        held.totalWei -= amountWei.toUint128();
        emit ReserveChanged(msg.sender, held.totalWei);
        workers.unlock(msg.sender, amountWei);
    }

    /// @inheritdoc IReceiptCourt
    function commitBatch(bytes32 root, uint256 size) external returns (bytes32 batchId) {
        if (size == 0 || size > _MAX_BATCH) revert ReceiptCourtBatchSize(size, _MAX_BATCH);
        address worker = workers.workerOf(msg.sender);
        if (worker == address(0)) revert ReceiptCourtCallerNotWorker(msg.sender);
        batchId = keccak256(abi.encode(worker, root, size));
        PackedBatch storage batch = _batches[batchId];
        if (batch.worker != address(0)) revert ReceiptCourtBatchExists(batchId);

        Terms memory terms_ = _terms;
        Reserve storage held = _reserves[worker];
        uint256 neededWei = size * terms_.lockWei;
        uint256 freeWei = held.totalWei - held.usedWei;
        if (neededWei > freeWei) revert ReceiptCourtReserveTooSmall(worker, freeWei, neededWei);
        held.usedWei += uint128(neededWei);
        _batches[batchId] = PackedBatch(worker, uint40(block.timestamp), terms_.epoch, uint8(size - 1), 0, 0);
        emit BatchCommitted(batchId, worker, root, size);
    }

    /// @inheritdoc IReceiptCourt
    function release(bytes32 batchId) external {
        PackedBatch memory batch = _known(batchId);
        if (batch.open != 0 || block.timestamp < _endOf(batch)) revert ReceiptCourtBatchNotOver(batchId);
        _batches[batchId].open = _RELEASED;
        uint256 amountWei = (uint256(batch.lastIndex) + 1 - batch.fallen) * _termsOf[batch.epoch].lockWei;
        _reserves[batch.worker].usedWei -= uint128(amountWei);
        emit BatchReleased(batchId, batch.worker, amountWei);
        _shrink(batch.worker);
    }

    /// @inheritdoc IReceiptCourt
    function shrink(address worker) external {
        _shrink(worker);
    }

    /// @inheritdoc IClaimSubject
    function fileClaim(bytes calldata locator) external returns (ICourt.Filing memory) {
        if (msg.sender != address(court)) revert SubjectCallerNotCourt(msg.sender, address(court));
        uint8 kind = abi.decode(locator, (uint8));
        if (kind == _SIGNED) return _fileSigned(locator);
        if (kind == _BATCHED) return _fileBatched(locator);
        revert ReceiptCourtLocatorUnknown(kind);
    }

    /// @inheritdoc IClaimSubject
    function onClaimFinal(bytes32 claimId, ICourt.Outcome) external {
        if (msg.sender != address(court)) revert SubjectCallerNotCourt(msg.sender, address(court));
        settle(claimId);
    }

    /// @inheritdoc IReceiptCourt
    function isFinal(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes32 batchId,
        uint256 index,
        bytes32[] calldata path
    ) external view returns (bool) {
        bytes32 digest = market.hashReceipt(receipt);
        bytes32 claimId = _claimIdOf(receipt, digest);
        _check(claimId, receipt, payment);
        PackedBatch memory batch = _member(batchId, receipt, digest, index, path);
        uint256 endsAt = _endOf(batch);
        // What was final stays final: the same receipt, filed later for its signature or in another batch, can cost stake
        // and nothing else.
        bool filedInTime = court.isFiled(claimId) && _filedAt[claimId] < endsAt;
        if (filedInTime) return court.outcomeOf(claimId) == ICourt.Outcome.Stands;
        return block.timestamp >= endsAt;
    }

    /// @inheritdoc IReceiptCourt
    function getBatch(bytes32 batchId) external view returns (Batch memory batch) {
        PackedBatch memory packed = _batches[batchId];
        if (packed.worker == address(0)) return batch;
        Terms storage terms_ = _termsOf[packed.epoch];
        bool released = packed.open == _RELEASED;
        return
            Batch({
                worker: packed.worker,
                committedAt: packed.committedAt,
                windowSeconds: terms_.windowSeconds,
                size: uint16(packed.lastIndex) + 1,
                fallen: packed.fallen,
                open: released ? 0 : packed.open,
                released: released,
                lockWei: terms_.lockWei
            });
    }

    /// @inheritdoc IReceiptCourt
    function terms() external view returns (Terms memory) {
        return _terms;
    }

    /// @inheritdoc IReceiptCourt
    function reserveOf(address worker) external view returns (Reserve memory) {
        return _reserves[worker];
    }

    /// @inheritdoc IReceiptCourt
    function locatorOfSigned(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes calldata signature
    ) external pure returns (bytes memory) {
        return abi.encode(_SIGNED, receipt, payment, signature);
    }

    /// @inheritdoc IReceiptCourt
    function locatorOfBatched(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes32 batchId,
        uint256 index,
        bytes32[] calldata path
    ) external pure returns (bytes memory) {
        return abi.encode(_BATCHED, receipt, payment, batchId, index, path);
    }

    /// @inheritdoc IReceiptCourt
    function settle(bytes32 claimId) public {
        ICourt.Outcome outcome = court.outcomeOf(claimId);
        if (outcome == ICourt.Outcome.Pending) return;
        Entry memory entry = _entries[claimId];
        if (entry.worker == address(0)) {
            if (outcome == ICourt.Outcome.Fallen) _shrink(court.getClaim(claimId).worker);
            return;
        }
        delete _entries[claimId];
        PackedBatch storage batch = _batches[entry.batchId];
        --batch.open;
        if (outcome != ICourt.Outcome.Fallen) return;
        // The stake behind this one claim is gone: it backs nothing any more.
        ++batch.fallen;
        Reserve storage held = _reserves[entry.worker];
        held.totalWei -= entry.lockWei;
        held.usedWei -= entry.lockWei;
        emit ReserveChanged(entry.worker, held.totalWei);
        workers.unlock(entry.worker, entry.lockWei);
    }

    function _fileSigned(bytes calldata locator) private returns (ICourt.Filing memory) {
        (, IJobMarket.Receipt memory receipt, Payment memory payment, bytes memory signature) = abi.decode(
            locator,
            (uint8, IJobMarket.Receipt, Payment, bytes)
        );
        bytes32 digest = market.hashReceipt(receipt);
        bytes32 claimId = _claimIdOf(receipt, digest);
        (address signer, , ) = ECDSA.tryRecover(digest, signature);
        if (workers.workerOfSigner(signer) != receipt.worker || receipt.worker == address(0)) {
            revert ReceiptCourtSignerUnknown(signer, receipt.worker);
        }
        // Else a worker could let the window of a false answer run out before anybody has asked for it.
        if (receipt.issuedAt > block.timestamp + _SKEW) revert ReceiptCourtTooEarly(claimId, receipt.issuedAt);
        uint256 issuedAt = Math.min(receipt.issuedAt, block.timestamp);
        uint256 until = issuedAt + parameters.get(IParameters.Parameter.ReceiptSeconds);
        if (block.timestamp >= until) revert ReceiptCourtTooLate(claimId, until);

        uint256 lockWei = parameters.get(IParameters.Parameter.ClaimLockWei);
        uint256 endsAt = block.timestamp + parameters.get(IParameters.Parameter.ChallengeWindowSeconds);
        return _filing(claimId, receipt, payment, endsAt, lockWei);
    }

    function _fileBatched(bytes calldata locator) private returns (ICourt.Filing memory) {
        (
            ,
            IJobMarket.Receipt memory receipt,
            Payment memory payment,
            bytes32 batchId,
            uint256 index,
            bytes32[] memory path
        ) = abi.decode(locator, (uint8, IJobMarket.Receipt, Payment, bytes32, uint256, bytes32[]));
        bytes32 digest = market.hashReceipt(receipt);
        bytes32 claimId = _claimIdOf(receipt, digest);
        PackedBatch memory batch = _member(batchId, receipt, digest, index, path);
        uint256 endsAt = _endOf(batch);
        if (block.timestamp >= endsAt) revert ReceiptCourtTooLate(claimId, endsAt);

        uint256 lockWei = _termsOf[batch.epoch].lockWei;
        ++_batches[batchId].open;
        _entries[claimId] = Entry(batchId, batch.worker, lockWei.toUint96());
        return _filing(claimId, receipt, payment, endsAt, lockWei);
    }

    function _filing(
        bytes32 claimId,
        IJobMarket.Receipt memory receipt,
        Payment memory payment,
        uint256 endsAt,
        uint256 lockWei
    ) private returns (ICourt.Filing memory) {
        // The entry of a claim that is filed already must not be written over; the Court refuses it too, later.
        if (court.isFiled(claimId)) revert ICourt.CourtClaimAlreadyFiled(claimId);
        _check(claimId, receipt, payment);
        _filedAt[claimId] = block.timestamp;
        emit ReceiptRevealed(claimId, receipt);
        return
            ICourt.Filing({
                claimId: claimId,
                worker: receipt.worker,
                beneficiary: payment.from,
                windowEndsAt: endsAt.toUint64(),
                lockWei: lockWei.toUint128(),
                revealed: true
            });
    }

    /// @dev A slash for signed receipts takes stake and leaves its locks. What they no longer hold must back no batch.
    function _shrink(address worker) private {
        IWorkerRegistry.Worker memory record = workers.getWorker(worker);
        Reserve storage held = _reserves[worker];
        uint256 hollowWei = Math.saturatingSub(record.lockedWei, record.stakeWei);
        uint256 amountWei = Math.min(hollowWei, held.totalWei - held.usedWei);
        if (amountWei == 0) return;
        held.totalWei -= uint128(amountWei);
        emit ReserveChanged(worker, held.totalWei);
        workers.unlock(worker, amountWei);
    }

    function _sync() private {
        uint32 window = parameters.get(IParameters.Parameter.ChallengeWindowSeconds).toUint32();
        uint128 lockWei = parameters.get(IParameters.Parameter.ClaimLockWei).toUint128();
        Terms memory old = _terms;
        if (old.epoch != 0 && old.windowSeconds == window && old.lockWei == lockWei) return;
        Terms memory next = Terms(old.epoch + 1, window, lockWei);
        _terms = next;
        _termsOf[next.epoch] = next;
        emit TermsSynced(next.epoch, window, lockWei);
    }

    /// @dev Receipts of jobs fail here: no payment hashes to the id of a job.
    function _check(bytes32 claimId, IJobMarket.Receipt memory receipt, Payment memory payment) private view {
        bytes32 program = models.programRootOf(receipt.versionId);
        if (program == 0 || program != receipt.programRoot) {
            revert ReceiptCourtProgramMismatch(claimId, receipt.programRoot);
        }
        bool free = payment.from == address(0) && payment.nonce == 0 && receipt.jobId == 0;
        bytes32 paid = keccak256(abi.encode(block.chainid, token, payment.from, payment.nonce));
        if (!free && (receipt.jobId != paid || payment.from == address(0))) {
            revert ReceiptCourtPaymentMismatch(claimId, receipt.jobId);
        }
    }

    /// @dev `batchId` commits to worker, root and size: the root is rebuilt from the path.
    function _member(
        bytes32 batchId,
        IJobMarket.Receipt memory receipt,
        bytes32 digest,
        uint256 index,
        bytes32[] memory path
    ) private view returns (PackedBatch memory batch) {
        batch = _known(batchId);
        uint256 size = uint256(batch.lastIndex) + 1;
        bytes32 node = keccak256(abi.encodePacked(uint8(0), digest));
        for (uint256 level = 0; level < path.length; ++level) {
            node = (index >> level) & 1 == 0
                ? keccak256(abi.encodePacked(uint8(1), node, path[level]))
                : keccak256(abi.encodePacked(uint8(1), path[level], node));
        }
        bool isIn = index < size &&
            path.length == Math.log2(size, Math.Rounding.Ceil) &&
            receipt.worker == batch.worker &&
            receipt.issuedAt <= batch.committedAt + _SKEW &&
            keccak256(abi.encode(batch.worker, node, size)) == batchId;
        if (!isIn) revert ReceiptCourtNotInBatch(batchId, digest, index);
    }

    function _known(bytes32 batchId) private view returns (PackedBatch memory batch) {
        batch = _batches[batchId];
        if (batch.worker == address(0)) revert ReceiptCourtBatchUnknown(batchId);
    }

    function _endOf(PackedBatch memory batch) private view returns (uint256) {
        return uint256(batch.committedAt) + _termsOf[batch.epoch].windowSeconds;
    }

    function _claimIdOf(IJobMarket.Receipt memory receipt, bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encode(receipt.jobId, digest));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IClaimSubject} from "./IClaimSubject.sol";
import {IJobMarket} from "./IJobMarket.sol";

/// @title Claims that no job carries: signed receipts of the HTTP path and batches of receipts.
/// @notice A signed receipt can be filed while `now < issuedAt + ReceiptSeconds` by anybody who holds it. A batch is up
/// to 256 receipts that a worker commits in one slot; each can be filed during the batch's window, and is final after
/// it unless it was.
///
/// STAKE. Batched claims are backed one by one: a batch needs `n * ClaimLockWei` of the stake that its worker has put in
/// {reserve}; {release} frees it. Signed receipts lock nothing, not even when they are filed: filing is free, and whoever holds
/// many receipts could freeze a worker's stake with it. The slash takes what is there. Who accepts a signed receipt relies
/// on the worker's whole stake, shared with all his other claims, and on the thaw outlasting the time to file.
///
/// PAYMENT. `jobId` of a receipt is zero (a free answer), or `keccak256(abi.encode(chainid, token, from, nonce))` of the
/// x402 payment, and then the filer shows `from` and `nonce`: `from` is the client. Other receipts belong to jobs and
/// are filed with {IJobCourt}.
/// @dev Locators for {ICourt-file}: `abi.encode(uint8(0), Receipt, Payment, bytes signature)` for a signed receipt,
/// `abi.encode(uint8(1), Receipt, Payment, bytes32 batchId, uint256 index, bytes32[] path)` for a batched one.
/// Batch tree: keccak256 over (receipt digest, path bits by index), `leaf = keccak256(0x00 || digest)`,
/// `inner = keccak256(0x01 || left || right)`, padded on the right with zero words to 2^ceil(log2 n).
interface IReceiptCourt is IClaimSubject {
    /// @notice The x402 payment behind a receipt; both zero when `jobId` is.
    struct Payment {
        address from;
        bytes32 nonce;
    }

    /// @notice A batch.
    struct Batch {
        address worker;
        /// @dev Unix seconds.
        uint64 committedAt;
        uint32 windowSeconds;
        /// @dev Receipts; zero when there is no such batch.
        uint16 size;
        /// @dev Claims of it that have fallen.
        uint16 fallen;
        /// @dev Claims of it that are filed and not final.
        uint16 open;
        bool released;
        /// @dev Backs each claim.
        uint128 lockWei;
    }

    /// @notice What batches copy: window and lock of the governed parameters at some {sync}.
    struct Terms {
        uint16 epoch;
        uint32 windowSeconds;
        uint128 lockWei;
    }

    /// @notice Stake of a worker that backs batches.
    struct Reserve {
        uint128 totalWei;
        uint128 usedWei;
    }

    /// @notice Receipts were committed. `batchId = keccak256(abi.encode(worker, root, size))`.
    event BatchCommitted(bytes32 indexed batchId, address indexed worker, bytes32 root, uint256 size);
    /// @notice A batch ended and its stake is free again.
    event BatchReleased(bytes32 indexed batchId, address indexed worker, uint256 amountWei);
    /// @notice Batches from now on copy these terms.
    event TermsSynced(uint16 indexed epoch, uint32 windowSeconds, uint128 lockWei);
    /// @notice A worker's reserve changed.
    event ReserveChanged(address indexed worker, uint256 totalWei);

    /// @notice Thrown when the caller is no worker and no worker's hot key.
    error ReceiptCourtCallerNotWorker(address caller);
    /// @notice Thrown when a batch is empty or longer than 256.
    error ReceiptCourtBatchSize(uint256 size, uint256 max);
    /// @notice Thrown when the same batch was committed before.
    error ReceiptCourtBatchExists(bytes32 batchId);
    /// @notice Thrown when there is no such batch.
    error ReceiptCourtBatchUnknown(bytes32 batchId);
    /// @notice Thrown when the reserve does not back what it should.
    error ReceiptCourtReserveTooSmall(address worker, uint256 freeWei, uint256 neededWei);
    /// @notice Thrown when a batch is released before its window and all its claims are over, or twice.
    error ReceiptCourtBatchNotOver(bytes32 batchId);
    /// @notice Thrown when the signer is not and was not lately the hot key of the receipt's worker.
    error ReceiptCourtSignerUnknown(address signer, address worker);
    /// @notice Thrown when a receipt is filed more than 15 minutes before its own date.
    error ReceiptCourtTooEarly(bytes32 claimId, uint256 issuedAt);
    /// @notice Thrown when a receipt is filed at or after its last moment.
    error ReceiptCourtTooLate(bytes32 claimId, uint256 until);
    /// @notice Thrown when the receipt's program is not the program of its version, or the version has none.
    error ReceiptCourtProgramMismatch(bytes32 claimId, bytes32 programRoot);
    /// @notice Thrown when the payment is not the one that the receipt names.
    error ReceiptCourtPaymentMismatch(bytes32 claimId, bytes32 jobId);
    /// @notice Thrown when the receipt is not in the batch, or dated later than it.
    error ReceiptCourtNotInBatch(bytes32 batchId, bytes32 claimId, uint256 index);
    /// @notice Thrown when a locator is of no known kind.
    error ReceiptCourtLocatorUnknown(uint8 kind);

    /// @notice Puts free stake of the caller behind his batches. Only the owner.
    function reserve(uint256 amountWei) external;

    /// @notice Takes away unused reserve behind which slashes left no stake. Anybody; the release of a batch and the fall
    /// of a signed claim do it too.
    function shrink(address worker) external;

    /// @notice Takes reserve back that no batch uses. Only the owner.
    function unreserve(uint256 amountWei) external;

    /// @notice Copies the parameters of now for batches to come. Anybody; does nothing when they are the same.
    function sync() external;

    /// @notice Commits 1 to 256 receipts. By the worker or his hot key.
    function commitBatch(bytes32 root, uint256 size) external returns (bytes32 batchId);

    /// @notice Frees the stake of a batch whose window and claims are over. Anybody.
    function release(bytes32 batchId) external;

    /// @notice Does for a batched claim what its end says, should the Court's own notice have failed. Anybody.
    function settle(bytes32 claimId) external;

    /// @notice Whether a batched receipt is FINAL: not challenged in its window, or judged to stand.
    function isFinal(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes32 batchId,
        uint256 index,
        bytes32[] calldata path
    ) external view returns (bool);

    /// @notice A batch; all zero when there is none.
    function getBatch(bytes32 batchId) external view returns (Batch memory);

    /// @notice Terms that new batches copy.
    function terms() external view returns (Terms memory);

    /// @notice A worker's reserve.
    function reserveOf(address worker) external view returns (Reserve memory);

    /// @notice Locator for {ICourt-file} of a signed receipt.
    function locatorOfSigned(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes calldata signature
    ) external pure returns (bytes memory);

    /// @notice Locator for {ICourt-file} of a batched receipt.
    function locatorOfBatched(
        IJobMarket.Receipt calldata receipt,
        Payment calldata payment,
        bytes32 batchId,
        uint256 index,
        bytes32[] calldata path
    ) external pure returns (bytes memory);
}

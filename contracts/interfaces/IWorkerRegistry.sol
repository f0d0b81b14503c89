// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {VersionId} from "../types/Ids.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title Workers: stake, keys, endpoints, offers.
/// @notice A worker is the address that staked (the owner). He names a hot key that signs receipts and submits work,
/// and that can never touch the stake. Staked tokens keep their votes: the registry is an ERC-5805 source of its own,
/// whose units are each owner's active and thawing stake.
/// @dev Stake is `active` until its owner asks for it back, then `thawing`, then withdrawn. Both are slashable. Part of
/// the active stake is `locked` behind open claims and cannot start to thaw.
/// Staking takes one transaction and leaves no allowance behind: the owner calls `approveAndCall` (ERC-1363) of the token
/// with this registry, the amount, and either no data ({addStake}) or `abi.encode(hotKey, hotKeySignature, endpoint)`
/// ({register}). Allowances and permits work as well.
interface IWorkerRegistry is IGoverned, IERC5805, IERC1363Spender {
    /// @notice A worker's record.
    struct Worker {
        /// @dev Signs receipts, submits work and edits offers.
        address hotKey;
        /// @dev Unix seconds of the registration; zero when there is none.
        uint64 registeredAt;
        /// @dev Unix seconds from which the thawing stake may be withdrawn.
        uint64 thawEndsAt;
        /// @dev Active stake, locked part included.
        uint128 stakeWei;
        /// @dev Stake on its way out; still slashable.
        uint128 thawingWei;
        /// @dev Part of the active stake behind open claims. May exceed `stakeWei` after a slash.
        uint128 lockedWei;
        /// @dev Base URL of the worker's gateway.
        string endpoint;
    }

    /// @notice ERC-2612 permit for the registry as spender.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice A worker registered.
    event WorkerRegistered(address indexed worker, address indexed hotKey, string endpoint);
    /// @notice Stake was added.
    event StakeAdded(address indexed worker, uint256 amountWei, uint256 stakeWei);
    /// @notice Stake started to thaw; all thawing stake is free at `thawEndsAt`.
    event UnstakeRequested(address indexed worker, uint256 amountWei, uint256 thawingWei, uint64 thawEndsAt);
    /// @notice Thawed stake left.
    event StakeWithdrawn(address indexed worker, uint256 amountWei);
    /// @notice The hot key changed.
    event HotKeyChanged(address indexed worker, address indexed previousHotKey, address indexed hotKey);
    /// @notice The endpoint changed.
    event EndpointChanged(address indexed worker, string endpoint);
    /// @notice The worker serves a version for a fee per job.
    event OfferMade(address indexed worker, VersionId indexed versionId, uint128 feeWei);
    /// @notice The worker no longer serves a version.
    event OfferWithdrawn(address indexed worker, VersionId indexed versionId);
    /// @notice Stake was locked behind a claim.
    event StakeLocked(address indexed worker, address indexed locker, uint256 amountWei);
    /// @notice Locked stake was released.
    event StakeUnlocked(address indexed worker, address indexed locker, uint256 amountWei);
    /// @notice Stake was taken: `takenWei` of the asked `amountWei`, which the stake may not have covered.
    event WorkerSlashed(
        address indexed worker,
        address indexed slasher,
        bytes32 indexed offenceId,
        uint256 amountWei,
        uint256 takenWei,
        address recipient
    );
    /// @notice Governance let a contract lock stake, or no longer.
    event LockerSet(address indexed locker, bool allowed);
    /// @notice Governance let a contract slash stake, or no longer.
    event SlasherSet(address indexed slasher, bool allowed);

    /// @notice Thrown when the caller already is a worker.
    error WorkerRegistryAlreadyRegistered(address worker);
    /// @notice Thrown when the address is not a registered worker.
    error WorkerRegistryNotRegistered(address worker);
    /// @notice Thrown when the caller is neither a worker nor a worker's hot key.
    error WorkerRegistryCallerNotWorker(address caller);
    /// @notice Thrown when the hot key is zero, the owner himself, or a registered worker.
    error WorkerRegistryHotKeyInvalid(address hotKey);
    /// @notice Thrown when the hot key serves another worker, or served one so lately that what it signed still counts.
    error WorkerRegistryHotKeyTaken(address hotKey, address worker);
    /// @notice Thrown when the hot key did not sign that it serves this worker.
    error WorkerRegistryHotKeyDissents(address hotKey, address worker);
    /// @notice Thrown when an endpoint is not an http(s) URL of 8 to 256 plain ASCII characters.
    error WorkerRegistryEndpointInvalid(string endpoint);
    /// @notice Thrown when a first stake is below the minimum.
    error WorkerRegistryStakeTooSmall(uint256 amountWei, uint256 minStakeWei);
    /// @notice Thrown when an amount is zero.
    error WorkerRegistryAmountZero();
    /// @notice Thrown when the active stake that backs no claim does not cover an amount.
    error WorkerRegistryStakeNotFree(address worker, uint256 amountWei, uint256 freeWei);
    /// @notice Thrown when nothing thaws.
    error WorkerRegistryNothingThawing(address worker);
    /// @notice Thrown before the end of the thaw.
    error WorkerRegistryStillThawing(address worker, uint64 thawEndsAt);
    /// @notice Thrown when there is no such offer to withdraw.
    error WorkerRegistryOfferUnknown(address worker, VersionId versionId);
    /// @notice Thrown when the offered version was never published.
    error WorkerRegistryVersionUnknown(VersionId versionId);
    /// @notice Thrown when anybody but the token reports an approval.
    error WorkerRegistryCallerNotToken(address caller);
    /// @notice Thrown when the caller may not lock stake.
    error WorkerRegistryCallerNotLocker(address caller);
    /// @notice Thrown when a locker releases more than it has locked.
    error WorkerRegistryLockTooSmall(address worker, address locker, uint256 amountWei, uint256 lockedWei);
    /// @notice Thrown when the caller may not slash stake.
    error WorkerRegistryCallerNotSlasher(address caller);
    /// @notice Thrown when the slasher already punished this offence.
    error WorkerRegistryOffenceSettled(address slasher, bytes32 offenceId);
    /// @notice Thrown when slashed stake would go to nobody or to the registry itself.
    error WorkerRegistryRecipientInvalid(address recipient);

    /// @notice Becomes a worker with a stake of at least the minimum. The caller is the owner. His staked votes go to
    /// whom he delegated in this registry before, else to whom he delegated his tokens, else to himself.
    /// @param hotKey An address that is nobody's hot key and no worker.
    /// @param hotKeySignature The hot key's 65-byte signature over {hotKeyConsentDigest}, so that nobody can take
    /// another's key hostage (threats.md S6).
    /// @param endpoint Base URL of the gateway.
    /// @param amountWei Stake; needs an allowance.
    function register(
        address hotKey,
        bytes calldata hotKeySignature,
        string calldata endpoint,
        uint256 amountWei
    ) external;

    /// @notice {register} with an ERC-2612 permit instead of an allowance. A permit that somebody else has already
    /// submitted does no harm.
    function registerWithPermit(
        address hotKey,
        bytes calldata hotKeySignature,
        string calldata endpoint,
        uint256 amountWei,
        Permit calldata permit
    ) external;

    /// @notice Adds to the caller's active stake; needs an allowance.
    function addStake(uint256 amountWei) external;

    /// @notice {addStake} with an ERC-2612 permit.
    function addStakeWithPermit(uint256 amountWei, Permit calldata permit) external;

    /// @notice Starts to thaw part of the caller's free active stake. The thaw time of now applies, also to stake that
    /// was thawing already unless that ends later.
    function requestUnstake(uint256 amountWei) external;

    /// @notice Sends the caller all his thawed stake.
    function withdraw() external;

    /// @notice Replaces the caller's hot key. Only the owner. What the old key signed binds him for a thaw longer, and
    /// until then nobody else can take that key; he himself can take it back.
    function setHotKey(address hotKey, bytes calldata hotKeySignature) external;

    /// @notice Replaces the caller's endpoint. Only the owner.
    function setEndpoint(string calldata endpoint) external;

    /// @notice Serves a version for a fee per job, or changes the fee. By the owner or his hot key.
    function offer(VersionId versionId, uint128 feeWei) external;

    /// @notice Stops serving a version. By the owner or his hot key.
    function withdrawOffer(VersionId versionId) external;

    /// @notice Locks free active stake behind a claim. Only lockers.
    function lock(address worker, uint256 amountWei) external;

    /// @notice Releases what the caller has locked; also a contract that is no locker any more may.
    function unlock(address worker, uint256 amountWei) external;

    /// @notice Takes up to `amountWei` of a worker's active, then thawing stake (locked or not) and sends it to
    /// `recipient`; his votes follow at once. Once per slasher and offence. Only slashers.
    /// @return takenWei What the stake covered.
    function slash(
        address worker,
        bytes32 offenceId,
        uint256 amountWei,
        address recipient
    ) external returns (uint256 takenWei);

    /// @notice Lets a contract lock stake, or no longer. Only the timelock.
    function setLocker(address locker, bool allowed) external;

    /// @notice Lets a contract slash stake, or no longer. Only the timelock.
    function setSlasher(address slasher, bool allowed) external;

    /// @notice A worker's record; all zero when there is none.
    function getWorker(address worker) external view returns (Worker memory);

    /// @notice Whether the worker is registered and his active stake reaches the minimum of now.
    function isActive(address worker) external view returns (bool);

    /// @notice Active stake that backs no claim.
    function freeStakeOf(address worker) external view returns (uint256);

    /// @notice What `locker` holds of the worker's stake.
    function lockedBy(address locker, address worker) external view returns (uint256);

    /// @notice The worker an address acts for: itself when it is a worker, its worker when it is a hot key, else zero.
    function workerOf(address operator) external view returns (address);

    /// @notice The worker whom a receipt signed by `hotKey` binds now: whose hot key it is, or was until less than a thaw
    /// ago. A retired key does nothing but sign receipts.
    function workerOfSigner(address hotKey) external view returns (address);

    /// @notice Unix seconds until which a retired hot key still binds its worker; zero for keys that never retired.
    function retiredUntil(address hotKey) external view returns (uint64);

    /// @notice The fee of an offer.
    function offerOf(address worker, VersionId versionId) external view returns (bool offered, uint128 feeWei);

    /// @notice Number of workers that offer a version.
    function serverCount(VersionId versionId) external view returns (uint256);

    /// @notice The `index`-th of them, in no order. Reverts with an array panic past the end.
    function serverAt(VersionId versionId, uint256 index) external view returns (address);

    /// @notice Number of workers that ever registered.
    function workerCount() external view returns (uint256);

    /// @notice The `index`-th of them. Reverts with an array panic past the end.
    function workerAt(uint256 index) external view returns (address);

    /// @notice Whether a contract may lock stake.
    function isLocker(address locker) external view returns (bool);

    /// @notice Whether a contract may slash stake.
    function isSlasher(address slasher) external view returns (bool);

    /// @notice Whether the slasher has punished the offence.
    function isSlashed(address slasher, bytes32 offenceId) external view returns (bool);

    /// @notice What a hot key signs to serve a worker: EIP-712 `HotKeyConsent(address worker)`, domain "Assay Workers",
    /// version "1", this contract.
    function hotKeyConsentDigest(address worker) external view returns (bytes32);
}

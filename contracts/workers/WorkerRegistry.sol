// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {IAssayToken} from "../interfaces/IAssayToken.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Governed} from "../libraries/Governed.sol";
import {PlainText} from "../libraries/PlainText.sol";
import {VersionId} from "../types/Ids.sol";

/// @title Workers: stake, keys, endpoints, offers.
contract WorkerRegistry is Governed, Votes, ReentrancyGuard, IWorkerRegistry {
    using SafeERC20 for IAssayToken;
    using SafeCast for uint256;

    /// @dev `slot` is the position in the version's list of servers, plus one; zero means no offer.
    struct Offer {
        uint128 feeWei;
        uint128 slot;
    }

    /// @dev A hot key that was replaced.
    struct Retired {
        address worker;
        uint64 until;
    }

    bytes32 private constant _CONSENT_TYPEHASH = keccak256("HotKeyConsent(address worker)");

    /// @notice What is staked.
    IAssayToken public immutable token;
    /// @notice Source of the minimum stake and the thaw time.
    IParameters public immutable parameters;
    /// @notice Where offered versions are published.
    IModelRegistry public immutable models;

    /// @inheritdoc IWorkerRegistry
    mapping(address locker => bool) public isLocker;
    /// @inheritdoc IWorkerRegistry
    mapping(address slasher => bool) public isSlasher;
    /// @inheritdoc IWorkerRegistry
    mapping(address locker => mapping(address worker => uint256)) public lockedBy;
    /// @inheritdoc IWorkerRegistry
    mapping(address slasher => mapping(bytes32 offenceId => bool)) public isSlashed;

    address[] private _list;
    mapping(address worker => Worker) private _workers;
    mapping(address hotKey => address worker) private _workerOfHotKey;
    mapping(address hotKey => Retired) private _retired;
    mapping(address worker => mapping(VersionId versionId => Offer)) private _offers;
    mapping(VersionId versionId => address[]) private _servers;

    /// @param lockers_ Contracts that may lock stake from the start: the job market, the receipt court.
    /// @param slasher_ The contract that may slash stake from the start: the court.
    constructor(
        address timelock_,
        IAssayToken token_,
        IParameters parameters_,
        IModelRegistry models_,
        address[] memory lockers_,
        address slasher_
    ) Governed(timelock_) EIP712("Assay Workers", "1") {
        token = token_;
        parameters = parameters_;
        models = models_;
        for (uint256 i = 0; i < lockers_.length; ++i) _setLocker(lockers_[i], true);
        _setSlasher(slasher_, true);
    }

    /// @inheritdoc IWorkerRegistry
    function register(
        address hotKey,
        bytes calldata hotKeySignature,
        string calldata endpoint,
        uint256 amountWei
    ) external nonReentrant {
        _register(msg.sender, hotKey, hotKeySignature, endpoint, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function registerWithPermit(
        address hotKey,
        bytes calldata hotKeySignature,
        string calldata endpoint,
        uint256 amountWei,
        Permit calldata permit
    ) external nonReentrant {
        _usePermit(amountWei, permit);
        _register(msg.sender, hotKey, hotKeySignature, endpoint, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function addStake(uint256 amountWei) external nonReentrant {
        _addStake(msg.sender, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function addStakeWithPermit(uint256 amountWei, Permit calldata permit) external nonReentrant {
        _usePermit(amountWei, permit);
        _addStake(msg.sender, amountWei);
    }

    /// @inheritdoc IERC1363Spender
    function onApprovalReceived(
        address owner,
        uint256 amountWei,
        bytes calldata data
    ) external nonReentrant returns (bytes4) {
        if (msg.sender != address(token)) revert WorkerRegistryCallerNotToken(msg.sender);
        if (data.length == 0) {
            _addStake(owner, amountWei);
        } else {
            (address hotKey, bytes memory signature, string memory endpoint) = abi.decode(
                data,
                (address, bytes, string)
            );
            _register(owner, hotKey, signature, endpoint, amountWei);
        }
        return IERC1363Spender.onApprovalReceived.selector;
    }

    /// @inheritdoc IWorkerRegistry
    function requestUnstake(uint256 amountWei) external {
        Worker storage worker = _owned();
        if (amountWei == 0) revert WorkerRegistryAmountZero();
        uint256 free = _freeStake(worker);
        if (amountWei > free) revert WorkerRegistryStakeNotFree(msg.sender, amountWei, free);

        worker.stakeWei -= amountWei.toUint128();
        worker.thawingWei += amountWei.toUint128();
        uint256 endsAt = block.timestamp + parameters.get(IParameters.Parameter.ThawSeconds);
        worker.thawEndsAt = Math.max(worker.thawEndsAt, endsAt).toUint64();
        emit UnstakeRequested(msg.sender, amountWei, worker.thawingWei, worker.thawEndsAt);
    }

    /// @inheritdoc IWorkerRegistry
    function withdraw() external nonReentrant {
        Worker storage worker = _owned();
        uint256 amountWei = worker.thawingWei;
        if (amountWei == 0) revert WorkerRegistryNothingThawing(msg.sender);
        if (block.timestamp < worker.thawEndsAt) revert WorkerRegistryStillThawing(msg.sender, worker.thawEndsAt);

        worker.thawingWei = 0;
        _transferVotingUnits(msg.sender, address(0), amountWei);
        emit StakeWithdrawn(msg.sender, amountWei);
        token.safeTransfer(msg.sender, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function setHotKey(address hotKey, bytes calldata hotKeySignature) external {
        _setHotKey(msg.sender, hotKey, hotKeySignature);
    }

    /// @inheritdoc IWorkerRegistry
    function setEndpoint(string calldata endpoint) external {
        _setEndpoint(msg.sender, endpoint);
    }

    /// @inheritdoc IWorkerRegistry
    function offer(VersionId versionId, uint128 feeWei) external {
        address worker = _operated();
        if (!models.versionExists(versionId)) revert WorkerRegistryVersionUnknown(versionId);
        Offer storage entry = _offers[worker][versionId];
        if (entry.slot == 0) {
            _servers[versionId].push(worker);
            entry.slot = _servers[versionId].length.toUint128();
        }
        entry.feeWei = feeWei;
        emit OfferMade(worker, versionId, feeWei);
    }

    /// @inheritdoc IWorkerRegistry
    function withdrawOffer(VersionId versionId) external {
        address worker = _operated();
        uint256 slot = _offers[worker][versionId].slot;
        if (slot == 0) revert WorkerRegistryOfferUnknown(worker, versionId);

        address[] storage servers = _servers[versionId];
        address last = servers[servers.length - 1];
        servers[slot - 1] = last;
        _offers[last][versionId].slot = slot.toUint128();
        servers.pop();
        delete _offers[worker][versionId];
        emit OfferWithdrawn(worker, versionId);
    }

    /// @inheritdoc IWorkerRegistry
    function lock(address worker, uint256 amountWei) external {
        if (!isLocker[msg.sender]) revert WorkerRegistryCallerNotLocker(msg.sender);
        Worker storage record = _registered(worker);
        uint256 free = _freeStake(record);
        if (amountWei > free) revert WorkerRegistryStakeNotFree(worker, amountWei, free);
        record.lockedWei += amountWei.toUint128();
        lockedBy[msg.sender][worker] += amountWei;
        emit StakeLocked(worker, msg.sender, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function unlock(address worker, uint256 amountWei) external {
        uint256 held = lockedBy[msg.sender][worker];
        if (amountWei > held) revert WorkerRegistryLockTooSmall(worker, msg.sender, amountWei, held);
        lockedBy[msg.sender][worker] = held - amountWei;
        _workers[worker].lockedWei -= amountWei.toUint128();
        emit StakeUnlocked(worker, msg.sender, amountWei);
    }

    /// @inheritdoc IWorkerRegistry
    function slash(
        address worker,
        bytes32 offenceId,
        uint256 amountWei,
        address recipient
    ) external nonReentrant returns (uint256 takenWei) {
        if (!isSlasher[msg.sender]) revert WorkerRegistryCallerNotSlasher(msg.sender);
        if (recipient == address(0) || recipient == address(this)) revert WorkerRegistryRecipientInvalid(recipient);
        if (isSlashed[msg.sender][offenceId]) revert WorkerRegistryOffenceSettled(msg.sender, offenceId);
        isSlashed[msg.sender][offenceId] = true;

        Worker storage record = _registered(worker);
        uint256 fromStake = Math.min(amountWei, record.stakeWei);
        uint256 fromThawing = Math.min(amountWei - fromStake, record.thawingWei);
        takenWei = fromStake + fromThawing;
        record.stakeWei -= fromStake.toUint128();
        record.thawingWei -= fromThawing.toUint128();
        _transferVotingUnits(worker, address(0), takenWei);
        emit WorkerSlashed(worker, msg.sender, offenceId, amountWei, takenWei, recipient);
        token.safeTransfer(recipient, takenWei);
    }

    /// @inheritdoc IWorkerRegistry
    function setLocker(address locker, bool allowed) external onlyTimelock {
        _setLocker(locker, allowed);
    }

    /// @inheritdoc IWorkerRegistry
    function setSlasher(address slasher, bool allowed) external onlyTimelock {
        _setSlasher(slasher, allowed);
    }

    /// @inheritdoc IWorkerRegistry
    function getWorker(address worker) external view returns (Worker memory) {
        return _workers[worker];
    }

    /// @inheritdoc IWorkerRegistry
    function isActive(address worker) external view returns (bool) {
        Worker storage record = _workers[worker];
        return record.registeredAt != 0 && record.stakeWei >= parameters.get(IParameters.Parameter.MinStakeWei);
    }

    /// @inheritdoc IWorkerRegistry
    function freeStakeOf(address worker) external view returns (uint256) {
        return _freeStake(_workers[worker]);
    }

    /// @inheritdoc IWorkerRegistry
    function offerOf(address worker, VersionId versionId) external view returns (bool offered, uint128 feeWei) {
        Offer storage entry = _offers[worker][versionId];
        return (entry.slot != 0, entry.feeWei);
    }

    /// @inheritdoc IWorkerRegistry
    function serverCount(VersionId versionId) external view returns (uint256) {
        return _servers[versionId].length;
    }

    /// @inheritdoc IWorkerRegistry
    function serverAt(VersionId versionId, uint256 index) external view returns (address) {
        return _servers[versionId][index];
    }

    /// @inheritdoc IWorkerRegistry
    function workerCount() external view returns (uint256) {
        return _list.length;
    }

    /// @inheritdoc IWorkerRegistry
    function workerAt(uint256 index) external view returns (address) {
        return _list[index];
    }

    /// @inheritdoc IWorkerRegistry
    function workerOfSigner(address hotKey) external view returns (address) {
        address serving = _workerOfHotKey[hotKey];
        return serving == address(0) ? _bound(hotKey) : serving;
    }

    /// @inheritdoc IWorkerRegistry
    function retiredUntil(address hotKey) external view returns (uint64) {
        return _retired[hotKey].until;
    }

    /// @inheritdoc IWorkerRegistry
    function workerOf(address operator) public view returns (address) {
        return _workers[operator].registeredAt != 0 ? operator : _workerOfHotKey[operator];
    }

    /// @inheritdoc IWorkerRegistry
    function hotKeyConsentDigest(address worker) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_CONSENT_TYPEHASH, worker)));
    }

    /// @inheritdoc IERC6372
    function clock() public view override(IERC6372, Votes) returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override(IERC6372, Votes) returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock);
    }

    /// @dev All stake counts, thawing stake too: it is still its owner's and still at risk.
    function _getVotingUnits(address account) internal view override returns (uint256) {
        Worker storage worker = _workers[account];
        return uint256(worker.stakeWei) + worker.thawingWei;
    }

    function _register(
        address owner,
        address hotKey,
        bytes memory hotKeySignature,
        string memory endpoint,
        uint256 amountWei
    ) private {
        Worker storage worker = _workers[owner];
        if (worker.registeredAt != 0) revert WorkerRegistryAlreadyRegistered(owner);
        // An address is an owner or a hot key, never both: `workerOf` has one answer.
        address served = _workerOfHotKey[owner];
        if (served == address(0)) served = _bound(owner);
        if (served != address(0)) revert WorkerRegistryHotKeyTaken(owner, served);
        uint256 minimum = parameters.get(IParameters.Parameter.MinStakeWei);
        if (amountWei < minimum) revert WorkerRegistryStakeTooSmall(amountWei, minimum);

        worker.registeredAt = uint64(block.timestamp);
        _list.push(owner);
        _setHotKey(owner, hotKey, hotKeySignature);
        _setEndpoint(owner, endpoint);
        emit WorkerRegistered(owner, hotKey, endpoint);
        _adoptDelegate(owner);
        _addStake(owner, amountWei);
    }

    /// @dev Keeps the voice of the tokens that are about to move in here.
    function _adoptDelegate(address owner) private {
        if (delegates(owner) != address(0)) return;
        address delegatee = token.delegates(owner);
        _delegate(owner, delegatee == address(0) ? owner : delegatee);
    }

    function _addStake(address owner, uint256 amountWei) private {
        Worker storage worker = _registered(owner);
        if (amountWei == 0) revert WorkerRegistryAmountZero();
        worker.stakeWei += amountWei.toUint128();
        _transferVotingUnits(address(0), owner, amountWei);
        emit StakeAdded(owner, amountWei, worker.stakeWei);
        token.safeTransferFrom(owner, address(this), amountWei);
    }

    /// @dev A permit that somebody else has submitted already left its allowance behind.
    function _usePermit(uint256 amountWei, Permit calldata permit) private {
        if (token.allowance(msg.sender, address(this)) >= amountWei) return;
        token.permit(msg.sender, address(this), amountWei, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _setHotKey(address owner, address hotKey, bytes memory signature) private {
        Worker storage worker = _registered(owner);
        if (hotKey == address(0) || hotKey == owner || _workers[hotKey].registeredAt != 0) {
            revert WorkerRegistryHotKeyInvalid(hotKey);
        }
        address served = _workerOfHotKey[hotKey];
        if (served == address(0)) served = _bound(hotKey);
        else revert WorkerRegistryHotKeyTaken(hotKey, served);
        if (served != address(0) && served != owner) revert WorkerRegistryHotKeyTaken(hotKey, served);
        (address signer, , ) = ECDSA.tryRecover(hotKeyConsentDigest(owner), signature);
        if (signer != hotKey) revert WorkerRegistryHotKeyDissents(hotKey, owner);

        address previous = worker.hotKey;
        _retire(owner, previous);
        _workerOfHotKey[hotKey] = owner;
        worker.hotKey = hotKey;
        emit HotKeyChanged(owner, previous, hotKey);
    }

    /// @dev A worker cannot shake off what his key signed by taking another key.
    function _retire(address owner, address hotKey) private {
        if (hotKey == address(0)) return;
        delete _workerOfHotKey[hotKey];
        uint256 until = block.timestamp + parameters.get(IParameters.Parameter.ThawSeconds);
        _retired[hotKey] = Retired(owner, until.toUint64());
    }

    /// @dev Whom a retired key still binds.
    function _bound(address hotKey) private view returns (address) {
        Retired storage retired = _retired[hotKey];
        return block.timestamp < retired.until ? retired.worker : address(0);
    }

    function _setEndpoint(address owner, string memory endpoint) private {
        Worker storage worker = _registered(owner);
        if (!PlainText.isUrl(endpoint)) revert WorkerRegistryEndpointInvalid(endpoint);
        worker.endpoint = endpoint;
        emit EndpointChanged(owner, endpoint);
    }

    function _setLocker(address locker, bool allowed) private {
        isLocker[locker] = allowed;
        emit LockerSet(locker, allowed);
    }

    function _setSlasher(address slasher, bool allowed) private {
        isSlasher[slasher] = allowed;
        emit SlasherSet(slasher, allowed);
    }

    function _owned() private view returns (Worker storage) {
        return _registered(msg.sender);
    }

    function _registered(address worker) private view returns (Worker storage record) {
        record = _workers[worker];
        if (record.registeredAt == 0) revert WorkerRegistryNotRegistered(worker);
    }

    function _operated() private view returns (address worker) {
        worker = workerOf(msg.sender);
        if (worker == address(0)) revert WorkerRegistryCallerNotWorker(msg.sender);
    }

    function _freeStake(Worker storage worker) private view returns (uint256) {
        return Math.saturatingSub(worker.stakeWei, worker.lockedWei);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Governed} from "../libraries/Governed.sol";
import {PlainText} from "../libraries/PlainText.sol";
import {ModelId, VersionId} from "../types/Ids.sol";

/// @title Models and their versions.
contract ModelRegistry is Governed, IModelRegistry {
    uint256 private constant _MAX_PARENTS = 8;

    /// @inheritdoc IModelRegistry
    uint256 public modelCount;
    /// @inheritdoc IModelRegistry
    uint256 public versionCount;

    mapping(ModelId modelId => Model) private _models;
    mapping(VersionId versionId => Version) private _versions;
    mapping(ModelId modelId => VersionId[]) private _versionsOf;
    mapping(bytes32 slugHash => ModelId) private _bySlug;

    constructor(address timelock_) Governed(timelock_) {}

    /// @inheritdoc IModelRegistry
    function registerModel(string calldata slug, string calldata metadataCid) external returns (ModelId modelId) {
        if (!PlainText.isSlug(slug)) revert ModelRegistrySlugInvalid(slug);
        _checkOptionalCid(metadataCid);
        bytes32 key = keccak256(bytes(slug));
        ModelId holder = _bySlug[key];
        if (holder != ModelId.wrap(0)) revert ModelRegistrySlugTaken(slug, holder);

        modelId = ModelId.wrap(++modelCount);
        _bySlug[key] = modelId;
        Model storage model = _models[modelId];
        model.author = msg.sender;
        model.registeredAt = uint64(block.timestamp);
        model.slug = slug;
        model.metadataCid = metadataCid;
        emit ModelRegistered(modelId, msg.sender, slug, metadataCid);
    }

    /// @inheritdoc IModelRegistry
    function publishVersion(ModelId modelId, VersionInput calldata input) external returns (VersionId versionId) {
        _authored(modelId);
        _checkInput(input);

        versionId = VersionId.wrap(++versionCount);
        Version storage version = _versions[versionId];
        version.modelId = modelId;
        version.sha256Hash = input.sha256Hash;
        version.programRoot = input.programRoot;
        version.sizeBytes = input.sizeBytes;
        version.publishedAt = uint64(block.timestamp);
        version.cid = input.cid;
        version.licence = input.licence;
        version.cardCid = input.cardCid;
        version.parents = input.parents;
        _versionsOf[modelId].push(versionId);
        _emitPublished(versionId, modelId, input);
    }

    /// @inheritdoc IModelRegistry
    function setLive(ModelId modelId, VersionId versionId) external onlyTimelock {
        Model storage model = _known(modelId);
        ModelId actual = _published(versionId).modelId;
        if (actual != modelId) revert ModelRegistryVersionOfOtherModel(versionId, modelId, actual);
        _changeLive(modelId, model, versionId);
    }

    /// @inheritdoc IModelRegistry
    function retire(ModelId modelId) external onlyTimelock {
        _changeLive(modelId, _known(modelId), VersionId.wrap(0));
    }

    /// @inheritdoc IModelRegistry
    function transferAuthor(ModelId modelId, address pendingAuthor) external {
        _authored(modelId).pendingAuthor = pendingAuthor;
        emit AuthorTransferStarted(modelId, msg.sender, pendingAuthor);
    }

    /// @inheritdoc IModelRegistry
    function acceptAuthor(ModelId modelId) external {
        Model storage model = _known(modelId);
        if (msg.sender != model.pendingAuthor) {
            revert ModelRegistryCallerNotPendingAuthor(modelId, msg.sender, model.pendingAuthor);
        }
        emit AuthorTransferred(modelId, model.author, msg.sender);
        model.author = msg.sender;
        model.pendingAuthor = address(0);
    }

    /// @inheritdoc IModelRegistry
    function getModel(ModelId modelId) external view returns (Model memory) {
        return _known(modelId);
    }

    /// @inheritdoc IModelRegistry
    function getVersion(VersionId versionId) external view returns (Version memory) {
        return _published(versionId);
    }

    /// @inheritdoc IModelRegistry
    function liveVersionOf(ModelId modelId) external view returns (VersionId) {
        return _known(modelId).liveVersionId;
    }

    /// @inheritdoc IModelRegistry
    function authorOf(VersionId versionId) external view returns (address) {
        return _models[_published(versionId).modelId].author;
    }

    /// @inheritdoc IModelRegistry
    function programRootOf(VersionId versionId) external view returns (bytes32) {
        return _published(versionId).programRoot;
    }

    /// @inheritdoc IModelRegistry
    function versionExists(VersionId versionId) external view returns (bool) {
        return _exists(versionId);
    }

    /// @inheritdoc IModelRegistry
    function modelBySlug(string calldata slug) external view returns (ModelId) {
        return _bySlug[keccak256(bytes(slug))];
    }

    /// @inheritdoc IModelRegistry
    function versionCountOf(ModelId modelId) external view returns (uint256) {
        return _versionsOf[modelId].length;
    }

    /// @inheritdoc IModelRegistry
    function versionOfAt(ModelId modelId, uint256 index) external view returns (VersionId) {
        return _versionsOf[modelId][index];
    }

    function _changeLive(ModelId modelId, Model storage model, VersionId versionId) private {
        VersionId previous = model.liveVersionId;
        if (previous == versionId) revert ModelRegistryLiveUnchanged(modelId, versionId);
        model.liveVersionId = versionId;
        emit LiveVersionChanged(modelId, previous, versionId);
    }

    function _emitPublished(VersionId versionId, ModelId modelId, VersionInput calldata input) private {
        emit VersionPublished(
            versionId,
            modelId,
            msg.sender,
            input.cid,
            input.sha256Hash,
            input.programRoot,
            input.sizeBytes,
            input.licence,
            input.cardCid,
            input.parents
        );
    }

    function _checkInput(VersionInput calldata input) private view {
        if (!PlainText.isCid(input.cid)) revert ModelRegistryCidInvalid(input.cid);
        _checkOptionalCid(input.cardCid);
        if (!PlainText.isLicence(input.licence)) revert ModelRegistryLicenceInvalid(input.licence);
        if (input.sha256Hash == 0) revert ModelRegistryHashMissing();
        if (input.sizeBytes == 0) revert ModelRegistrySizeMissing();
        _checkParents(input.parents);
    }

    function _checkParents(VersionId[] calldata parents) private view {
        if (parents.length > _MAX_PARENTS) revert ModelRegistryTooManyParents(parents.length, _MAX_PARENTS);
        for (uint256 i = 0; i < parents.length; ++i) {
            if (!_exists(parents[i])) revert ModelRegistryVersionUnknown(parents[i]);
            for (uint256 j = 0; j < i; ++j) {
                if (parents[i] == parents[j]) revert ModelRegistryParentRepeated(parents[i]);
            }
        }
    }

    function _checkOptionalCid(string calldata cid) private pure {
        if (bytes(cid).length != 0 && !PlainText.isCid(cid)) revert ModelRegistryCidInvalid(cid);
    }

    function _known(ModelId modelId) private view returns (Model storage model) {
        model = _models[modelId];
        if (model.author == address(0)) revert ModelRegistryModelUnknown(modelId);
    }

    function _authored(ModelId modelId) private view returns (Model storage model) {
        model = _known(modelId);
        if (msg.sender != model.author) revert ModelRegistryCallerNotAuthor(modelId, msg.sender, model.author);
    }

    function _published(VersionId versionId) private view returns (Version storage) {
        if (!_exists(versionId)) revert ModelRegistryVersionUnknown(versionId);
        return _versions[versionId];
    }

    function _exists(VersionId versionId) private view returns (bool) {
        return _versions[versionId].modelId != ModelId.wrap(0);
    }
}

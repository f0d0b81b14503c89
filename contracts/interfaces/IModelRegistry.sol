// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ModelId, VersionId} from "../types/Ids.sol";
import {IGoverned} from "./IGoverned.sol";

/// @title Models and their versions.
/// @notice Anybody registers a model and publishes versions of his own models. A version never changes. Which version
/// of a model is live is the DAO's decision alone.
interface IModelRegistry is IGoverned {
    /// @notice A lineage.
    struct Model {
        /// @dev Earns the author's share and publishes versions.
        address author;
        /// @dev Zero, or whom the author offered the model to.
        address pendingAuthor;
        /// @dev Unix seconds.
        uint64 registeredAt;
        /// @dev Zero when no version is live.
        VersionId liveVersionId;
        /// @dev Unique, `[a-z0-9-]{3,40}`, no hyphen at either end.
        string slug;
        /// @dev CID of the model's description, may be empty.
        string metadataCid;
    }

    /// @notice What an author states about a new version.
    struct VersionInput {
        /// @dev CID of the ONNX file (CIDv1, base32).
        string cid;
        /// @dev SHA-256 of the file.
        bytes32 sha256Hash;
        /// @dev Commitment to the exact program; zero for a float version, which can never be slashed by the exact rule.
        bytes32 programRoot;
        /// @dev Bytes of the file; downloads stop there.
        uint64 sizeBytes;
        /// @dev SPDX licence expression.
        string licence;
        /// @dev CID of the model card, may be empty.
        string cardCid;
        /// @dev Versions this one derives from: at most 8, all published before, no repetition.
        VersionId[] parents;
    }

    /// @notice A published version.
    struct Version {
        ModelId modelId;
        bytes32 sha256Hash;
        bytes32 programRoot;
        uint64 sizeBytes;
        /// @dev Unix seconds.
        uint64 publishedAt;
        string cid;
        string licence;
        string cardCid;
        VersionId[] parents;
    }

    /// @notice A model was registered.
    event ModelRegistered(ModelId indexed modelId, address indexed author, string slug, string metadataCid);
    /// @notice A version was published; it is not live yet.
    event VersionPublished(
        VersionId indexed versionId,
        ModelId indexed modelId,
        address indexed author,
        string cid,
        bytes32 sha256Hash,
        bytes32 programRoot,
        uint64 sizeBytes,
        string licence,
        string cardCid,
        VersionId[] parents
    );
    /// @notice The DAO made `versionId` live (zero: retired the model) in place of `previousVersionId` (zero: none).
    event LiveVersionChanged(ModelId indexed modelId, VersionId indexed previousVersionId, VersionId indexed versionId);
    /// @notice The author offered the model to `pendingAuthor` (zero: took the offer back).
    event AuthorTransferStarted(ModelId indexed modelId, address indexed author, address indexed pendingAuthor);
    /// @notice The model has a new author.
    event AuthorTransferred(ModelId indexed modelId, address indexed previousAuthor, address indexed author);

    /// @notice Thrown when a slug is not `[a-z0-9-]{3,40}` or starts or ends with a hyphen.
    error ModelRegistrySlugInvalid(string slug);
    /// @notice Thrown when another model has the slug.
    error ModelRegistrySlugTaken(string slug, ModelId modelId);
    /// @notice Thrown when the model does not exist.
    error ModelRegistryModelUnknown(ModelId modelId);
    /// @notice Thrown when the version does not exist.
    error ModelRegistryVersionUnknown(VersionId versionId);
    /// @notice Thrown when the caller is not the model's author.
    error ModelRegistryCallerNotAuthor(ModelId modelId, address caller, address author);
    /// @notice Thrown when the caller was not offered the model.
    error ModelRegistryCallerNotPendingAuthor(ModelId modelId, address caller, address pendingAuthor);
    /// @notice Thrown when a CID is not 8 to 128 ASCII letters and digits.
    error ModelRegistryCidInvalid(string cid);
    /// @notice Thrown when a licence is not 1 to 64 characters of an SPDX expression.
    error ModelRegistryLicenceInvalid(string licence);
    /// @notice Thrown when the SHA-256 is zero.
    error ModelRegistryHashMissing();
    /// @notice Thrown when the size is zero.
    error ModelRegistrySizeMissing();
    /// @notice Thrown when there are too many parents.
    error ModelRegistryTooManyParents(uint256 count, uint256 max);
    /// @notice Thrown when a parent is named twice.
    error ModelRegistryParentRepeated(VersionId parent);
    /// @notice Thrown when the version belongs to another model.
    error ModelRegistryVersionOfOtherModel(VersionId versionId, ModelId modelId, ModelId actualModelId);
    /// @notice Thrown when the version is already the live one, or a model without a live version is retired.
    error ModelRegistryLiveUnchanged(ModelId modelId, VersionId versionId);

    /// @notice Registers a model; the caller becomes its author.
    /// @custom:reverts ModelRegistrySlugInvalid, ModelRegistrySlugTaken, ModelRegistryCidInvalid
    function registerModel(string calldata slug, string calldata metadataCid) external returns (ModelId modelId);

    /// @notice Publishes an immutable version. Only the author of the model.
    function publishVersion(ModelId modelId, VersionInput calldata input) external returns (VersionId versionId);

    /// @notice Makes a version the live one of its model. Only the timelock.
    function setLive(ModelId modelId, VersionId versionId) external;

    /// @notice Leaves the model without a live version. Only the timelock.
    function retire(ModelId modelId) external;

    /// @notice Offers the model to another author, who must accept; zero takes the offer back. Only the author.
    function transferAuthor(ModelId modelId, address pendingAuthor) external;

    /// @notice Takes over an offered model. Jobs opened before keep paying the previous author.
    function acceptAuthor(ModelId modelId) external;

    /// @notice The model. @custom:reverts ModelRegistryModelUnknown
    function getModel(ModelId modelId) external view returns (Model memory);

    /// @notice The version. @custom:reverts ModelRegistryVersionUnknown
    function getVersion(VersionId versionId) external view returns (Version memory);

    /// @notice The live version of a model, zero if there is none. @custom:reverts ModelRegistryModelUnknown
    function liveVersionOf(ModelId modelId) external view returns (VersionId);

    /// @notice The current author behind a version. @custom:reverts ModelRegistryVersionUnknown
    function authorOf(VersionId versionId) external view returns (address);

    /// @notice The version's program, zero for a float version. @custom:reverts ModelRegistryVersionUnknown
    function programRootOf(VersionId versionId) external view returns (bytes32);

    /// @notice Whether the version was published.
    function versionExists(VersionId versionId) external view returns (bool);

    /// @notice The model with this slug, zero if there is none.
    function modelBySlug(string calldata slug) external view returns (ModelId);

    /// @notice Number of models; their ids are 1 to this.
    function modelCount() external view returns (uint256);

    /// @notice Number of versions; their ids are 1 to this.
    function versionCount() external view returns (uint256);

    /// @notice Number of versions of one model.
    function versionCountOf(ModelId modelId) external view returns (uint256);

    /// @notice The `index`-th version of a model, in order of publication. Reverts with an array panic past the end.
    function versionOfAt(ModelId modelId, uint256 index) external view returns (VersionId);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {Protocol} from "../../helpers/sol/Protocol.sol";

contract ModelRegistryTest is Protocol {
    address private author;
    address private stranger;
    ModelId private modelId;
    VersionId private versionId;

    function setUp() public {
        deployProtocol();
        author = actor("author");
        stranger = actor("stranger");
        (modelId, versionId) = newVersion(author, "digits");
    }

    function test_registerModel() public {
        vm.expectEmit(true, true, true, true, address(models));
        emit IModelRegistry.ModelRegistered(ModelId.wrap(2), stranger, "breast-cancer", "bafkreimeta");
        vm.prank(stranger);
        ModelId id = models.registerModel("breast-cancer", "bafkreimeta");
        IModelRegistry.Model memory model = models.getModel(id);
        vm.assertEq(model.author, stranger, "author");
        vm.assertEq(model.registeredAt, block.timestamp, "time");
        vm.assertEq(model.slug, "breast-cancer", "slug");
        vm.assertEq(model.metadataCid, "bafkreimeta", "metadata");
        vm.assertTrue(models.modelBySlug("breast-cancer") == id, "by slug");
        vm.assertTrue(models.modelBySlug("nothing") == ModelId.wrap(0), "no slug");
        vm.assertEq(models.modelCount(), 2, "count");
    }

    function test_registerModel_refusals() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistrySlugTaken.selector, "digits", modelId));
        models.registerModel("digits", "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistrySlugInvalid.selector, "Digits"));
        models.registerModel("Digits", "");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryCidInvalid.selector, "<script>"));
        models.registerModel("digits-2", "<script>");
    }

    function test_publishVersion() public {
        IModelRegistry.VersionInput memory input = versionInput();
        input.parents = new VersionId[](1);
        input.parents[0] = versionId;
        input.programRoot = 0;
        vm.prank(author);
        VersionId id = models.publishVersion(modelId, input);
        IModelRegistry.Version memory version = models.getVersion(id);
        vm.assertTrue(version.modelId == modelId, "model");
        vm.assertEq(version.cid, input.cid, "cid");
        vm.assertEq(version.cardCid, input.cardCid, "card");
        vm.assertEq(version.licence, "MIT", "licence");
        vm.assertEq(version.sha256Hash, input.sha256Hash, "sha256");
        vm.assertEq(version.programRoot, 0, "float tier");
        vm.assertEq(version.sizeBytes, input.sizeBytes, "size");
        vm.assertEq(version.publishedAt, block.timestamp, "time");
        vm.assertTrue(version.parents.length == 1 && version.parents[0] == versionId, "parents");
        vm.assertEq(models.versionCount(), 2, "count");
        vm.assertEq(models.versionCountOf(modelId), 2, "count of model");
        vm.assertTrue(models.versionOfAt(modelId, 1) == id, "at");
        vm.assertTrue(models.versionExists(id) && !models.versionExists(VersionId.wrap(3)), "exists");
        vm.assertFalse(models.versionExists(VersionId.wrap(0)), "zero never exists");
        vm.assertEq(models.authorOf(id), author, "author of");
        vm.assertTrue(models.liveVersionOf(modelId) == VersionId.wrap(0), "not live by itself");
    }

    function test_publishVersion_emitsEverything() public {
        IModelRegistry.VersionInput memory input = versionInput();
        vm.expectEmit(true, true, true, true, address(models));
        emit IModelRegistry.VersionPublished(
            VersionId.wrap(2),
            modelId,
            author,
            input.cid,
            input.sha256Hash,
            input.programRoot,
            input.sizeBytes,
            input.licence,
            input.cardCid,
            input.parents
        );
        vm.prank(author);
        models.publishVersion(modelId, input);
    }

    function test_publishVersion_refusals() public {
        IModelRegistry.VersionInput memory input = versionInput();
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistryCallerNotAuthor.selector,
                modelId,
                address(this),
                author
            )
        );
        models.publishVersion(modelId, input);
        ModelId unknown = ModelId.wrap(77);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryModelUnknown.selector, unknown));
        models.publishVersion(unknown, input);

        input.cid = "";
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryCidInvalid.selector, ""));
        input = versionInput();
        input.cardCid = "has space 12";
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryCidInvalid.selector, "has space 12"));
        input = versionInput();
        input.licence = "";
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryLicenceInvalid.selector, ""));
        input = versionInput();
        input.sha256Hash = 0;
        _refused(input, errorOf(IModelRegistry.ModelRegistryHashMissing.selector));
        input = versionInput();
        input.sizeBytes = 0;
        _refused(input, errorOf(IModelRegistry.ModelRegistrySizeMissing.selector));
    }

    /// @dev Limits in code, at the limit and one past it (K16).
    function test_publishVersion_parents() public {
        IModelRegistry.VersionInput memory input = versionInput();
        for (uint256 i = 0; i < 8; ++i) {
            vm.prank(author);
            models.publishVersion(modelId, input);
        }
        input.parents = new VersionId[](8);
        for (uint256 i = 0; i < 8; ++i) input.parents[i] = VersionId.wrap(8 - i);
        vm.prank(author);
        models.publishVersion(modelId, input);

        input.parents[7] = VersionId.wrap(8);
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryParentRepeated.selector, 8));
        input.parents[7] = VersionId.wrap(11);
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 11));
        input.parents = new VersionId[](9);
        _refused(input, abi.encodeWithSelector(IModelRegistry.ModelRegistryTooManyParents.selector, 9, 8));
    }

    function test_setLive_andRetire_onlyTheDao() public {
        bytes memory refusal = abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, author, treasury);
        vm.prank(author);
        vm.expectRevert(refusal);
        models.setLive(modelId, versionId);
        vm.prank(author);
        vm.expectRevert(refusal);
        models.retire(modelId);

        vm.startPrank(treasury);
        vm.expectEmit(true, true, true, true, address(models));
        emit IModelRegistry.LiveVersionChanged(modelId, VersionId.wrap(0), versionId);
        models.setLive(modelId, versionId);
        vm.assertTrue(models.liveVersionOf(modelId) == versionId, "live");
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelRegistryLiveUnchanged.selector, modelId, versionId)
        );
        models.setLive(modelId, versionId);
        models.retire(modelId);
        vm.assertTrue(models.getModel(modelId).liveVersionId == VersionId.wrap(0), "retired");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryLiveUnchanged.selector, modelId, 0));
        models.retire(modelId);
        vm.stopPrank();
    }

    function test_setLive_refusesForeignVersions() public {
        (ModelId other, ) = newVersion(stranger, "other");
        vm.startPrank(treasury);
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistryVersionOfOtherModel.selector,
                versionId,
                other,
                modelId
            )
        );
        models.setLive(other, versionId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 9));
        models.setLive(modelId, VersionId.wrap(9));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryModelUnknown.selector, 9));
        models.setLive(ModelId.wrap(9), versionId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryModelUnknown.selector, 9));
        models.retire(ModelId.wrap(9));
        vm.stopPrank();
    }

    function test_authorTransfer_twoSteps() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistryCallerNotAuthor.selector,
                modelId,
                address(this),
                author
            )
        );
        models.transferAuthor(modelId, stranger);
        vm.prank(author);
        models.transferAuthor(modelId, stranger);
        vm.assertEq(models.getModel(modelId).pendingAuthor, stranger, "offered");
        vm.assertEq(models.authorOf(versionId), author, "not yet");
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.ModelRegistryCallerNotPendingAuthor.selector,
                modelId,
                address(this),
                stranger
            )
        );
        models.acceptAuthor(modelId);
        vm.expectEmit(true, true, true, true, address(models));
        emit IModelRegistry.AuthorTransferred(modelId, author, stranger);
        vm.prank(stranger);
        models.acceptAuthor(modelId);
        vm.assertEq(models.authorOf(versionId), stranger, "new author");
        vm.prank(author);
        vm.expectRevert();
        models.publishVersion(modelId, versionInput());
        vm.prank(stranger);
        vm.expectRevert();
        models.acceptAuthor(modelId);
    }

    function test_authorTransfer_canBeTakenBack() public {
        vm.startPrank(author);
        models.transferAuthor(modelId, stranger);
        models.transferAuthor(modelId, address(0));
        vm.stopPrank();
        vm.prank(stranger);
        vm.expectRevert();
        models.acceptAuthor(modelId);
    }

    function test_views_ofTheUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryModelUnknown.selector, 5));
        models.getModel(ModelId.wrap(5));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryModelUnknown.selector, 5));
        models.liveVersionOf(ModelId.wrap(5));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 5));
        models.getVersion(VersionId.wrap(5));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 5));
        models.authorOf(VersionId.wrap(5));
    }

    /// @dev Nothing an author or a stranger can call changes a published version (K20).
    function test_fuzz_versionsNeverChange(bytes32 a, bytes32 b, uint64 size) public {
        bytes32 before = keccak256(abi.encode(models.getVersion(versionId)));
        IModelRegistry.VersionInput memory input = versionInput();
        input.sha256Hash = a == 0 ? bytes32(uint256(1)) : a;
        input.programRoot = b;
        input.sizeBytes = size == 0 ? 1 : size;
        vm.startPrank(author);
        models.publishVersion(modelId, input);
        models.transferAuthor(modelId, stranger);
        vm.stopPrank();
        vm.prank(stranger);
        models.acceptAuthor(modelId);
        vm.prank(treasury);
        models.setLive(modelId, versionId);
        vm.assertEq(keccak256(abi.encode(models.getVersion(versionId))), before, "immutable");
    }

    function _refused(IModelRegistry.VersionInput memory input, bytes memory reason) private {
        vm.prank(author);
        vm.expectRevert(reason);
        models.publishVersion(modelId, input);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {Protocol} from "../../helpers/sol/Protocol.sol";

/// @dev Identity: registration, keys, endpoint, offers.
contract WorkerRegistryTest is Protocol {
    address private worker;
    VersionId private versionId;

    function setUp() public {
        deployProtocol();
        worker = newWorker("worker", 5_000e18);
        (, versionId) = newVersion(actor("author"), "digits");
    }

    function test_register() public view {
        IWorkerRegistry.Worker memory record = workers.getWorker(worker);
        vm.assertEq(record.hotKey, vm.addr(keyOf("worker hot")), "hot key");
        vm.assertEq(record.registeredAt, block.timestamp, "time");
        vm.assertEq(record.stakeWei, 5_000e18, "stake");
        vm.assertEq(record.thawingWei, 0, "thawing");
        vm.assertEq(record.lockedWei, 0, "locked");
        vm.assertEq(record.endpoint, "https://worker.example", "endpoint");
        vm.assertTrue(workers.isActive(worker), "active");
        vm.assertEq(workers.workerOf(worker), worker, "owner acts for himself");
        vm.assertEq(workers.workerOf(record.hotKey), worker, "hot key acts for him");
        vm.assertEq(workers.workerOf(holder), address(0), "nobody");
        vm.assertEq(workers.workerCount(), 1, "count");
        vm.assertEq(workers.workerAt(0), worker, "list");
        vm.assertEq(token.balanceOf(address(workers)), 5_000e18, "balance");
        vm.assertEq(workers.delegates(worker), worker, "delegates to himself");
        vm.assertEq(workers.getVotes(worker), 5_000e18, "votes");
        vm.assertEq(workers.CLOCK_MODE(), "mode=timestamp", "clock mode");
    }

    function test_register_emits() public {
        address bob = _funded("bob", MIN_STAKE);
        (address hotKey, bytes memory consent) = hotKeyOf("bob", bob);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.HotKeyChanged(bob, address(0), hotKey);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.EndpointChanged(bob, "http://b");
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.WorkerRegistered(bob, hotKey, "http://b");
        vm.prank(bob);
        workers.register(hotKey, consent, "http://b", MIN_STAKE);
    }

    function test_register_adoptsTheTokenDelegate() public {
        address bob = _funded("bob", MIN_STAKE);
        vm.prank(bob);
        token.delegate(holder);
        _register("bob", MIN_STAKE);
        vm.assertEq(workers.delegates(bob), holder, "same voice");
        vm.assertEq(workers.getVotes(holder), MIN_STAKE, "votes");
    }

    function test_register_keepsAnEarlierChoice() public {
        address bob = _funded("bob", MIN_STAKE);
        vm.prank(bob);
        workers.delegate(worker);
        _register("bob", MIN_STAKE);
        vm.assertEq(workers.delegates(bob), worker, "own choice");
    }

    function test_register_refusals() public {
        (address hotKey, bytes memory consent) = hotKeyOf("worker", worker);
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryAlreadyRegistered.selector, worker));
        workers.register(hotKey, consent, "http://b", MIN_STAKE);

        address bob = _funded("bob", MIN_STAKE);
        (address bobHot, bytes memory bobConsent) = hotKeyOf("bob", bob);
        vm.startPrank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStakeTooSmall.selector,
                MIN_STAKE - 1,
                MIN_STAKE
            )
        );
        workers.register(bobHot, bobConsent, "http://b", MIN_STAKE - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryEndpointInvalid.selector, "ftp://bob")
        );
        workers.register(bobHot, bobConsent, "ftp://bob", MIN_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyTaken.selector, hotKey, worker));
        workers.register(hotKey, consent, "http://b", MIN_STAKE);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyInvalid.selector, address(0))
        );
        workers.register(address(0), "", "http://b", MIN_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyInvalid.selector, bob));
        workers.register(bob, bobConsent, "http://b", MIN_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyInvalid.selector, worker));
        workers.register(worker, bobConsent, "http://b", MIN_STAKE);
        vm.stopPrank();

        vm.prank(hotKey);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyTaken.selector, hotKey, worker));
        workers.register(bobHot, bobConsent, "http://b", MIN_STAKE);
    }

    /// @dev Nobody can take another's key hostage: it must have signed for exactly this worker (S6).
    function test_register_needsTheHotKeysConsent() public {
        address bob = _funded("bob", MIN_STAKE);
        (address hotKey, bytes memory consent) = hotKeyOf("victim", worker);
        vm.startPrank(bob);
        bytes memory refusal = abi.encodeWithSelector(
            IWorkerRegistry.WorkerRegistryHotKeyDissents.selector,
            hotKey,
            bob
        );
        vm.expectRevert(refusal);
        workers.register(hotKey, consent, "http://b", MIN_STAKE);
        vm.expectRevert(refusal);
        workers.register(hotKey, "", "http://b", MIN_STAKE);
        vm.stopPrank();
    }

    function test_registerWithPermit_survivesAFrontRunPermit() public {
        address bob = actor("bob");
        give(bob, MIN_STAKE);
        IWorkerRegistry.Permit memory permit = _permit("bob", MIN_STAKE);
        token.permit(bob, address(workers), MIN_STAKE, permit.deadline, permit.v, permit.r, permit.s);
        (address hotKey, bytes memory consent) = hotKeyOf("bob", bob);
        vm.prank(bob);
        workers.registerWithPermit(hotKey, consent, "http://b", MIN_STAKE, permit);
        vm.assertTrue(workers.isActive(bob), "registered");
    }

    function test_withPermit_inOneTransaction() public {
        address bob = actor("bob");
        give(bob, MIN_STAKE + 7);
        (address hotKey, bytes memory consent) = hotKeyOf("bob", bob);
        IWorkerRegistry.Permit memory permit = _permit("bob", MIN_STAKE);
        vm.prank(bob);
        workers.registerWithPermit(hotKey, consent, "http://b", MIN_STAKE, permit);
        permit = _permit("bob", 7);
        vm.prank(bob);
        workers.addStakeWithPermit(7, permit);
        vm.assertEq(workers.getWorker(bob).stakeWei, MIN_STAKE + 7, "stake");
    }

    function test_withPermit_refusesABadPermit() public {
        give(worker, 7);
        IWorkerRegistry.Permit memory permit = _permit("somebody else", 7);
        vm.prank(worker);
        vm.expectRevert();
        workers.addStakeWithPermit(7, permit);
    }

    function test_setHotKey_freesTheOldOne() public {
        address old = workers.getWorker(worker).hotKey;
        (address fresh, bytes memory consent) = hotKeyOf("fresh", worker);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.HotKeyChanged(worker, old, fresh);
        vm.prank(worker);
        workers.setHotKey(fresh, consent);
        vm.assertEq(workers.workerOf(old), address(0), "old key acts for nobody");
        vm.assertEq(workers.workerOf(fresh), worker, "new key");

        vm.assertEq(workers.retiredUntil(old), block.timestamp + THAW, "retired");

        address bob = _funded("bob", MIN_STAKE);
        bytes memory again = sign(keyOf("worker hot"), workers.hotKeyConsentDigest(bob));
        skip(THAW - 1);
        vm.assertEq(workers.workerOfSigner(old), worker, "what it signed still binds");
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyTaken.selector, old, worker));
        workers.register(old, again, "http://b", MIN_STAKE);
        skip(1);
        vm.assertEq(workers.workerOfSigner(old), address(0), "and then no longer");
        vm.prank(bob);
        workers.register(old, again, "http://b", MIN_STAKE);
        vm.assertEq(workers.workerOf(old), bob, "old key moved on");
        vm.assertEq(workers.workerOfSigner(old), bob, "for receipts too");
    }

    /// @dev His own retired key comes back to a worker at once, and a retired key is no worker of its own meanwhile.
    function test_setHotKey_takesTheOldOneBack() public {
        address old = workers.getWorker(worker).hotKey;
        (address fresh, bytes memory consent) = hotKeyOf("fresh", worker);
        vm.prank(worker);
        workers.setHotKey(fresh, consent);
        give(old, MIN_STAKE);
        vm.startPrank(old);
        token.approve(address(workers), MIN_STAKE);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyTaken.selector, old, worker));
        workers.register(actor("other hot"), "", "http://b", MIN_STAKE);
        vm.stopPrank();
        (, bytes memory again) = hotKeyOf("worker", worker);
        vm.prank(worker);
        workers.setHotKey(old, again);
        vm.assertEq(workers.workerOf(old), worker, "serves again");
        vm.assertEq(workers.workerOfSigner(fresh), worker, "the other one is bound now");
    }

    /// @dev The hot key runs the service and nothing else; strangers do nothing (S6, C7).
    function test_ownerOnly() public {
        address hotKey = workers.getWorker(worker).hotKey;
        address[2] memory callers = [hotKey, actor("stranger")];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryNotRegistered.selector,
                callers[i]
            );
            vm.startPrank(callers[i]);
            vm.expectRevert(refusal);
            workers.addStake(1);
            vm.expectRevert(refusal);
            workers.requestUnstake(1);
            vm.expectRevert(refusal);
            workers.withdraw();
            vm.expectRevert(refusal);
            workers.setHotKey(callers[i], "");
            vm.expectRevert(refusal);
            workers.setEndpoint("http://evil");
            vm.stopPrank();
        }
    }

    function test_setEndpoint() public {
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.EndpointChanged(worker, "https://new.example:1/");
        vm.prank(worker);
        workers.setEndpoint("https://new.example:1/");
        vm.assertEq(workers.getWorker(worker).endpoint, "https://new.example:1/", "endpoint");
    }

    function test_offer_byOwnerAndHotKey() public {
        address hotKey = workers.getWorker(worker).hotKey;
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.OfferMade(worker, versionId, 5);
        vm.prank(hotKey);
        workers.offer(versionId, 5);
        vm.prank(worker);
        workers.offer(versionId, 6);
        (bool offered, uint128 fee) = workers.offerOf(worker, versionId);
        vm.assertTrue(offered, "offered");
        vm.assertEq(fee, 6, "fee");
        vm.assertEq(workers.serverCount(versionId), 1, "listed once");
        vm.assertEq(workers.serverAt(versionId, 0), worker, "listed");

        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.OfferWithdrawn(worker, versionId);
        vm.prank(hotKey);
        workers.withdrawOffer(versionId);
        (offered, fee) = workers.offerOf(worker, versionId);
        vm.assertTrue(!offered && fee == 0, "gone");
        vm.assertEq(workers.serverCount(versionId), 0, "unlisted");
    }

    function test_offer_refusals() public {
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryCallerNotWorker.selector, address(this))
        );
        workers.offer(versionId, 5);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryCallerNotWorker.selector, address(this))
        );
        workers.withdrawOffer(versionId);
        vm.startPrank(worker);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryVersionUnknown.selector, 99));
        workers.offer(VersionId.wrap(99), 5);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryOfferUnknown.selector, worker, versionId)
        );
        workers.withdrawOffer(versionId);
        vm.stopPrank();
    }

    /// @dev The list of servers and the offers agree after any order of comings and goings.
    function test_fuzz_offers_listMatches(uint256 seed) public {
        address[4] memory all = [worker, newWorker("w1", MIN_STAKE), newWorker("w2", MIN_STAKE), newWorker("w3", MIN_STAKE)];
        bool[4] memory on;
        uint256 expected;
        for (uint256 step = 0; step < 24; ++step) {
            uint256 i = uint256(keccak256(abi.encode(seed, step))) % 4;
            vm.prank(all[i]);
            if (on[i]) workers.withdrawOffer(versionId);
            else workers.offer(versionId, uint128(step));
            on[i] = !on[i];
            expected = on[i] ? expected + 1 : expected - 1;
            vm.assertEq(workers.serverCount(versionId), expected, "count");
            for (uint256 j = 0; j < expected; ++j) {
                (bool offered, ) = workers.offerOf(workers.serverAt(versionId, j), versionId);
                vm.assertTrue(offered, "listed but not offered");
                for (uint256 k = 0; k < j; ++k) {
                    vm.assertNotEq(workers.serverAt(versionId, j), workers.serverAt(versionId, k), "listed twice");
                }
            }
        }
    }

    function test_consentDigest_isEip712() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Assay Workers"),
                keccak256("1"),
                block.chainid,
                address(workers)
            )
        );
        bytes32 structHash = keccak256(abi.encode(keccak256("HotKeyConsent(address worker)"), worker));
        vm.assertEq(
            workers.hotKeyConsentDigest(worker),
            keccak256(abi.encodePacked("\x19\x01", domain, structHash)),
            "digest"
        );
    }

    function _funded(string memory name, uint256 amount) private returns (address account) {
        account = actor(name);
        give(account, amount);
        vm.prank(account);
        token.approve(address(workers), amount);
    }

    function _register(string memory name, uint256 amount) private {
        address account = actor(name);
        (address hotKey, bytes memory consent) = hotKeyOf(name, account);
        vm.prank(account);
        workers.register(hotKey, consent, "http://b", amount);
    }

    function _permit(string memory name, uint256 amount) private returns (IWorkerRegistry.Permit memory) {
        address owner = actor(name);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(workers),
                amount,
                token.nonces(owner),
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(name), digest);
        return IWorkerRegistry.Permit(block.timestamp, v, r, s);
    }
}

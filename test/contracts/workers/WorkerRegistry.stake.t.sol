// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Protocol} from "../../helpers/sol/Protocol.sol";

/// @dev Money: stake, thaw, lock, slash.
contract WorkerRegistryStakeTest is Protocol {
    address private worker;
    address private locker;
    address private slasher;
    address private victimFund;

    function setUp() public {
        deployProtocol();
        worker = newWorker("worker", 5_000e18);
        locker = actor("locker");
        slasher = actor("slasher");
        victimFund = actor("fund");
        vm.startPrank(treasury);
        workers.setLocker(locker, true);
        workers.setSlasher(slasher, true);
        vm.stopPrank();
    }

    function test_addStake() public {
        give(worker, 10);
        vm.startPrank(worker);
        token.approve(address(workers), 10);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.StakeAdded(worker, 10, 5_000e18 + 10);
        workers.addStake(10);
        vm.expectRevert(errorOf(IWorkerRegistry.WorkerRegistryAmountZero.selector));
        workers.addStake(0);
        vm.stopPrank();
    }

    /// @dev One transaction, no allowance left behind (ERC-1363).
    function test_approveAndCall_addsStake() public {
        give(worker, 10);
        vm.prank(worker);
        vm.assertTrue(token.approveAndCall(address(workers), 10), "approved");
        vm.assertEq(workers.getWorker(worker).stakeWei, 5_000e18 + 10, "staked");
        vm.assertEq(token.allowance(worker, address(workers)), 0, "nothing left to take");
        vm.prank(worker);
        vm.expectRevert(errorOf(IWorkerRegistry.WorkerRegistryAmountZero.selector));
        token.approveAndCall(address(workers), 0);
    }

    function test_approveAndCall_registers() public {
        address fresh = actor("fresh");
        give(fresh, 5_000e18);
        (address hotKey, bytes memory consent) = hotKeyOf("fresh", fresh);
        vm.prank(fresh);
        token.approveAndCall(address(workers), 5_000e18, abi.encode(hotKey, consent, "https://fresh.example"));
        vm.assertTrue(workers.isActive(fresh), "a worker");
        vm.assertEq(workers.getWorker(fresh).endpoint, "https://fresh.example", "endpoint");
        vm.assertEq(workers.workerOf(hotKey), fresh, "hot key");
        vm.assertEq(workers.getVotes(fresh), 5_000e18, "votes stay his");
    }

    /// @dev Who is no worker, or whose hot key agreed to serve another one, keeps his tokens.
    function test_approveAndCall_rejects() public {
        address fresh = actor("fresh");
        give(fresh, 5_000e18);
        (address hotKey, bytes memory consent) = hotKeyOf("fresh", worker);
        vm.startPrank(fresh);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryNotRegistered.selector, fresh));
        token.approveAndCall(address(workers), 10);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryHotKeyDissents.selector, hotKey, fresh)
        );
        token.approveAndCall(address(workers), 5_000e18, abi.encode(hotKey, consent, "https://fresh.example"));
        vm.expectRevert();
        token.approveAndCall(address(workers), 5_000e18, hex"00");
        vm.stopPrank();
        vm.assertEq(token.balanceOf(fresh), 5_000e18, "nothing moved");
    }

    /// @dev Tokens cannot be lost here by the other half of ERC-1363: the registry takes approvals, no transfers.
    function test_transferAndCall_isRefused() public {
        give(worker, 10);
        vm.startPrank(worker);
        vm.expectRevert();
        token.transferAndCall(address(workers), 10);
        vm.expectRevert();
        token.transferAndCall(address(workers), 10, hex"01");
        vm.stopPrank();
        vm.assertEq(token.balanceOf(worker), 10, "nothing moved");
    }

    /// @dev Otherwise anybody could stake what others have approved, or register them.
    function test_onApprovalReceived_onlyFromTheToken() public {
        give(worker, 10);
        vm.prank(worker);
        token.approve(address(workers), 10);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryCallerNotToken.selector, address(this)));
        workers.onApprovalReceived(worker, 10, "");
    }

    function test_unstake_fullExit() public {
        vm.startPrank(worker);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.UnstakeRequested(worker, 5_000e18, 5_000e18, uint64(block.timestamp + THAW));
        workers.requestUnstake(5_000e18);
        vm.assertFalse(workers.isActive(worker), "inactive at once");
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStillThawing.selector,
                worker,
                block.timestamp + THAW
            )
        );
        workers.withdraw();
        skip(THAW - 1);
        vm.expectRevert();
        workers.withdraw();
        skip(1);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.StakeWithdrawn(worker, 5_000e18);
        workers.withdraw();
        vm.assertEq(token.balanceOf(worker), 5_000e18, "back");
        vm.assertEq(workers.getVotes(worker), 0, "votes left with it");
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryNothingThawing.selector, worker)
        );
        workers.withdraw();
        vm.stopPrank();
    }

    /// @dev Thawing stake votes with its owner, also when he changes his mind about who speaks for it.
    function test_unstake_thenRedelegate() public {
        vm.startPrank(worker);
        workers.requestUnstake(2_000e18);
        workers.delegate(holder);
        vm.assertEq(workers.getVotes(holder), 5_000e18, "all of it moves");
        skip(THAW);
        workers.withdraw();
        vm.stopPrank();
        vm.assertEq(workers.getVotes(holder), 3_000e18, "what stays");
        vm.assertEq(workers.getVotes(worker), 0, "nothing left behind");
    }

    function test_unstake_refusals() public {
        vm.startPrank(worker);
        vm.expectRevert(errorOf(IWorkerRegistry.WorkerRegistryAmountZero.selector));
        workers.requestUnstake(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStakeNotFree.selector,
                worker,
                5_000e18 + 1,
                5_000e18
            )
        );
        workers.requestUnstake(5_000e18 + 1);
        vm.stopPrank();
    }

    /// @dev A second request waits for the later of both ends; a shorter thaw voted in between speeds nothing up (T12).
    function test_fuzz_unstake_twice(uint256 first, uint256 second, uint256 gap, uint256 newThaw) public {
        first = bound(first, 1, 2_500e18);
        second = bound(second, 1, 2_500e18);
        gap = bound(gap, 0, THAW);
        newThaw = bound(newThaw, LONGEST_CLAIM, 180 days);
        vm.prank(worker);
        workers.requestUnstake(first);
        uint256 firstEnd = block.timestamp + THAW;
        skip(gap);
        setParameter(IParameters.Parameter.ThawSeconds, newThaw);
        vm.assertEq(workers.getWorker(worker).thawEndsAt, firstEnd, "a vote moves no running thaw");
        vm.prank(worker);
        workers.requestUnstake(second);
        uint256 secondEnd = block.timestamp + newThaw;
        uint256 end = firstEnd > secondEnd ? firstEnd : secondEnd;
        vm.assertEq(workers.getWorker(worker).thawEndsAt, end, "later end");
        vm.assertEq(workers.getWorker(worker).thawingWei, first + second, "together");
        vm.warp(end);
        vm.prank(worker);
        workers.withdraw();
        vm.assertEq(token.balanceOf(worker), first + second, "both");
    }

    function test_lock_onlyLockers_withinFreeStake() public {
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryCallerNotLocker.selector, address(this))
        );
        workers.lock(worker, 1);
        vm.startPrank(locker);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryNotRegistered.selector, locker)
        );
        workers.lock(locker, 1);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.StakeLocked(worker, locker, 4_000e18);
        workers.lock(worker, 4_000e18);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryStakeNotFree.selector,
                worker,
                1_000e18 + 1,
                1_000e18
            )
        );
        workers.lock(worker, 1_000e18 + 1);
        vm.stopPrank();
        vm.assertEq(workers.lockedBy(locker, worker), 4_000e18, "locked by");
        vm.assertEq(workers.freeStakeOf(worker), 1_000e18, "free");
        vm.prank(worker);
        vm.expectRevert();
        workers.requestUnstake(1_000e18 + 1);
    }

    function test_unlock_onlyWhatOneLocked() public {
        vm.prank(locker);
        workers.lock(worker, 10);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryLockTooSmall.selector,
                worker,
                address(this),
                1,
                0
            )
        );
        workers.unlock(worker, 1);
        vm.prank(treasury);
        workers.setLocker(locker, false);
        vm.startPrank(locker);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryLockTooSmall.selector, worker, locker, 11, 10)
        );
        workers.unlock(worker, 11);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.StakeUnlocked(worker, locker, 4);
        workers.unlock(worker, 4);
        vm.assertEq(workers.lockedBy(locker, worker), 6, "the rest");
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryLockTooSmall.selector, worker, locker, 7, 6)
        );
        workers.unlock(worker, 7);
        workers.unlock(worker, 6);
        vm.stopPrank();
        vm.assertEq(workers.freeStakeOf(worker), 5_000e18, "a former locker can still release");
    }

    function test_appointments_onlyTheTimelock() public {
        bytes memory refusal = abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, worker, treasury);
        vm.startPrank(worker);
        vm.expectRevert(refusal);
        workers.setLocker(worker, true);
        vm.expectRevert(refusal);
        workers.setSlasher(worker, true);
        vm.stopPrank();
        vm.startPrank(treasury);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.SlasherSet(slasher, false);
        workers.setSlasher(slasher, false);
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.LockerSet(locker, false);
        workers.setLocker(locker, false);
        vm.stopPrank();
        vm.assertFalse(workers.isSlasher(slasher) || workers.isLocker(locker), "dismissed");
    }

    /// @dev Any amount against any mix of active, thawing and locked stake: capped, exact, votes follow (S3, S9, S11).
    function test_fuzz_slash(uint256 thawing, uint256 locked, uint256 amount) public {
        thawing = bound(thawing, 0, 5_000e18);
        locked = bound(locked, 0, 5_000e18 - thawing);
        if (amount % 2 == 0) amount = bound(amount, 0, 6_000e18);
        if (thawing > 0) {
            vm.prank(worker);
            workers.requestUnstake(thawing);
        }
        vm.prank(locker);
        workers.lock(worker, locked);

        uint256 taken = amount < 5_000e18 ? amount : 5_000e18;
        vm.expectEmit(true, true, true, true, address(workers));
        emit IWorkerRegistry.WorkerSlashed(worker, slasher, "offence", amount, taken, victimFund);
        vm.prank(slasher);
        vm.assertEq(workers.slash(worker, "offence", amount, victimFund), taken, "taken");
        IWorkerRegistry.Worker memory record = workers.getWorker(worker);
        vm.assertEq(uint256(record.stakeWei) + record.thawingWei, 5_000e18 - taken, "left");
        vm.assertEq(token.balanceOf(victimFund), taken, "paid");
        vm.assertEq(token.balanceOf(address(workers)), 5_000e18 - taken, "balance");
        vm.assertEq(workers.getVotes(worker), 5_000e18 - taken, "votes follow");
        vm.assertTrue(workers.isSlashed(slasher, "offence"), "recorded");

        vm.prank(locker);
        workers.unlock(worker, locked);
        if (record.stakeWei > 0) {
            vm.prank(worker);
            workers.requestUnstake(record.stakeWei);
        }
        skip(THAW);
        if (taken < 5_000e18) {
            vm.prank(worker);
            workers.withdraw();
        }
        vm.assertEq(token.balanceOf(address(workers)), 0, "everyone can exit");
    }

    function test_slash_refusals() public {
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryCallerNotSlasher.selector, address(this))
        );
        workers.slash(worker, "o", 1, victimFund);
        vm.startPrank(slasher);
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryRecipientInvalid.selector, address(0))
        );
        workers.slash(worker, "o", 1, address(0));
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryRecipientInvalid.selector, address(workers))
        );
        workers.slash(worker, "o", 1, address(workers));
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerRegistryNotRegistered.selector, holder));
        workers.slash(holder, "o", 1, victimFund);
        workers.slash(worker, "o", 1, victimFund);
        vm.expectRevert(
            abi.encodeWithSelector(
                IWorkerRegistry.WorkerRegistryOffenceSettled.selector,
                slasher,
                bytes32("o")
            )
        );
        workers.slash(worker, "o", 1, victimFund);
        workers.slash(worker, "another", 1, victimFund);
        vm.stopPrank();
    }

    /// @dev New stake after a slash is untouched by it; locks of other claims then bind the new stake (S10).
    function test_slash_thenNewStakeIsWhole() public {
        vm.prank(locker);
        workers.lock(worker, 2_000e18);
        vm.prank(slasher);
        workers.slash(worker, "o", 5_000e18, victimFund);
        vm.assertFalse(workers.isActive(worker), "inactive");
        vm.assertEq(workers.freeStakeOf(worker), 0, "nothing free");
        give(worker, 3_000e18);
        vm.startPrank(worker);
        token.approve(address(workers), 3_000e18);
        workers.addStake(3_000e18);
        vm.stopPrank();
        vm.assertEq(workers.getWorker(worker).stakeWei, 3_000e18, "whole");
        vm.assertEq(workers.freeStakeOf(worker), 1_000e18, "older claims stay backed");
    }

    /// @dev Whoever is not the owner can only add claimable tokens to a record, never change it (S6, invariant 18).
    function test_fuzz_strangersChangeNothing(address stranger, uint256 amount, bytes32 id) public {
        vm.assume(stranger != worker && !workers.isLocker(stranger) && !workers.isSlasher(stranger));
        vm.assume(stranger != treasury);
        vm.assume(stranger != workers.getWorker(worker).hotKey);
        bytes32 before = keccak256(abi.encode(workers.getWorker(worker)));
        bytes[9] memory calls = [
            abi.encodeCall(workers.addStake, (amount)),
            abi.encodeCall(workers.requestUnstake, (amount)),
            abi.encodeCall(workers.withdraw, ()),
            abi.encodeCall(workers.lock, (worker, amount)),
            abi.encodeCall(workers.unlock, (worker, amount)),
            abi.encodeCall(workers.slash, (worker, id, amount, stranger)),
            abi.encodeCall(workers.setEndpoint, ("http://evil")),
            abi.encodeCall(workers.setLocker, (stranger, true)),
            abi.encodeCall(workers.setSlasher, (stranger, true))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool ok, ) = address(workers).call(calls[i]);
            // Unlocking nothing is the one call that succeeds, and it changes nothing.
            vm.assertTrue(!ok || (i == 4 && amount == 0), "a stranger got through");
        }
        vm.assertEq(keccak256(abi.encode(workers.getWorker(worker))), before, "record");
    }

    function test_isActive_followsTheMinimum() public {
        setParameter(IParameters.Parameter.MinStakeWei, 5_000e18);
        vm.assertTrue(workers.isActive(worker), "at the minimum");
        setParameter(IParameters.Parameter.MinStakeWei, 5_000e18 + 1);
        vm.assertFalse(workers.isActive(worker), "below");
        vm.assertFalse(workers.isActive(holder), "never registered");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ITill} from "../../../contracts/interfaces/ITill.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {JobId, VersionId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";

/// @dev Credits, withdrawals and tills.
contract JobMarketMoneyTest is Jobs {
    function setUp() public {
        openMarket();
    }

    function test_withdraw() public {
        JobId jobId = submitted(1);
        vm.prank(client);
        evaluator.accept(jobId);
        uint256 share = (FEE * 80) / 100;
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.CreditWithdrawn(worker, share);
        vm.prank(worker);
        vm.assertEq(market.withdraw(), share, "amount");
        vm.assertEq(token.balanceOf(worker), share, "paid");
        vm.prank(worker);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketNothingToWithdraw.selector, worker));
        market.withdraw();
    }

    /// @dev Anybody may bring the money, only to its owner.
    function test_fuzz_withdrawFor(address caller) public {
        vm.assume(caller != author);
        JobId jobId = submitted(1);
        vm.prank(client);
        evaluator.accept(jobId);
        uint256 before = token.balanceOf(caller);
        vm.prank(caller);
        vm.assertEq(market.withdrawFor(author), (FEE * 15) / 100, "amount");
        vm.assertEq(token.balanceOf(author), (FEE * 15) / 100, "to the author");
        vm.assertEq(token.balanceOf(caller), before, "not to the caller");
        market.withdrawFor(treasury);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketNothingToWithdraw.selector, caller));
        market.withdrawFor(caller == worker || caller == treasury ? actor("nobody") : caller);
    }

    /// @dev Whatever the fee and the shares: three parts, no wei lost (invariant 23).
    function test_fuzz_complete_conservesEveryWei(uint256 fee, uint16 workerBps, uint16 authorBps) public {
        fee = bound(fee, 1, MAX_FEE);
        workerBps = uint16(bound(workerBps, 5_000, 10_000));
        authorBps = uint16(bound(authorBps, 0, 10_000 - workerBps));
        if (authorBps > 4_000) authorBps = 4_000;
        uint16 rest = 10_000 - workerBps - authorBps;
        if (rest > 2_000) {
            workerBps += rest - 2_000;
            rest = 2_000;
        }
        vm.prank(treasury);
        parameters.setFeeShares(IParameters.FeeShares(workerBps, authorBps, rest));
        IJobMarket.JobTerms memory t = termsOf(client, worker, versionId, uint128(fee), 1);
        JobId jobId = market.openJob(t, authorize(keyOf("client"), t));
        vm.prank(worker);
        market.submit(jobId, "answer");
        vm.prank(client);
        evaluator.accept(jobId);
        uint256 sum = market.creditOf(worker) + market.creditOf(author) + market.creditOf(treasury);
        vm.assertEq(sum, fee, "whole");
        vm.assertEq(market.creditOf(worker), (fee * workerBps) / 10_000, "worker");
        vm.assertEq(market.creditOf(author), (fee * authorBps) / 10_000, "author");
    }

    function test_till_isDifferentForEveryPurpose() public {
        (, VersionId other) = newVersion(author, "other");
        address till = market.tillOf(worker, versionId);
        vm.assertNotEq(till, market.tillOf(worker, other), "version");
        vm.assertNotEq(till, market.tillOf(client, versionId), "worker");
        vm.assertEq(till.code.length, 0, "no code before the first collection");
    }

    function test_fuzz_collect_sharesWhatWasPaid(uint256 first, uint256 second) public {
        first = bound(first, 1, 400e18);
        second = bound(second, 1, 400e18);
        address till = market.tillOf(worker, versionId);
        vm.prank(client);
        vm.assertTrue(token.transfer(till, first), "paid");
        uint256 w = (first * 8_000) / 10_000;
        uint256 a = (first * 1_500) / 10_000;
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.TillCollected(worker, versionId, till, author, w, a, first - w - a);
        market.collect(worker, versionId);
        vm.assertEq(token.balanceOf(till), 0, "emptied");
        vm.assertEq(token.balanceOf(address(market)), first, "in the market");
        vm.assertTrue(till.code.length > 0, "deployed");

        vm.prank(client);
        vm.assertTrue(token.transfer(till, second), "paid again");
        market.collect(worker, versionId);
        uint256 sum = market.creditOf(worker) + market.creditOf(author) + market.creditOf(treasury);
        vm.assertEq(sum, first + second, "whole");
    }

    function test_collect_refusals() public {
        address till = market.tillOf(worker, versionId);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketTillEmpty.selector, till));
        market.collect(worker, versionId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelRegistryVersionUnknown.selector, 99));
        market.collect(worker, VersionId.wrap(99));
    }

    function test_till_sweep_onlyTheMarket() public {
        address till = market.tillOf(worker, versionId);
        vm.prank(client);
        vm.assertTrue(token.transfer(till, 5), "paid");
        market.collect(worker, versionId);
        vm.expectRevert(
            abi.encodeWithSelector(ITill.TillCallerNotMarket.selector, address(this), address(market))
        );
        ITill(till).sweep();
        address code = market.tillCode();
        vm.expectRevert(
            abi.encodeWithSelector(ITill.TillCallerNotMarket.selector, address(this), address(market))
        );
        ITill(code).sweep();
    }

    /// @dev Money sent to the market by mistake helps nobody and harms nobody.
    function test_donation_changesNoCredit() public {
        vm.prank(client);
        vm.assertTrue(token.transfer(address(market), 7e18), "donated");
        JobId jobId = submitted(1);
        vm.prank(client);
        evaluator.accept(jobId);
        market.withdrawFor(worker);
        market.withdrawFor(author);
        market.withdrawFor(treasury);
        vm.assertEq(token.balanceOf(address(market)), 7e18, "still there");
    }
}

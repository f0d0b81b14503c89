// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";
import {GasBurner, ReturnBomb, SmartAccount} from "../../helpers/sol/SmartAccount.sol";
import {Vm} from "../../helpers/sol/Vm.sol";

/// @dev Many jobs in one transaction.
contract JobMarketBatchTest is Jobs {
    /// @dev EIP-7825.
    uint256 private constant TRANSACTION_GAS = 16_777_216;

    function setUp() public {
        openMarket();
    }

    /// @dev The dearest case: 64 clients who never paid before and whose votes move with every payment.
    function test_batch_of64_fitsOneTransaction() public {
        IJobMarket.Submission[] memory items = _items(64);
        for (uint256 i = 0; i < 64; ++i) {
            uint256 key = keyOf("a client") + i;
            address payer = vm.addr(key);
            give(payer, 1e18);
            vm.prank(payer);
            token.delegate(payer);
            items[i].terms.client = payer;
            items[i].authorization = authorize(key, items[i].terms);
        }
        skip(1);
        _cool();
        vm.prank(hotKey);
        uint256 before = gasleft();
        uint256 submitted_ = market.openAndSubmitBatch(items);
        uint256 used = before - gasleft();
        vm.assertEq(submitted_, 64, "submitted");
        // 21,000 to start and at most 16 for each byte of calldata (the floor of EIP-7623 is lower here).
        used += 21_000 + abi.encodeCall(market.openAndSubmitBatch, (items)).length * 16;
        vm.assertLt(used, (TRANSACTION_GAS * 95) / 100, "gas of a batch of 64");

        JobId[] memory jobIds = new JobId[](64);
        for (uint256 i = 0; i < 64; ++i) jobIds[i] = market.jobIdOf(items[i].terms);
        skip(WINDOW);
        _cool();
        before = gasleft();
        vm.assertEq(evaluator.finalize(jobIds), 64, "completed");
        vm.assertLt(before - gasleft(), TRANSACTION_GAS / 4, "gas of finalising 64");
        vm.assertEq(market.creditOf(worker), (64 * uint256(FEE) * 80) / 100, "paid");
    }

    function test_batch_of64_byOneClient() public {
        IJobMarket.Submission[] memory items = _items(64);
        _cool();
        vm.prank(hotKey);
        uint256 before = gasleft();
        vm.assertEq(market.openAndSubmitBatch(items), 64, "submitted");
        vm.assertLt((before - gasleft()) / 64, 190_000, "gas of one item");
    }

    function test_batch_size() public {
        vm.startPrank(hotKey);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketBatchSize.selector, 0, 64));
        market.openAndSubmitBatch(new IJobMarket.Submission[](0));
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketBatchSize.selector, 65, 64));
        market.openAndSubmitBatch(new IJobMarket.Submission[](65));
        vm.stopPrank();
    }

    /// @dev Any bad item is skipped with its reason and harms no other.
    function test_fuzz_batch_badItemsHarmNobody(uint8 size, uint256 badMask, uint256 kinds) public {
        size = uint8(bound(size, 1, 10));
        IJobMarket.Submission[] memory items = _items(size);
        uint256 good;
        for (uint256 i = 0; i < size; ++i) {
            if ((badMask >> i) & 1 == 0) ++good;
            else _spoil(items[i], (kinds >> (4 * i)) % 6);
        }
        vm.recordLogs();
        vm.prank(hotKey);
        vm.assertEq(market.openAndSubmitBatch(items), good, "count");
        uint256 skipped;
        for (uint256 i = 0; i < size; ++i) {
            bool isGood = (badMask >> i) & 1 == 0;
            if (isGood) assertState(market.jobIdOf(items[i].terms), IJobMarket.JobState.Submitted, "good");
            else ++skipped;
        }
        vm.assertEq(_skips(), skipped, "skips");
        vm.assertEq(token.balanceOf(address(market)), good * FEE, "escrow");
        vm.assertEq(workers.lockedBy(address(market), worker), good * CLAIM_LOCK, "locks");
    }

    function test_batch_namesTheReason() public {
        IJobMarket.Submission[] memory items = _items(2);
        items[0].authorization.signature = items[1].authorization.signature;
        JobId jobId = market.jobIdOf(items[0].terms);
        vm.expectEmit(true, true, true, true, address(market));
        emit IJobMarket.JobSkipped(jobId, ERC3009.ERC3009InvalidSignature.selector);
        vm.prank(hotKey);
        market.openAndSubmitBatch(items);
        assertState(jobId, IJobMarket.JobState.None, "no trace");
    }

    function test_batch_sameJobTwice() public {
        IJobMarket.Submission[] memory items = new IJobMarket.Submission[](2);
        items[0] = submission(1);
        items[1] = items[0];
        vm.prank(hotKey);
        vm.assertEq(market.openAndSubmitBatch(items), 1, "once");
        vm.assertEq(token.balanceOf(address(market)), FEE, "paid once");
    }

    function test_batch_byTheWrongCaller() public {
        IJobMarket.Submission[] memory items = _items(2);
        vm.assertEq(market.openAndSubmitBatch(items), 0, "nothing");
        vm.assertEq(token.balanceOf(address(market)), 0, "nothing paid");
    }

    /// @dev Hostile smart accounts cost their own item at most (K15, Taiko M-14).
    function test_batch_hostileClients() public {
        IJobMarket.Submission[] memory items = _items(4);
        address[3] memory hostile = [address(new GasBurner()), address(new ReturnBomb()), address(this)];
        for (uint256 i = 0; i < 3; ++i) {
            give(hostile[i], 1e18);
            items[i].terms.client = hostile[i];
        }
        vm.prank(hotKey);
        uint256 before = gasleft();
        vm.assertEq(market.openAndSubmitBatch(items), 1, "the honest one");
        vm.assertLt(before - gasleft(), 2_600_000, "bounded gas");
    }

    function test_batch_smartAccountFitsItsGas() public {
        SmartAccount account = new SmartAccount(client);
        give(address(account), 1e18);
        IJobMarket.Submission[] memory items = new IJobMarket.Submission[](1);
        items[0] = submission(1);
        items[0].terms.client = address(account);
        items[0].authorization = authorize(keyOf("client"), items[0].terms);
        vm.prank(hotKey);
        vm.assertEq(market.openAndSubmitBatch(items), 1, "submitted");
    }

    /// @dev Too little gas reverts the whole batch instead of skipping good items, so that estimates are right.
    function test_fuzz_batch_neverSkipsForLackOfGas(uint256 gas_) public {
        IJobMarket.Submission[] memory items = _items(3);
        gas_ = bound(gas_, 100_000, 2_000_000);
        vm.prank(hotKey);
        try market.openAndSubmitBatch{gas: gas_}(items) returns (uint256 submitted_) {
            vm.assertEq(submitted_, 3, "all or nothing");
        } catch (bytes memory reason) {
            bool low = bytes4(reason) == IJobMarket.JobMarketGasTooLow.selector;
            vm.assertTrue(low || reason.length == 0, "out of gas");
            vm.assertEq(token.balanceOf(address(market)), 0, "nothing happened");
        }
    }

    function test_batch_gasTooLow() public {
        IJobMarket.Submission[] memory items = _items(1);
        vm.prank(hotKey);
        (bool ok, bytes memory reason) = address(market).call{gas: 500_000}(
            abi.encodeCall(market.openAndSubmitBatch, (items))
        );
        vm.assertFalse(ok, "refused");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(IJobMarket.JobMarketGasTooLow.selector), "reason");
    }

    function test_openAndSubmitFrom_onlyTheMarket() public {
        IJobMarket.Submission memory item = submission(1);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.JobMarketCallerNotSelf.selector, address(this)));
        market.openAndSubmitFrom(worker, item);
    }

    function _items(uint256 size) private view returns (IJobMarket.Submission[] memory items) {
        items = new IJobMarket.Submission[](size);
        for (uint256 i = 0; i < size; ++i) items[i] = submission(100 + i);
    }

    function _spoil(IJobMarket.Submission memory item, uint256 kind) private view {
        if (kind == 0) item.authorization.signature = "";
        if (kind == 1) item.deliverable = 0;
        if (kind == 2) item.terms.worker = holder;
        if (kind == 3) item.terms.expiresAt = uint64(block.timestamp);
        if (kind == 4) item.terms.evaluator = client;
        if (kind == 5) item.authorization.validAfter = type(uint256).max;
    }

    function _skips() private returns (uint256 count) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == IJobMarket.JobSkipped.selector) ++count;
        }
    }

    function _cool() private {
        vm.cool(address(market));
        vm.cool(address(token));
        vm.cool(address(workers));
        vm.cool(address(parameters));
        vm.cool(address(models));
    }
}

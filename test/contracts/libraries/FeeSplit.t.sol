// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {FeeSplit} from "../../../contracts/libraries/FeeSplit.sol";
import {Test} from "../../helpers/sol/Test.sol";

contract FeeSplitTest is Test {
    function test_fuzz_partsAddUpAndDustGoesToTheTreasury(uint256 fee, uint16 workerBps, uint16 authorBps) public pure {
        fee = bound(fee, 0, type(uint128).max);
        workerBps = uint16(bound(workerBps, 0, 10_000));
        authorBps = uint16(bound(authorBps, 0, 10_000 - workerBps));
        (uint256 worker, uint256 author, uint256 treasury) = FeeSplit.splitDown(fee, workerBps, authorBps);
        vm.assertEq(worker + author + treasury, fee, "whole");
        vm.assertLe(worker * 10_000, fee * workerBps, "worker rounds down");
        vm.assertLe(author * 10_000, fee * authorBps, "author rounds down");
        uint256 fair = fee * (10_000 - workerBps - authorBps);
        vm.assertLe(treasury * 10_000, fair + 2 * 10_000, "dust is below 2 wei");
    }

    function test_splitDown_oneWei() public pure {
        (uint256 worker, uint256 author, uint256 treasury) = FeeSplit.splitDown(1, 8_000, 1_500);
        vm.assertEq(worker, 0, "worker");
        vm.assertEq(author, 0, "author");
        vm.assertEq(treasury, 1, "treasury");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IVotingPower} from "../../../contracts/interfaces/IVotingPower.sol";
import {Protocol} from "../../helpers/sol/Protocol.sol";

contract VotingPowerTest is Protocol {
    address private worker;

    function setUp() public {
        deployProtocol();
        worker = newWorker("worker", 5_000e18);
        give(worker, 700e18);
        vm.prank(worker);
        token.delegate(worker);
    }

    function test_sumsLiquidAndStaked() public {
        vm.assertEq(votingPower.getVotes(worker), 5_700e18, "now");
        vm.assertEq(address(votingPower.token()), address(token), "token");
        vm.assertEq(address(votingPower.registry()), address(workers), "registry");
        vm.assertEq(votingPower.delegates(worker), worker, "delegate");
        vm.assertEq(votingPower.clock(), block.timestamp, "clock");
        vm.assertEq(votingPower.CLOCK_MODE(), "mode=timestamp", "mode");
        uint256 then = block.timestamp;
        skip(10);
        vm.prank(worker);
        vm.assertTrue(token.transfer(holder, 700e18), "transfer");
        vm.assertEq(votingPower.getPastVotes(worker, then), 5_700e18, "then");
        vm.assertEq(votingPower.getVotes(worker), 5_000e18, "after");
        vm.assertEq(votingPower.getPastTotalSupply(then), token.CAP(), "total is the token's");
    }

    function test_isReadOnly() public {
        vm.expectRevert(errorOf(IVotingPower.VotingPowerReadOnly.selector));
        votingPower.delegate(worker);
        vm.expectRevert(errorOf(IVotingPower.VotingPowerReadOnly.selector));
        votingPower.delegateBySig(worker, 0, 0, 27, 0, 0);
    }

    /// @dev Staking and unstaking moves votes from one source to the other within the block: the sum never changes (T11).
    function test_fuzz_movingStakeKeepsTheSum(uint256 amount, uint256 back) public {
        amount = bound(amount, 1, 700e18);
        back = bound(back, 1, 5_000e18);
        vm.startPrank(worker);
        token.approve(address(workers), amount);
        workers.addStake(amount);
        vm.assertEq(votingPower.getVotes(worker), 5_700e18, "after staking");
        workers.requestUnstake(back);
        vm.assertEq(votingPower.getVotes(worker), 5_700e18, "while thawing");
        skip(THAW);
        workers.withdraw();
        vm.assertEq(votingPower.getVotes(worker), 5_700e18, "after withdrawal");
        vm.stopPrank();
        vm.assertEq(token.delegates(address(workers)), address(0), "the pool itself is mute");
    }
}

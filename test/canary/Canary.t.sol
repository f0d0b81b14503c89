// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @dev Deliberately false: `npm test` runs this file and fails unless it turns red.
contract CanaryTest {
    error CanaryDied();

    function test_turnsThePipelineRed() external pure {
        revert CanaryDied();
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Many static calls in one, each with a gas cap and none able to end the others.
contract RefereeBatch {
    /// @notice For each call gas used << 8, with the lowest byte of the answer, or 0xff when it reverted.
    function callAll(
        address target,
        uint256 gasCap,
        bytes[] calldata calls
    ) external view returns (uint256[] memory answers) {
        answers = new uint256[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes memory data = calls[i];
            uint256 word;
            bool done;
            uint256 used = gasleft();
            assembly ("memory-safe") {
                done := staticcall(gasCap, target, add(data, 0x20), mload(data), 0, 0x20)
                word := mload(0)
            }
            used -= gasleft();
            answers[i] = (used << 8) | (done ? word & 0xff : 0xff);
            // The memory is used again: long batches would pay for it quadratically.
            assembly ("memory-safe") {
                mstore(0x40, data)
            }
        }
    }
}

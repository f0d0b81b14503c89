// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IBeacon} from "../interfaces/IBeacon.sol";

/// @title Randomness of block hashes, which commit to the beacon chain's `prevrandao` (EIP-4399).
/// @notice A proposer can withhold his block and so reject one value (one bit); `delayBlocks` of several epochs makes
/// even that a gamble. A hash can be read for 256 blocks; whoever wants it read pokes within that time.
contract BlockBeacon is IBeacon {
    /// @notice Thrown when the delay is zero or too long.
    error BlockBeaconDelayOutOfRange(uint64 delayBlocks, uint64 max);

    uint64 private constant _MAX_DELAY = 1024;

    /// @notice Blocks between an announcement and its point.
    uint64 public immutable delayBlocks;

    constructor(uint64 delayBlocks_) {
        if (delayBlocks_ == 0 || delayBlocks_ > _MAX_DELAY) revert BlockBeaconDelayOutOfRange(delayBlocks_, _MAX_DELAY);
        delayBlocks = delayBlocks_;
    }

    /// @inheritdoc IBeacon
    function announce() external view returns (uint64 point) {
        return uint64(block.number) + delayBlocks;
    }

    /// @inheritdoc IBeacon
    function read(uint64 point) external view returns (Status status, bytes32 value) {
        if (block.number <= point) return (Status.Waiting, 0);
        value = blockhash(point);
        return value == 0 ? (Status.Lost, value) : (Status.Known, value);
    }
}

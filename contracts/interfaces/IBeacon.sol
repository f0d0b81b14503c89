// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Public randomness that nobody knows yet when a point is announced.
/// @notice The seam between audits and the chain they run on. A point is a future block, or a round of drand or of a VRF
/// on chains without good blocks (on Arbitrum `prevrandao` is constantly 1 and block hashes are the sequencer's).
/// What the pool relies on: the value of an announced point is unknown to everybody at the announcement, and once known
/// it never changes.
interface IBeacon {
    /// @notice What is known of a point.
    enum Status {
        /// @dev Not yet.
        Waiting,
        /// @dev The value is there.
        Known,
        /// @dev It can never be read any more.
        Lost
    }

    /// @notice A point in the future.
    function announce() external view returns (uint64 point);

    /// @notice The value of a point, zero unless it is known.
    function read(uint64 point) external view returns (Status status, bytes32 value);
}

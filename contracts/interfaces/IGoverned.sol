// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title A contract with one master: the DAO's timelock.
/// @notice There is no owner, guardian or upgrade key. The timelock is fixed at deployment.
interface IGoverned {
    /// @notice Thrown when anybody but the timelock calls a governance function.
    error GovernedCallerNotTimelock(address caller, address timelock);

    /// @notice The only address that may change anything by decision.
    function timelock() external view returns (address);
}

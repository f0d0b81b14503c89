// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title The till of one (worker, version): where stock x402 clients pay.
/// @notice Its CREATE2 address is the payment's purpose, so no payment can be claimed for another purpose.
interface ITill {
    /// @notice Thrown when anybody but the market empties the till.
    error TillCallerNotMarket(address caller, address market);

    /// @notice Sends the whole balance to the market. Only the market.
    function sweep() external returns (uint256 amountWei);
}

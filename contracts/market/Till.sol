// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ITill} from "../interfaces/ITill.sol";

/// @title Code behind every till; each till is a minimal clone of this.
contract Till is ITill {
    using SafeERC20 for IERC20;

    /// @notice What is paid in.
    IERC20 public immutable token;
    /// @notice Who empties the till.
    address public immutable market;

    /// @dev Deployed by the market itself.
    constructor(IERC20 token_) {
        token = token_;
        market = msg.sender;
    }

    /// @inheritdoc ITill
    function sweep() external returns (uint256 amountWei) {
        if (msg.sender != market) revert TillCallerNotMarket(msg.sender, market);
        amountWei = token.balanceOf(address(this));
        token.safeTransfer(market, amountWei);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGoverned} from "../interfaces/IGoverned.sol";

/// @title Base of every contract that governance may adjust.
abstract contract Governed is IGoverned {
    /// @inheritdoc IGoverned
    address public immutable timelock;

    constructor(address timelock_) {
        timelock = timelock_;
    }

    modifier onlyTimelock() {
        _checkTimelock();
        _;
    }

    function _checkTimelock() private view {
        if (msg.sender != timelock) revert GovernedCallerNotTimelock(msg.sender, timelock);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title What the invariant runner asks a campaign.
abstract contract Campaign {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    FuzzSelector[] private _excluded;

    /// @dev Only the handler is called; it calls the protocol in everybody's name.
    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    /// @dev What the campaign itself calls is no step.
    function excludeSelectors() external view returns (FuzzSelector[] memory) {
        return _excluded;
    }

    function campaignAgainst(address handler, bytes4[] memory checks) internal {
        _targets.push(handler);
        _excluded.push(FuzzSelector(handler, checks));
    }
}

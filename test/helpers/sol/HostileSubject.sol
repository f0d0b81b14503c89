// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IClaimSubject} from "../../../contracts/interfaces/IClaimSubject.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";

/// @title A subject that files what it is told, and misbehaves when its claim ends.
contract HostileSubject is IClaimSubject {
    error Hostile();

    ICourt private immutable _court;
    ICourt.Filing private _next;
    mapping(bytes32 claimId => uint8 mode) private _modes;
    uint256 public told;

    constructor(ICourt court_) {
        _court = court_;
    }

    function prepare(bytes32 claimId, address worker, uint64 windowEndsAt, uint8 mode) external {
        _next = ICourt.Filing(claimId, worker, address(0), windowEndsAt, 1e18, true);
        _modes[claimId] = mode;
    }

    function fileClaim(bytes calldata) external view returns (ICourt.Filing memory) {
        return _next;
    }

    /// @dev 0 reverts, 1 burns gas, 2 returns a bomb, 3 calls back, 4 behaves.
    function onClaimFinal(bytes32 claimId, ICourt.Outcome) external {
        uint8 mode = _modes[claimId];
        if (mode == 0) revert Hostile();
        if (mode == 1) for (uint256 i = 0; i < type(uint256).max; ++i) told = 0;
        if (mode == 2) {
            // solhint-disable-next-line no-inline-assembly
            assembly {
                revert(0, 1000000)
            }
        }
        if (mode == 3) _court.finalize(claimId);
        ++told;
    }
}

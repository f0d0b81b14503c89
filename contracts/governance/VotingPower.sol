// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IVotingPower} from "../interfaces/IVotingPower.sol";

/// @title Votes of the DAO: liquid plus staked.
contract VotingPower is IVotingPower {
    /// @inheritdoc IVotingPower
    IERC5805 public immutable token;
    /// @inheritdoc IVotingPower
    IERC5805 public immutable registry;

    constructor(IERC5805 token_, IERC5805 registry_) {
        token = token_;
        registry = registry_;
    }

    /// @inheritdoc IVotes
    function getVotes(address account) external view returns (uint256) {
        return token.getVotes(account) + registry.getVotes(account);
    }

    /// @inheritdoc IVotes
    function getPastVotes(address account, uint256 timepoint) external view returns (uint256) {
        return token.getPastVotes(account, timepoint) + registry.getPastVotes(account, timepoint);
    }

    /// @inheritdoc IVotes
    /// @dev Staked tokens are part of the token's supply already.
    function getPastTotalSupply(uint256 timepoint) external view returns (uint256) {
        return token.getPastTotalSupply(timepoint);
    }

    /// @inheritdoc IVotes
    /// @dev The delegate of the liquid part; the registry knows the delegate of the staked part.
    function delegates(address account) external view returns (address) {
        return token.delegates(account);
    }

    /// @inheritdoc IVotes
    function delegate(address) external pure {
        revert VotingPowerReadOnly();
    }

    /// @inheritdoc IVotes
    function delegateBySig(address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        revert VotingPowerReadOnly();
    }

    /// @inheritdoc IERC6372
    function clock() external view returns (uint48) {
        return token.clock();
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() external view returns (string memory) {
        return token.CLOCK_MODE();
    }
}

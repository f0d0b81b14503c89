// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IParameters} from "../interfaces/IParameters.sol";
import {Governed} from "../libraries/Governed.sol";

/// @title Governed numbers between hard bounds.
contract Parameters is Governed, IParameters {
    uint256 private constant _COUNT = uint256(type(Parameter).max) + 1;
    uint256 private constant _WHOLE_BPS = 10_000;
    uint256 private constant _MAX_WEI = 1_000_000_000e18;

    /// @notice Shortest challenge window and shortest thaw that governance may choose, in seconds.
    uint256 public immutable windowFloorSeconds;

    mapping(Parameter parameter => uint256) private _values;
    FeeShares private _shares;

    /// @param values Initial values in the order of {Parameter}; they obey the same bounds as later ones.
    constructor(
        address timelock_,
        uint256 windowFloorSeconds_,
        uint256[] memory values,
        FeeShares memory shares
    ) Governed(timelock_) {
        windowFloorSeconds = windowFloorSeconds_;
        if (values.length != _COUNT) revert ParametersIncomplete(values.length, _COUNT);
        for (uint256 i = 0; i < _COUNT; ++i) _write(Parameter(i), values[i]);
        _checkThaw();
        _setFeeShares(shares);
    }

    /// @inheritdoc IParameters
    function set(Parameter parameter, uint256 value) external onlyTimelock {
        _write(parameter, value);
        _checkThaw();
    }

    /// @inheritdoc IParameters
    function setFeeShares(FeeShares calldata shares) external onlyTimelock {
        _setFeeShares(shares);
    }

    /// @inheritdoc IParameters
    function get(Parameter parameter) external view returns (uint256) {
        return _values[parameter];
    }

    /// @inheritdoc IParameters
    function feeShares() external view returns (FeeShares memory) {
        return _shares;
    }

    /// @inheritdoc IParameters
    function jobRules() external view returns (JobRules memory) {
        return
            JobRules({
                maxFeeWei: _values[Parameter.MaxFeeWei],
                maxJobSeconds: _values[Parameter.MaxJobSeconds],
                challengeWindowSeconds: _values[Parameter.ChallengeWindowSeconds],
                claimLockWei: _values[Parameter.ClaimLockWei],
                shares: _shares
            });
    }

    /// @inheritdoc IParameters
    function bounds(Parameter parameter) public view returns (uint256 min, uint256 max) {
        if (parameter == Parameter.MinStakeWei) return (1, 10_000_000e18);
        if (parameter == Parameter.ThawSeconds) return (windowFloorSeconds, 180 days);
        if (parameter == Parameter.ChallengeWindowSeconds) return (windowFloorSeconds, 30 days);
        if (parameter == Parameter.MaxJobSeconds) return (1, 30 days);
        if (parameter == Parameter.ClaimLockWei) return (0, 10_000_000e18);
        return (1, _MAX_WEI);
    }

    function _write(Parameter parameter, uint256 value) private {
        (uint256 min, uint256 max) = bounds(parameter);
        if (value < min || value > max) revert ParametersOutOfBounds(parameter, value, min, max);
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    function _checkThaw() private view {
        uint256 thaw = _values[Parameter.ThawSeconds];
        uint256 window = _values[Parameter.ChallengeWindowSeconds];
        if (thaw < window) revert ParametersThawTooShort(thaw, window);
    }

    function _setFeeShares(FeeShares memory shares) private {
        uint256 sum = uint256(shares.workerBps) + shares.authorBps + shares.treasuryBps;
        if (sum != _WHOLE_BPS) revert ParametersSharesNotWhole(sum);
        if (shares.workerBps < 5_000 || shares.authorBps > 4_000 || shares.treasuryBps > 2_000) {
            revert ParametersShareOutOfBounds(shares.workerBps, shares.authorBps, shares.treasuryBps);
        }
        _shares = shares;
        emit FeeSharesSet(shares.workerBps, shares.authorBps, shares.treasuryBps);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IParameters} from "../interfaces/IParameters.sol";
import {Governed} from "../libraries/Governed.sol";

/// @title Governed numbers between hard bounds.
contract Parameters is Governed, IParameters {
    uint256 private constant _COUNT = uint256(type(Parameter).max) + 1;
    uint256 private constant _WHOLE_BPS = 10_000;
    uint256 private constant _MAX_WEI = 1_000_000_000e18;
    /// @dev No game has more moves: trees of depth 32 opened 64-ary and 32-ary (6 + 7), header, leaf, partial sums and
    /// proof, for both sides.
    uint256 private constant _MAX_MOVES = 32;

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
        _checkTogether();
        _setFeeShares(shares);
    }

    /// @inheritdoc IParameters
    function set(Parameter parameter, uint256 value) external onlyTimelock {
        _write(parameter, value);
        _checkTogether();
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
    function gameRules() external view returns (GameRules memory) {
        return
            GameRules({
                bondWei: _values[Parameter.ChallengeBondWei],
                clockSeconds: _values[Parameter.ClockSeconds],
                replySeconds: _values[Parameter.ReplySeconds]
            });
    }

    /// @inheritdoc IParameters
    function longestClaimSeconds() public view returns (uint256) {
        uint256 clock = _values[Parameter.ClockSeconds];
        uint256 reply = _values[Parameter.ReplySeconds];
        uint256 toChallenge = _values[Parameter.ReceiptSeconds] + _values[Parameter.ChallengeWindowSeconds];
        uint256 toShowData = clock + reply;
        return toChallenge + toShowData + 2 * clock + _MAX_MOVES * reply;
    }

    /// @inheritdoc IParameters
    function bounds(Parameter parameter) public view returns (uint256 min, uint256 max) {
        if (parameter == Parameter.MinStakeWei) return (1, 10_000_000e18);
        if (parameter == Parameter.ThawSeconds) return (windowFloorSeconds, 180 days);
        if (parameter == Parameter.ChallengeWindowSeconds) return (windowFloorSeconds, 30 days);
        if (parameter == Parameter.MaxJobSeconds) return (1, 30 days);
        if (parameter == Parameter.ClaimLockWei) return (0, 10_000_000e18);
        if (parameter == Parameter.ChallengeBondWei) return (1, 1_000_000e18);
        if (parameter == Parameter.ClockSeconds) return (1, 7 days);
        if (parameter == Parameter.ReplySeconds) return (1, 1 days);
        if (parameter == Parameter.ReceiptSeconds) return (1, 30 days);
        if (parameter == Parameter.GasRefundWei) return (0, 1_000_000e18);
        return (1, _MAX_WEI);
    }

    function _write(Parameter parameter, uint256 value) private {
        (uint256 min, uint256 max) = bounds(parameter);
        if (value < min || value > max) revert ParametersOutOfBounds(parameter, value, min, max);
        emit ParameterSet(parameter, _values[parameter], value);
        _values[parameter] = value;
    }

    function _checkTogether() private view {
        uint256 thaw = _values[Parameter.ThawSeconds];
        uint256 longest = longestClaimSeconds();
        if (thaw < longest) revert ParametersThawTooShort(thaw, longest);
        uint256 lock = _values[Parameter.ClaimLockWei];
        uint256 fee = _values[Parameter.MaxFeeWei];
        if (lock < fee) revert ParametersLockBelowFee(lock, fee);
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

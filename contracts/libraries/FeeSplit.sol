// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title How a fee divides between worker, author and treasury.
library FeeSplit {
    uint256 private constant _WHOLE_BPS = 10_000;

    /// @notice Rounds worker and author down; the treasury gets the rest, so the three parts always add up to the fee.
    /// @dev The caller guarantees workerBps + authorBps ≤ 10,000 and feeWei < 2^240.
    function splitDown(
        uint256 feeWei,
        uint256 workerBps,
        uint256 authorBps
    ) internal pure returns (uint256 workerWei, uint256 authorWei, uint256 treasuryWei) {
        workerWei = (feeWei * workerBps) / _WHOLE_BPS;
        authorWei = (feeWei * authorBps) / _WHOLE_BPS;
        treasuryWei = feeWei - workerWei - authorWei;
    }
}

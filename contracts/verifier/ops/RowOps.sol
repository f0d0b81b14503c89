// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Scalar} from "./Scalar.sol";
import {StepRecord} from "../StepRecord.sol";

/// @title Steps over the last K elements: SOFTMAX, LAYERNORM, ARGMAX. K is at most 4096.
library RowOps {
    /// @notice floor((t_n * Q + floor(S / 2)) / S) over the row at `x`; `table` is where its 256 words begin.
    /// @return isPossible False when the table has an entry that no proven program has.
    function softmax(
        StepRecord.Step memory s,
        uint256 element,
        uint256 x,
        uint256 table
    ) internal pure returns (bool isPossible, int256 y) {
        bool isSigned = StepRecord.isSigned(s.sourceType);
        uint256 k = uint256(s.a[0]);
        int256 most = -128;
        for (uint256 i = 0; i < k; ++i) {
            int256 value = Scalar.byteAt(x + i, isSigned);
            if (value > most) most = value;
        }
        (int256 sum, int256 own) = (0, 0);
        uint256 n = element % k;
        for (uint256 i = 0; i < k; ++i) {
            int256 entry = Scalar.wordAt(table + 4 * uint256(most - Scalar.byteAt(x + i, isSigned)));
            if (entry < 0) return (false, 0);
            if (i == n) own = entry;
            sum += entry;
        }
        // The largest element has entry 0, which is at least 1.
        if (sum < 1) return (false, 0);
        return (true, (own * s.a[1] + sum / 2) / sum);
    }

    /// @notice Requantised floor(c_n * G_n / r) + A_n, r = floor(sqrt(sum c^2 + eps)), c = K * x - sum x.
    function layernorm(
        StepRecord.Step memory s,
        uint256 element,
        uint256 x,
        uint256 pair
    ) internal pure returns (int256) {
        bool isSigned = StepRecord.isSigned(s.sourceType);
        uint256 k = uint256(s.a[0]);
        (int256 sum, int256 squares) = (0, 0);
        for (uint256 i = 0; i < k; ++i) {
            int256 value = Scalar.byteAt(x + i, isSigned);
            sum += value;
            squares += value * value;
        }
        int256 width = int256(k);
        // Σ (K x - Σx)^2 = K (K Σx^2 - (Σx)^2); eps ≥ 1, so the root is at least 1.
        int256 root = int256(Math.sqrt(uint256(width * (width * squares - sum * sum) + s.a[1])));
        int256 centred = width * Scalar.byteAt(x + (element % k), isSigned) - sum;
        // Adding the bound H before and taking it off after is what makes truncating division round down; here floor does.
        return Scalar.requantise(s.a, _floor(centred * Scalar.pairAt(pair), root) + Scalar.pairAt(pair + 8));
    }

    /// @notice Index of the first largest element of the row at `x`.
    function argmax(StepRecord.Step memory s, uint256 x) internal pure returns (int256 best) {
        uint256 width = StepRecord.widthOf(s.sourceType);
        int256 most = type(int256).min;
        for (uint256 i = 0; i < uint256(s.a[0]); ++i) {
            int256 value = Scalar.valueAt(x + i * width, s.sourceType);
            if (value > most) (most, best) = (value, int256(i));
        }
    }

    function _floor(int256 numerator, int256 divisor) private pure returns (int256 quotient) {
        quotient = numerator / divisor;
        if (numerator < 0 && quotient * divisor != numerator) --quotient;
    }
}

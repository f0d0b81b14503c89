// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../interfaces/IReferee.sol";

/// @title A referee that finds nothing proven. Stands in until contracts/verifier has the real one.
contract SilentReferee is IReferee {
    /// @inheritdoc IReferee
    function judge(Facts calldata, uint32, uint64, bytes calldata) external pure returns (Verdict) {
        return Verdict.Unproven;
    }

    /// @inheritdoc IReferee
    function judgeHeader(Facts calldata, uint32, bytes calldata) external pure returns (Verdict) {
        return Verdict.Unproven;
    }

    /// @inheritdoc IReferee
    function judgeInput(Facts calldata, uint64, bytes calldata) external pure returns (Verdict) {
        return Verdict.Unproven;
    }

    /// @inheritdoc IReferee
    function judgeChunk(
        Facts calldata,
        uint32,
        uint64,
        int64[] calldata,
        uint256,
        bytes calldata
    ) external pure returns (Verdict) {
        return Verdict.Unproven;
    }

    /// @inheritdoc IReferee
    function judgePartials(
        Facts calldata,
        uint32,
        uint64,
        int64[] calldata,
        bytes calldata
    ) external pure returns (Verdict) {
        return Verdict.Unproven;
    }

    /// @inheritdoc IReferee
    function chunksOf(bytes calldata) external pure returns (uint256) {
        return 0;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../../../contracts/interfaces/IReferee.sol";

/// @title A referee that says what the evidence tells it to: `abi.encode(uint8 verdict)`.
/// @notice For tests of the rules around the referee. What it judges itself is tested in test/contracts/verifier.
contract ScriptedReferee is IReferee {
    error Scripted();

    function judge(Facts calldata, uint32, uint64, bytes calldata evidence) external pure returns (Verdict) {
        return _say(evidence);
    }

    function judgeHeader(Facts calldata, uint32, bytes calldata evidence) external pure returns (Verdict) {
        return _say(evidence);
    }

    function judgeInput(Facts calldata, uint64, bytes calldata evidence) external pure returns (Verdict) {
        return _say(evidence);
    }

    function judgeChunk(
        Facts calldata,
        uint32,
        uint64,
        int64[] calldata,
        uint256,
        bytes calldata evidence
    ) external pure returns (Verdict) {
        return _say(evidence);
    }

    function judgePartials(
        Facts calldata,
        uint32,
        uint64,
        int64[] calldata,
        bytes calldata evidence
    ) external pure returns (Verdict) {
        return _say(evidence);
    }

    function chunksOf(bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function _say(bytes calldata evidence) private pure returns (Verdict) {
        uint8 verdict = abi.decode(evidence, (uint8));
        if (verdict > uint8(type(Verdict).max)) revert Scripted();
        return Verdict(verdict);
    }
}

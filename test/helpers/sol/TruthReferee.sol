// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IReferee} from "../../../contracts/interfaces/IReferee.sol";

/// @title A referee that knows which traces are wrong: `Correct` for every other one, whatever the evidence.
contract TruthReferee is IReferee {
    mapping(bytes32 traceRoot => Verdict) private _truth;

    function know(bytes32 traceRoot, Verdict verdict) external {
        _truth[traceRoot] = verdict;
    }

    function judge(Facts calldata facts, uint32, uint64, bytes calldata) external view returns (Verdict) {
        return _say(facts);
    }

    function judgeHeader(Facts calldata facts, uint32, bytes calldata) external view returns (Verdict) {
        return _say(facts);
    }

    function judgeInput(Facts calldata facts, uint64, bytes calldata) external view returns (Verdict) {
        return _say(facts);
    }

    function judgeChunk(
        Facts calldata facts,
        uint32,
        uint64,
        int64[] calldata,
        uint256,
        bytes calldata
    ) external view returns (Verdict) {
        return _say(facts);
    }

    function judgePartials(
        Facts calldata facts,
        uint32,
        uint64,
        int64[] calldata,
        bytes calldata
    ) external view returns (Verdict) {
        return _say(facts);
    }

    function chunksOf(bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function _say(Facts calldata facts) private view returns (Verdict) {
        Verdict known = _truth[facts.traceRoot];
        return known == Verdict.Unproven ? Verdict.Correct : known;
    }
}

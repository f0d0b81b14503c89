// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId, VersionId} from "../../../contracts/types/Ids.sol";
import {Protocol} from "./Protocol.sol";

/// @title A market with one author, one worker and one client in it.
abstract contract Jobs is Protocol {
    uint128 internal constant FEE = 0.01e18;

    address internal author;
    address internal worker;
    address internal hotKey;
    address internal client;
    VersionId internal versionId;

    function openMarket() internal {
        deployProtocol();
        author = actor("author");
        (, versionId) = newVersion(author, "digits");
        worker = newWorker("worker", 5_000e18);
        hotKey = actor("worker hot");
        client = actor("client");
        give(client, 1_000e18);
    }

    function terms(uint256 salt) internal view returns (IJobMarket.JobTerms memory) {
        return termsOf(client, worker, versionId, FEE, salt);
    }

    function submission(uint256 salt) internal view returns (IJobMarket.Submission memory) {
        IJobMarket.JobTerms memory t = terms(salt);
        return IJobMarket.Submission(t, authorize(keyOf("client"), t), keccak256(abi.encode("receipt", salt)));
    }

    function funded(uint256 salt) internal returns (JobId) {
        IJobMarket.JobTerms memory t = terms(salt);
        return market.openJob(t, authorize(keyOf("client"), t));
    }

    function submitted(uint256 salt) internal returns (JobId) {
        IJobMarket.Submission memory item = submission(salt);
        vm.prank(hotKey);
        return market.openAndSubmit(item);
    }

    function one(JobId jobId) internal pure returns (JobId[] memory jobIds) {
        jobIds = new JobId[](1);
        jobIds[0] = jobId;
    }

    function assertState(JobId jobId, IJobMarket.JobState expected, string memory what) internal view {
        vm.assertEq(uint256(market.stateOf(jobId)), uint256(expected), what);
    }

    function unexpected(JobId jobId, IJobMarket.JobState state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobMarket.JobMarketStateUnexpected.selector, jobId, state);
    }
}

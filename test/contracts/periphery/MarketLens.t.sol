// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IMarketLens} from "../../../contracts/interfaces/IMarketLens.sol";
import {JobId, ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";

contract MarketLensTest is Jobs {
    address private second;

    function setUp() public {
        openMarket();
        second = newWorker("second", MIN_STAKE);
        newVersion(second, "other");
        vm.prank(author);
        models.publishVersion(ModelId.wrap(1), versionInput());
        vm.prank(worker);
        workers.offer(versionId, 11);
        vm.prank(second);
        workers.offer(versionId, 12);
        vm.prank(treasury);
        models.setLive(ModelId.wrap(1), versionId);
    }

    function test_models() public view {
        IMarketLens.ModelView[] memory page = lens.models(0, 10);
        vm.assertEq(page.length, 2, "all");
        vm.assertEq(page[0].model.slug, "digits", "slug");
        vm.assertEq(page[0].versionCount, 2, "versions");
        vm.assertTrue(page[0].model.liveVersionId == versionId, "live");
        vm.assertEq(page[1].model.author, second, "author");
        vm.assertTrue(page[1].modelId == ModelId.wrap(2), "id");
    }

    function test_versions() public view {
        IMarketLens.VersionView[] memory page = lens.versions(ModelId.wrap(1), 0, 10);
        vm.assertEq(page.length, 2, "both");
        vm.assertTrue(page[0].live && !page[1].live, "live");
        vm.assertTrue(page[1].versionId == VersionId.wrap(3), "id");
        vm.assertEq(page[0].author, author, "author");
        vm.assertEq(page[0].serverCount, 2, "servers");
        vm.assertEq(lens.version(versionId).version.licence, "MIT", "licence");
    }

    function test_servers() public view {
        IMarketLens.ServerView[] memory page = lens.servers(versionId, 0, 10);
        vm.assertEq(page.length, 2, "both");
        vm.assertEq(page[0].worker, worker, "worker");
        vm.assertEq(page[0].hotKey, hotKey, "hot key");
        vm.assertEq(page[0].endpoint, "https://worker.example", "endpoint");
        vm.assertEq(page[0].feeWei, 11, "fee");
        vm.assertTrue(page[0].active, "active");
        vm.assertEq(page[0].stakeWei, 5_000e18, "stake");
        vm.assertEq(page[0].till, market.tillOf(worker, versionId), "till");
        vm.assertEq(page[1].freeStakeWei, MIN_STAKE, "free");
    }

    function test_workers() public {
        vm.assertEq(submittedCount(), 1, "a job");
        IMarketLens.WorkerView[] memory page = lens.workers(0, 1);
        vm.assertEq(page.length, 1, "one");
        vm.assertEq(page[0].worker, worker, "worker");
        vm.assertEq(page[0].freeStakeWei, 5_000e18 - CLAIM_LOCK, "free");
        vm.assertEq(page[0].record.lockedWei, CLAIM_LOCK, "locked");
        vm.assertEq(page[0].votesWei, 5_000e18, "votes");
        vm.assertEq(page[0].creditWei, 0, "credit");
        vm.assertTrue(page[0].active, "active");
    }

    function test_jobs() public {
        JobId[] memory jobIds = new JobId[](2);
        jobIds[0] = submitted(1);
        jobIds[1] = JobId.wrap(5);
        IJobMarket.JobState[] memory states = lens.jobStates(jobIds);
        vm.assertEq(uint256(states[0]), uint256(IJobMarket.JobState.Submitted), "submitted");
        vm.assertEq(uint256(states[1]), uint256(IJobMarket.JobState.None), "none");
        vm.assertEq(lens.jobs(jobIds)[0].client, client, "client");
        vm.assertEq(lens.jobs(jobIds)[1].client, address(0), "zero");
    }

    /// @dev Any page is the matching slice, whatever numbers are asked for (S14).
    function test_fuzz_pages(uint256 first, uint256 count) public view {
        if (first % 3 != 0) first %= 4;
        if (count % 3 != 0) count %= 4;
        uint256 left = first < 2 ? 2 - first : 0;
        uint256 size = count < left ? count : left;
        vm.assertEq(lens.models(first, count).length, size, "models");
        vm.assertEq(lens.versions(ModelId.wrap(1), first, count).length, size, "versions");
        vm.assertEq(lens.servers(versionId, first, count).length, size, "servers");
        IMarketLens.WorkerView[] memory page = lens.workers(first, count);
        vm.assertEq(page.length, size, "workers");
        for (uint256 i = 0; i < size; ++i) {
            vm.assertEq(page[i].worker, workers.workerAt(first + i), "slice");
        }
    }

    function submittedCount() private returns (uint256) {
        return JobId.unwrap(submitted(9)) == 0 ? 0 : 1;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IMarketLens} from "../interfaces/IMarketLens.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {JobId, ModelId, VersionId} from "../types/Ids.sol";

/// @title Batched reads for nodes and the dApp.
contract MarketLens is IMarketLens {
    IModelRegistry private immutable _models;
    IWorkerRegistry private immutable _workers;
    IJobMarket private immutable _market;

    constructor(IModelRegistry models_, IWorkerRegistry workers_, IJobMarket market_) {
        _models = models_;
        _workers = workers_;
        _market = market_;
    }

    /// @inheritdoc IMarketLens
    function models(uint256 first, uint256 count) external view returns (ModelView[] memory page) {
        page = new ModelView[](_pageSize(_models.modelCount(), first, count));
        for (uint256 i = 0; i < page.length; ++i) {
            ModelId modelId = ModelId.wrap(first + i + 1);
            page[i] = ModelView(modelId, _models.getModel(modelId), _models.versionCountOf(modelId));
        }
    }

    /// @inheritdoc IMarketLens
    function versions(ModelId modelId, uint256 first, uint256 count) external view returns (VersionView[] memory page) {
        page = new VersionView[](_pageSize(_models.versionCountOf(modelId), first, count));
        for (uint256 i = 0; i < page.length; ++i) page[i] = version(_models.versionOfAt(modelId, first + i));
    }

    /// @inheritdoc IMarketLens
    function servers(
        VersionId versionId,
        uint256 first,
        uint256 count
    ) external view returns (ServerView[] memory page) {
        page = new ServerView[](_pageSize(_workers.serverCount(versionId), first, count));
        for (uint256 i = 0; i < page.length; ++i) page[i] = _server(_workers.serverAt(versionId, first + i), versionId);
    }

    /// @inheritdoc IMarketLens
    function workers(uint256 first, uint256 count) external view returns (WorkerView[] memory page) {
        page = new WorkerView[](_pageSize(_workers.workerCount(), first, count));
        for (uint256 i = 0; i < page.length; ++i) {
            address worker = _workers.workerAt(first + i);
            page[i] = WorkerView({
                worker: worker,
                record: _workers.getWorker(worker),
                active: _workers.isActive(worker),
                freeStakeWei: _workers.freeStakeOf(worker),
                votesWei: _workers.getVotes(worker),
                creditWei: _market.creditOf(worker)
            });
        }
    }

    /// @inheritdoc IMarketLens
    function jobStates(JobId[] calldata jobIds) external view returns (IJobMarket.JobState[] memory states) {
        states = new IJobMarket.JobState[](jobIds.length);
        for (uint256 i = 0; i < jobIds.length; ++i) states[i] = _market.stateOf(jobIds[i]);
    }

    /// @inheritdoc IMarketLens
    function jobs(JobId[] calldata jobIds) external view returns (IJobMarket.Job[] memory found) {
        found = new IJobMarket.Job[](jobIds.length);
        for (uint256 i = 0; i < jobIds.length; ++i) found[i] = _market.getJob(jobIds[i]);
    }

    /// @inheritdoc IMarketLens
    function version(VersionId versionId) public view returns (VersionView memory) {
        IModelRegistry.Version memory found = _models.getVersion(versionId);
        return
            VersionView({
                versionId: versionId,
                version: found,
                author: _models.authorOf(versionId),
                live: _models.liveVersionOf(found.modelId) == versionId,
                serverCount: _workers.serverCount(versionId)
            });
    }

    function _server(address worker, VersionId versionId) private view returns (ServerView memory) {
        IWorkerRegistry.Worker memory record = _workers.getWorker(worker);
        (, uint128 feeWei) = _workers.offerOf(worker, versionId);
        return
            ServerView({
                worker: worker,
                hotKey: record.hotKey,
                endpoint: record.endpoint,
                feeWei: feeWei,
                active: _workers.isActive(worker),
                stakeWei: record.stakeWei,
                freeStakeWei: _workers.freeStakeOf(worker),
                till: _market.tillOf(worker, versionId)
            });
    }

    /// @dev Items of the page [first, first + count) of a list; saturates, so any numbers are fine.
    function _pageSize(uint256 total, uint256 first, uint256 count) private pure returns (uint256) {
        return Math.min(count, Math.saturatingSub(total, first));
    }
}

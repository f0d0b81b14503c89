// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {JobId, ModelId, VersionId} from "../types/Ids.sol";
import {IJobMarket} from "./IJobMarket.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IWorkerRegistry} from "./IWorkerRegistry.sol";

/// @title Batched reads for nodes and the dApp.
/// @notice Holds nothing and changes nothing; nothing in the protocol depends on it. Pages past the end come back short.
interface IMarketLens {
    /// @notice A model with its counters.
    struct ModelView {
        ModelId modelId;
        IModelRegistry.Model model;
        uint256 versionCount;
    }

    /// @notice A version with its standing.
    struct VersionView {
        VersionId versionId;
        IModelRegistry.Version version;
        address author;
        bool live;
        uint256 serverCount;
    }

    /// @notice A worker that offers a version.
    struct ServerView {
        address worker;
        address hotKey;
        string endpoint;
        uint128 feeWei;
        bool active;
        uint256 stakeWei;
        uint256 freeStakeWei;
        /// @dev Where stock x402 clients pay him for this version.
        address till;
    }

    /// @notice A worker with what follows from his record.
    struct WorkerView {
        address worker;
        IWorkerRegistry.Worker record;
        bool active;
        uint256 freeStakeWei;
        uint256 votesWei;
        uint256 creditWei;
    }

    /// @notice Models `first` (from 0) onward, `count` at most.
    function models(uint256 first, uint256 count) external view returns (ModelView[] memory);

    /// @notice Versions of a model, in order of publication.
    function versions(ModelId modelId, uint256 first, uint256 count) external view returns (VersionView[] memory);

    /// @notice One version.
    function version(VersionId versionId) external view returns (VersionView memory);

    /// @notice Workers that offer a version, in no order.
    function servers(VersionId versionId, uint256 first, uint256 count) external view returns (ServerView[] memory);

    /// @notice Workers in order of registration.
    function workers(uint256 first, uint256 count) external view returns (WorkerView[] memory);

    /// @notice States of many jobs.
    function jobStates(JobId[] calldata jobIds) external view returns (IJobMarket.JobState[] memory);

    /// @notice Many jobs.
    function jobs(JobId[] calldata jobIds) external view returns (IJobMarket.Job[] memory);
}

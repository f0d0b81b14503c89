// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

// solhint-disable private-vars-leading-underscore

/// @notice Lineage of a model. Ids are given out from 1 upward; 0 names no model.
type ModelId is uint256;

/// @notice One immutable artifact. Ids are given out from 1 upward, over all models; 0 names no version.
type VersionId is uint256;

/// @notice One paid unit of inference: `keccak256(abi.encode(chainid, market, JobTerms))`, so the id pins every term.
type JobId is uint256;

using {sameModel as ==, otherModel as !=} for ModelId global;
using {sameVersion as ==, otherVersion as !=} for VersionId global;
using {sameJob as ==} for JobId global;

function sameModel(ModelId a, ModelId b) pure returns (bool) {
    return ModelId.unwrap(a) == ModelId.unwrap(b);
}

function otherModel(ModelId a, ModelId b) pure returns (bool) {
    return ModelId.unwrap(a) != ModelId.unwrap(b);
}

function sameVersion(VersionId a, VersionId b) pure returns (bool) {
    return VersionId.unwrap(a) == VersionId.unwrap(b);
}

function otherVersion(VersionId a, VersionId b) pure returns (bool) {
    return VersionId.unwrap(a) != VersionId.unwrap(b);
}

function sameJob(JobId a, JobId b) pure returns (bool) {
    return JobId.unwrap(a) == JobId.unwrap(b);
}

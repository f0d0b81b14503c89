// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ICourt} from "./ICourt.sol";
import {IJobMarket} from "./IJobMarket.sol";

/// @title A contract whose claims the Court judges: jobs, signed receipts, aggregations, evaluations.
/// @notice Governance approves subjects. A subject says which claims exist and what hangs on them; the Court decides
/// whether they are true. What the Court relies on: a filing names the worker who made the claim and no other one.
/// What a subject may rely on: {onClaimFinal} is called at most once for each claim, with a final outcome. A subject
/// that reverts or burns gas there loses its own notice only; it must be able to read the outcome from the Court later.
interface IClaimSubject {
    /// @notice The receipt behind a filed claim is public: the claim can be played.
    event ReceiptRevealed(bytes32 indexed claimId, IJobMarket.Receipt receipt);

    /// @notice Thrown when anybody but the Court files or ends a claim.
    error SubjectCallerNotCourt(address caller, address court);

    /// @notice Describes a claim that somebody asks the Court to take up. Only the Court.
    /// @param locator What names the claim here; each subject says how it is encoded.
    function fileClaim(bytes calldata locator) external returns (ICourt.Filing memory);

    /// @notice The claim has ended. Only the Court, once for each claim, with bounded gas.
    function onClaimFinal(bytes32 claimId, ICourt.Outcome outcome) external;
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {AuditPool} from "../../../contracts/disputes/AuditPool.sol";
import {IAuditPool} from "../../../contracts/interfaces/IAuditPool.sol";
import {IBeacon} from "../../../contracts/interfaces/IBeacon.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IReceiptCourt} from "../../../contracts/interfaces/IReceiptCourt.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "./Jobs.sol";

/// @title A beacon whose values the test sets.
contract ScriptedBeacon is IBeacon {
    uint64 public announced;
    mapping(uint64 point => Status) public statusOf;
    mapping(uint64 point => bytes32) public valueOf;
    uint64 public next = 1;

    function say(uint64 point, Status status, bytes32 value) external {
        statusOf[point] = status;
        valueOf[point] = value;
        if (point >= next) next = point + 1;
    }

    function announce() external view returns (uint64 point) {
        return next;
    }

    function read(uint64 point) external view returns (Status status, bytes32 value) {
        return (statusOf[point], valueOf[point]);
    }
}

/// @title A market with an audit pool and six auditors in it.
abstract contract Audits is Jobs {
    uint96 internal constant SEAT_BOND = 50e18;
    uint96 internal constant AUDIT_FEE = 0.02e18;
    uint96 internal constant MISS = 1e18;
    uint96 internal constant CANARY = 25e18;
    uint256 internal constant PEOPLE = 6;
    uint32 internal constant COMMIT = 2 hours;
    uint32 internal constant REVEAL = 2 hours;

    ScriptedBeacon internal beacon;
    AuditPool internal pool;
    address[] internal people;

    function openPool(uint16 auditBps, uint8 seats) internal {
        openMarket();
        beacon = new ScriptedBeacon();
        pool = new AuditPool(treasury, token, market, models, court, beacon, auditRules(auditBps, seats));
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people.push(actor(string.concat("auditor ", string(abi.encodePacked(bytes1(uint8(48 + i)))))));
            give(people[i], 1_000e18);
            vm.prank(people[i]);
            token.approve(address(pool), type(uint256).max);
        }
        vm.prank(holder);
        token.approve(address(pool), type(uint256).max);
    }

    function auditRules(uint16 auditBps, uint8 seats) internal pure returns (IAuditPool.Rules memory) {
        return
            IAuditPool.Rules({
                bondWei: SEAT_BOND,
                baseFeeWei: AUDIT_FEE,
                missWei: MISS,
                canaryWei: CANARY,
                auditBps: auditBps,
                seats: seats,
                startSeconds: 12 hours,
                commitSeconds: COMMIT,
                revealSeconds: REVEAL,
                canarySeconds: 24 hours,
                contestSeconds: 12 hours,
                thawSeconds: 3 days
            });
    }

    function joinAll() internal {
        for (uint256 i = 0; i < PEOPLE; ++i) join(people[i]);
    }

    function join(address auditor) internal {
        vm.prank(auditor);
        pool.join(address(0));
    }

    function pay(uint256 amountWei) internal {
        vm.prank(holder);
        pool.fund(amountWei);
    }

    /// @dev The open round gets its value; the next one opens.
    function draw(bytes32 value) internal {
        beacon.say(pool.getRound(pool.currentRound()).point, IBeacon.Status.Known, value);
        pool.tick();
    }

    function receiptOf(
        IJobMarket.JobTerms memory t,
        bytes32 outputRoot
    ) internal view returns (IJobMarket.Receipt memory) {
        return
            IJobMarket.Receipt({
                jobId: bytes32(JobId.unwrap(market.jobIdOf(t))),
                versionId: t.versionId,
                programRoot: models.programRootOf(t.versionId),
                inputRoot: t.inputRoot,
                outputRoot: outputRoot,
                worker: t.worker,
                issuedAt: uint64(START)
            });
    }

    /// @dev A paid job whose worker claims `outputRoot`.
    function claim(IJobMarket.JobTerms memory t, bytes32 outputRoot) internal returns (JobId) {
        bytes32 deliverable = market.hashReceipt(receiptOf(t, outputRoot));
        IJobMarket.ReceiveAuthorization memory authorization = authorize(keyOf("client"), t);
        vm.prank(hotKey);
        return market.openAndSubmit(IJobMarket.Submission(t, authorization, deliverable));
    }

    /// @dev Opens the job's round and draws it. Returns the round.
    function drawFor(bytes32 value) internal returns (uint256 round) {
        skip(1);
        draw(keccak256("before"));
        round = pool.currentRound();
        skip(12);
        draw(value);
    }

    function commitmentOf(JobId jobId, address auditor, bytes32 root, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(jobId, auditor, root, salt));
    }

    function commitTo(JobId jobId, address auditor, bytes32 root) internal {
        vm.prank(auditor);
        pool.commit(jobId, auditor, commitmentOf(jobId, auditor, root, "salt"));
    }

    /// @dev Files a free receipt of the worker for `outputRoot` on the input of `t`.
    function fileProof(
        IJobMarket.JobTerms memory t,
        bytes32 outputRoot
    ) internal returns (IJobMarket.Receipt memory proof, bytes32 claimId) {
        proof = receiptOf(t, outputRoot);
        proof.jobId = 0;
        proof.issuedAt = uint64(block.timestamp);
        bytes memory signature = sign(keyOf("worker hot"), market.hashReceipt(proof));
        claimId = court.file(
            address(receipts),
            receipts.locatorOfSigned(proof, IReceiptCourt.Payment(address(0), 0), signature)
        );
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IAuditPool} from "../../../contracts/interfaces/IAuditPool.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IReceiptCourt} from "../../../contracts/interfaces/IReceiptCourt.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Audits} from "../../helpers/sol/Audits.sol";

/// @dev Attacks on the draw, the fees and the canaries.
contract AuditAttacksTest is Audits {
    bytes32 private constant TRUTH = keccak256("true");
    bytes32 private constant LIE = keccak256("false");
    bytes32 private constant NONCE = "nonce";

    function setUp() public {
        openPool(10_000, 2);
        joinAll();
        pay(10e18);
    }

    function _terms() private view returns (IJobMarket.JobTerms memory t) {
        t = terms(1);
        t.expiresAt = uint64(START + 1 hours);
        t.salt = pool.sealOf(NONCE, TRUTH);
    }

    /// @dev Two lazy auditors approved a canary's lie.
    function _approved() private returns (JobId jobId, address[] memory auditors) {
        jobId = claim(_terms(), LIE);
        uint256 round = drawFor("draw");
        pool.start(jobId, round);
        auditors = pool.auditorsOf(jobId);
        commitTo(jobId, auditors[0], LIE);
        commitTo(jobId, auditors[1], LIE);
        skip(COMMIT);
        pool.revealReceipt(_terms(), receiptOf(_terms(), LIE));
        pool.reveal(jobId, auditors[0], LIE, "salt");
        pool.reveal(jobId, auditors[1], LIE, "salt");
        skip(REVEAL);
    }

    /// @dev FOUND: lazy auditors see the seal in the mempool, put a receipt of their own worker for the true output in
    /// front, and let that claim fall: the canary was refuted and they lost nothing.
    function test_V17_canaryRefutedByAnotherWorkersClaim() public {
        (JobId jobId, ) = _approved();
        address accomplice = newWorker("accomplice", 2_000e18);
        IJobMarket.Receipt memory proof = receiptOf(_terms(), TRUTH);
        (proof.jobId, proof.worker, proof.issuedAt) = (0, accomplice, uint64(block.timestamp));
        bytes memory signature = sign(keyOf("accomplice hot"), market.hashReceipt(proof));
        bytes32 claimId = court.file(
            address(receipts),
            receipts.locatorOfSigned(proof, IReceiptCourt.Payment(address(0), 0), signature)
        );
        IJobMarket.JobTerms memory sealed_ = _terms();
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolProofUnfit.selector, jobId, claimId));
        pool.revealCanary(sealed_, NONCE, proof);
        bytes32 ownClaim;
        (proof, ownClaim) = fileProof(sealed_, TRUTH);
        pool.revealCanary(sealed_, NONCE, proof);
        skip(WINDOW);
        court.finalize(ownClaim);
        vm.assertEq(uint256(pool.concludeCanary(jobId)), uint256(IAuditPool.CanaryState.Proven), "they pay");
    }

    /// @dev Leaving as soon as the reveals are over does not save the bond from a canary.
    function test_S4_lazyAuditorLeaves() public {
        (JobId jobId, address[] memory auditors) = _approved();
        pool.settle(jobId);
        vm.startPrank(auditors[0]);
        pool.leave();
        skip(24 hours - 1);
        vm.expectRevert();
        pool.withdrawBond();
        vm.stopPrank();
        (IJobMarket.Receipt memory proof, bytes32 claimId) = fileProof(_terms(), TRUTH);
        pool.revealCanary(_terms(), NONCE, proof);
        skip(3 days);
        vm.prank(auditors[0]);
        vm.expectRevert();
        pool.withdrawBond();
        court.finalize(claimId);
        pool.concludeCanary(jobId);
        vm.prank(auditors[0]);
        vm.assertEq(pool.withdrawBond(), SEAT_BOND - CANARY, "after he has paid");
    }

    /// @dev Fees are promised only from what is there, and the pool holds all that it owes (S15, 17).
    function test_S15_feesNeverExceedTheFunds() public {
        uint256 owed = pool.fundsWei();
        (JobId jobId, address[] memory auditors) = _approved();
        pool.settle(jobId);
        uint256 bonds = PEOPLE * SEAT_BOND;
        uint256 paid = pool.creditOf(auditors[0]) + pool.creditOf(auditors[1]);
        vm.assertEq(pool.fundsWei() + pool.reservedWei() + paid, owed, "no more than funded");
        vm.assertEq(token.balanceOf(address(pool)), owed + bonds, "all of it is there");
        pool.withdrawFor(auditors[0]);
        vm.expectRevert(abi.encodeWithSelector(IAuditPool.AuditPoolNothingToWithdraw.selector, auditors[0]));
        pool.withdrawFor(auditors[0]);
    }
}

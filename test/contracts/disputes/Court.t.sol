// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IClaimSubject} from "../../../contracts/interfaces/IClaimSubject.sol";
import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Disputes} from "../../helpers/sol/Disputes.sol";
import {HostileSubject} from "../../helpers/sol/HostileSubject.sol";

contract CourtTest is Disputes {
    function setUp() public {
        openDisputes();
    }

    function test_stands_whenNobodyChallenges() public {
        Case memory c = filedCase(3, 2, 2, 1);
        skip(WINDOW - 1);
        vm.assertFalse(court.isEndable(c.claimId), "too early");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CourtClaimNotEndable.selector,
                c.claimId,
                START + WINDOW,
                0,
                ICourt.Outcome.Pending
            )
        );
        court.finalize(c.claimId);
        skip(1);
        vm.assertTrue(court.isEndable(c.claimId), "now");
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Stands, "stands");
        assertState(c.jobId, IJobMarket.JobState.Completed, "paid");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CourtClaimNotEndable.selector,
                c.claimId,
                START + WINDOW,
                0,
                ICourt.Outcome.Stands
            )
        );
        court.finalize(c.claimId);
    }

    /// @dev A claim whose games run does not end, although its window is over.
    function test_finalize_waitsForTheGames() public {
        Case memory c = filedCase(3, 2, 2, 1);
        skip(WINDOW - 1);
        bytes32 gameId = challenge(c, challenger);
        skip(1);
        vm.assertFalse(court.isEndable(c.claimId), "a game runs");
        vm.expectRevert();
        court.finalize(c.claimId);
        answer(c);
        openNext(c, gameId);
        skip(CLOCK);
        arena.timeout(gameId);
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Stands, "stands");
    }

    /// @dev A challenger who gives up pays the worker's moves: four fifths his, one the treasury's.
    function test_lostBond() public {
        (, bytes32 gameId) = _abandoned();
        vm.assertEq(court.creditOf(worker), (BOND * 4) / 5, "worker");
        vm.assertEq(court.creditOf(treasury), BOND / 5, "treasury");
        vm.assertEq(court.creditOf(arena.getGame(gameId).challenger), 0, "challenger");
        uint256 before = token.balanceOf(worker);
        vm.prank(worker);
        court.withdraw();
        court.withdrawFor(treasury);
        vm.assertEq(token.balanceOf(worker), before + (BOND * 4) / 5, "withdrawn");
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtNothingToWithdraw.selector, worker));
        court.withdrawFor(worker);
        vm.assertEq(token.balanceOf(address(court)), 0, "everything left");
    }

    function _abandoned() private returns (Case memory c, bytes32 gameId) {
        (c, gameId) = answeredCase(1);
        openNext(c, gameId);
        skip(CLOCK);
        arena.timeout(gameId);
    }

    /// @dev 50 % burned, then the gas refunds, then 2 : 3 between the client and the challengers (at most four).
    function test_fuzz_slashIsDivided(uint256 winners, uint256 refund, uint256 lock) public {
        winners = bound(winners, 1, 6);
        lock = bound(lock, MAX_FEE, 2_000e18);
        setParameter(IParameters.Parameter.ClaimLockWei, lock);
        setParameter(IParameters.Parameter.GasRefundWei, bound(refund, 0, 1_000e18));
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32[] memory games = new bytes32[](winners);
        for (uint256 i = 0; i < winners; ++i) {
            games[i] = challenge(c, newChallenger(string(abi.encodePacked("c", bytes1(uint8(65 + i))))));
        }
        answer(c);
        for (uint256 i = 0; i < winners; ++i) prove(c, games[i], WRONG);
        skipAll();
        uint256 supply = token.totalSupply();
        court.finalize(c.claimId);
        uint256 burned = supply - token.totalSupply();
        vm.assertGe(burned * 2, lock, "at least half is burned");
        uint256 paid = court.creditOf(client);
        uint256 first = court.creditOf(arena.getGame(games[0]).challenger) - BOND;
        for (uint256 i = 0; i < winners; ++i) {
            uint256 share = court.creditOf(arena.getGame(games[i]).challenger) - BOND;
            vm.assertEq(share, i < 4 ? first : 0, "equal shares for the first four");
            paid += share;
        }
        vm.assertEq(paid + burned, lock, "every wei");
        vm.assertEq(token.balanceOf(address(court)), paid + winners * BOND, "the court holds what it owes");
        if (refund % (1_000e18 + 1) == 0 && winners == 1) vm.assertEq(court.creditOf(client), lock / 5, "a fifth");
    }

    function test_slash_withoutRefund_isHalfAFifthAndThreeTenths() public {
        setParameter(IParameters.Parameter.GasRefundWei, 0);
        _fallen(1);
        vm.assertEq(court.creditOf(client), CLAIM_LOCK / 5, "client");
        vm.assertEq(court.creditOf(challenger), BOND + (CLAIM_LOCK * 3) / 10, "challenger");
        vm.assertEq(token.totalSupply(), token.CAP() - CLAIM_LOCK / 2, "burned");
    }

    function _fallen(uint256 salt) private returns (Case memory c) {
        bytes32 gameId;
        (c, gameId) = answeredCase(salt);
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
    }

    /// @dev A worker who is client and all challengers at once still loses at least half of the lock (S12, attack 5).
    function test_fuzz_selfChallenge_losesHalf(uint256 refund) public {
        setParameter(IParameters.Parameter.GasRefundWei, bound(refund, 0, 1_000_000e18));
        uint256 before = _wealth();
        Case memory c = filedCase(3, 2, 2, 1);
        address[4] memory own = [challenger, newChallenger("s1"), newChallenger("s2"), newChallenger("s3")];
        before += 30e18;
        bytes32[4] memory games;
        for (uint256 i = 0; i < 4; ++i) games[i] = challenge(c, own[i]);
        answer(c);
        for (uint256 i = 0; i < 4; ++i) prove(c, games[i], WRONG);
        skipAll();
        court.finalize(c.claimId);
        market.withdrawFor(client);
        for (uint256 i = 0; i < 4; ++i) court.withdrawFor(own[i]);
        if (court.creditOf(client) != 0) court.withdrawFor(client);
        uint256 afterwards = _wealth() + token.balanceOf(own[1]) + token.balanceOf(own[2]) + token.balanceOf(own[3]);
        vm.assertGe(before - afterwards, CLAIM_LOCK / 2, "half is gone for good");
    }

    function _wealth() private view returns (uint256) {
        return
            token.balanceOf(client) + token.balanceOf(challenger) + workers.getWorker(worker).stakeWei;
    }

    /// @dev The slash is taken when the claim is decided, from stake that is on its way out as well (S4, S9).
    function test_slash_fromThawingStake() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 gameId = challenge(c, challenger);
        vm.startPrank(client);
        evaluator.accept(c.jobId);
        vm.stopPrank();
        vm.prank(worker);
        workers.requestUnstake(STAKE);
        skip(CLOCK);
        arena.timeout(gameId);
        vm.assertEq(workers.getWorker(worker).thawingWei, STAKE - CLAIM_LOCK, "taken from the thawing part");
        skipAll();
        court.finalize(c.claimId);
        assertState(c.jobId, IJobMarket.JobState.Completed, "the client had accepted");
    }

    /// @dev Whoever asks for his stake right after his claim cannot leave before its last game is over (rule 6).
    function test_unstake_afterTheClaim_isTooLate() public {
        Case memory c = filedCase(70, 67, 40, 1);
        vm.prank(worker);
        workers.requestUnstake(STAKE - CLAIM_LOCK);
        uint256 free = block.timestamp + THAW;
        vm.warp(START + WINDOW - 1);
        bytes32 gameId = challenge(c, challenger);
        vm.warp(arena.getGame(gameId).deadline - 1);
        answer(c);
        while (!_isAtProve(gameId)) {
            if (isWorkersTurn(arena.getGame(gameId).phase)) openNext(c, gameId);
            else pickNext(c, gameId, 37);
            vm.warp(arena.getGame(gameId).deadline - 1);
        }
        prove(c, gameId, WRONG);
        vm.assertLt(block.timestamp, free, "still here");
        vm.assertEq(court.getClaim(c.claimId).slashedWei, CLAIM_LOCK, "slashed");
    }

    function _isAtProve(bytes32 gameId) private view returns (bool) {
        return uint256(arena.getGame(gameId).phase) == 6;
    }

    /// @dev Other slashes used the stake up: what is there is taken, and the claim falls all the same (S9, S11).
    function test_slash_takesWhatIsThere() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 gameId = challenge(c, challenger);
        address other = actor("other slasher");
        vm.prank(treasury);
        workers.setSlasher(other, true);
        vm.prank(other);
        workers.slash(worker, "elsewhere", STAKE - 7, treasury);
        answer(c);
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Fallen, "fallen");
        vm.assertEq(court.getClaim(c.claimId).slashedWei, 7, "what was there");
        vm.assertEq(market.creditOf(client), FEE, "refunded");
        court.withdrawFor(challenger);
    }

    /// @dev Without the right to slash nothing is stuck.
    function test_slash_withoutTheRight() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        vm.prank(treasury);
        workers.setSlasher(address(court), false);
        prove(c, gameId, WRONG);
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Fallen, "fallen");
        vm.assertEq(court.getClaim(c.claimId).slashedWei, 0, "nothing taken");
        vm.assertEq(court.creditOf(challenger), BOND, "bond back");
    }

    function test_decidedClaim_takesNoNewChallenge() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        prove(c, gameId, WRONG);
        address late = newChallenger("late");
        vm.prank(late);
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.CourtClaimDecided.selector, c.claimId, ICourt.Outcome.Fallen)
        );
        arena.challenge(c.claimId);
    }

    function test_file_refusals() public {
        Case memory c = filedCase(3, 2, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtSubjectNotApproved.selector, address(this)));
        court.file(address(this), "");
        JobId unknown = JobId.wrap(7);
        vm.expectRevert();
        court.file(address(evaluator), abi.encode(unknown));
        vm.expectRevert();
        court.file(address(evaluator), abi.encode(c.jobId));
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimUnknown.selector, bytes32("x")));
        court.getClaim("x");
        vm.assertFalse(court.isFiled("x"), "not filed");
        vm.assertFalse(court.isEndable("x"), "not endable");
    }

    function test_onlyTheArena() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes memory refusal = abi.encodeWithSelector(
            ICourt.CourtCallerNotArena.selector,
            address(this),
            address(arena)
        );
        vm.expectRevert(refusal);
        court.post(c.claimId, challenger, 1);
        vm.expectRevert(refusal);
        court.settle(c.claimId, address(this), 1e18, ICourt.Result.ChallengerWon, address(0));
        vm.expectRevert(refusal);
        court.extend(c.claimId, type(uint64).max);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CourtCallerNotSubject.selector,
                c.claimId,
                address(this),
                address(evaluator)
            )
        );
        court.reveal(c.claimId);
    }

    function test_fuzz_setSubject_onlyTimelock(address caller) public {
        vm.assume(caller != treasury);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, caller, treasury));
        court.setSubject(caller, true);
        vm.prank(treasury);
        court.setSubject(caller, true);
        vm.assertTrue(court.isSubject(caller), "approved");
    }

    /// @dev Whatever a subject does when it is told, the claim ends, everybody is paid, and once only (K15).
    function test_hostileSubjects() public {
        HostileSubject subject = new HostileSubject(court);
        vm.prank(treasury);
        court.setSubject(address(subject), true);
        for (uint8 mode = 0; mode < 5; ++mode) {
            bytes32 claimId = keccak256(abi.encode("claim", mode));
            subject.prepare(claimId, worker, uint64(block.timestamp + 1 hours), mode);
            court.file(address(subject), "");
            vm.prank(challenger);
            bytes32 gameId = arena.challenge(claimId);
            skip(CLOCK);
            arena.timeout(gameId);
            vm.expectEmit(true, true, true, true, address(court));
            if (mode == 4) emit ICourt.ClaimFinal(claimId, address(subject), ICourt.Outcome.Fallen);
            else emit ICourt.SubjectFailed(claimId, address(subject));
            uint256 before = gasleft();
            court.finalize{gas: 3_000_000}(claimId);
            vm.assertLt(before - gasleft(), 900_000, "bounded gas");
            assertOutcome(claimId, ICourt.Outcome.Fallen, "fallen");
            court.withdrawFor(challenger);
        }
        vm.assertEq(subject.told(), 1, "only the honest mode took notice");
        vm.assertEq(token.balanceOf(address(court)), 0, "nothing left over");
    }

    /// @dev Nobody can starve a subject of gas and call it a failure.
    function test_finalize_gasTooLow() public {
        Case memory c = filedCase(3, 2, 2, 1);
        skip(WINDOW);
        for (uint256 gas_ = 100_000; gas_ < 700_000; gas_ += 50_000) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool done, bytes memory reason) = address(court).call{gas: gas_}(
                abi.encodeCall(court.finalize, (c.claimId))
            );
            if (!done) vm.assertTrue(bytes4(reason) == ICourt.CourtGasTooLow.selector, "says why");
            if (!done) continue;
            assertState(c.jobId, IJobMarket.JobState.Completed, "the job was told");
            return;
        }
        vm.assertTrue(false, "never finalized");
    }

    function test_subject_filesNonsense() public {
        HostileSubject subject = new HostileSubject(court);
        vm.prank(treasury);
        court.setSubject(address(subject), true);
        uint64 now_ = uint64(block.timestamp);
        subject.prepare("c", worker, now_, 4);
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.CourtFilingInvalid.selector, bytes32("c"), worker, uint256(now_))
        );
        court.file(address(subject), "");
        subject.prepare("c", challenger, now_ + 1, 4);
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.CourtFilingInvalid.selector, bytes32("c"), challenger, uint256(now_) + 1)
        );
        court.file(address(subject), "");
        subject.prepare(0, worker, now_ + 1, 4);
        vm.expectRevert(
            abi.encodeWithSelector(ICourt.CourtFilingInvalid.selector, bytes32(0), worker, uint256(now_) + 1)
        );
        court.file(address(subject), "");
        subject.prepare("c", worker, now_ + 1, 4);
        court.file(address(subject), "");
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimAlreadyFiled.selector, bytes32("c")));
        court.file(address(subject), "");
    }

    function test_fuzz_subjects_onlyTheCourt(address caller) public {
        vm.assume(caller != address(court));
        bytes memory refusal = abi.encodeWithSelector(
            IClaimSubject.SubjectCallerNotCourt.selector,
            caller,
            address(court)
        );
        address[2] memory subjects = [address(evaluator), address(receipts)];
        vm.startPrank(caller);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(refusal);
            IClaimSubject(subjects[i]).fileClaim("");
            vm.expectRevert(refusal);
            IClaimSubject(subjects[i]).onClaimFinal("c", ICourt.Outcome.Stands);
        }
        vm.stopPrank();
    }
}

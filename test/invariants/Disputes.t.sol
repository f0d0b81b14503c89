// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IArena} from "../../contracts/interfaces/IArena.sol";
import {ICourt} from "../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {IReceiptCourt} from "../../contracts/interfaces/IReceiptCourt.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {JobId} from "../../contracts/types/Ids.sol";
import {Campaign} from "../helpers/sol/Campaign.sol";
import {Disputes} from "../helpers/sol/Disputes.sol";
import {Sheets} from "../helpers/sol/Sheets.sol";
import {TruthReferee} from "../helpers/sol/TruthReferee.sol";

/// @dev An honest and a lying worker, an honest challenger and two spammers, a client who accepts too early, the DAO and
/// anybody, in any order. The honest ones do one thing: they move before their deadline, however late.
contract DisputesHandler is Disputes {
    uint256 internal constant MAX_CLAIMS = 14;

    struct Stored {
        IJobMarket.JobTerms terms;
        IJobMarket.Receipt receipt;
        bytes32 claimId;
        uint32 count;
        uint32 step;
        uint32 leaves;
        bool isJob;
        bool lying;
        bool impossible;
    }

    TruthReferee private _truth;
    address public honest;
    address public liar;
    address[3] public challengers;

    uint256 public calls;
    uint256 public badEdges;
    uint256 public misuse;
    uint256 public burnedWei;

    Stored[] private _claims;
    mapping(bytes32 claimId => ICourt.Outcome) private _seen;
    mapping(bytes32 claimId => bool) private _decided;
    mapping(bytes32 gameId => bool) private _over;
    uint256 private _now;

    constructor() {
        openDisputes();
        _now = START;
        honest = worker;
        liar = newWorker("liar", STAKE);
        challengers = [challenger, newChallenger("spam one"), newChallenger("spam two")];
        for (uint256 i = 0; i < 3; ++i) give(challengers[i], 1_000e18);
    }

    function newReferee() internal override returns (IReferee) {
        _truth = new TruthReferee();
        return _truth;
    }

    modifier step() {
        ++calls;
        vm.warp(_now);
        _;
        vm.warp(_now);
        for (uint256 i = 0; i < _claims.length; ++i) _watch(_claims[i].claimId);
    }

    /// @dev A new claim, by a job or a signed receipt; the liar's are wrong, a few are of impossible programs.
    function claim(uint256 seed, bool lying, bool isJob) external step {
        if (_claims.length == MAX_CLAIMS) return;
        Stored memory s;
        s.lying = lying;
        s.isJob = isJob;
        s.impossible = !lying && seed % 7 == 0;
        s.count = uint32(bound(seed, 1, 9));
        s.step = uint32(bound(seed >> 8, 1, s.count));
        s.leaves = uint32(bound(seed >> 16, 1, 3));
        uint256 salt = uint256(keccak256(abi.encode(seed, calls)));
        Sheets.Sheet memory sheet = Sheets.sheetOf(s.count, s.step, s.leaves, bytes32(salt));
        s.terms = termsOf(client, lying ? liar : honest, versionWith(sheet.programRoot), FEE, salt);
        s.terms.inputRoot = inputRootOf(2);
        if (lying) _truth.know(sheet.traceRoot, IReferee.Verdict.Wrong);
        if (s.impossible) _truth.know(sheet.traceRoot, IReferee.Verdict.Void);
        bytes32 jobId = isJob
            ? bytes32(JobId.unwrap(market.jobIdOf(s.terms)))
            : keccak256(abi.encode(block.chainid, address(token), client, bytes32(salt)));
        s.receipt = receiptOf(sheet, s.terms, jobId);
        s.receipt.worker = s.terms.worker;
        bytes32 digest = market.hashReceipt(s.receipt);
        s.claimId = court.claimIdOf(jobId, digest);
        if (isJob) _submit(s, digest);
        else _fileSigned(s, digest, bytes32(salt));
        _claims.push(s);
    }

    function _submit(Stored memory s, bytes32 digest) private {
        IJobMarket.Submission memory item = IJobMarket.Submission(
            s.terms,
            authorize(keyOf("client"), s.terms),
            digest
        );
        vm.prank(s.terms.worker);
        market.openAndSubmit(item);
        court.file(address(evaluator), abi.encode(market.jobIdOf(s.terms), s.receipt, s.terms));
    }

    function _fileSigned(Stored memory s, bytes32 digest, bytes32 nonce) private {
        bytes memory signature = sign(keyOf(s.lying ? "liar hot" : "worker hot"), digest);
        bytes memory locator = receipts.locatorOfSigned(
            s.receipt,
            IReceiptCourt.Payment(client, nonce),
            signature
        );
        court.file(address(receipts), locator);
    }

    function spam(uint256 which, uint256 who) external step {
        if (_claims.length == 0) return;
        address by = challengers[1 + (who % 2)];
        vm.prank(by);
        try arena.challenge(_claims[which % _claims.length].claimId) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    /// @dev The honest challenger looks at a claim; he touches only wrong ones.
    function inspect(uint256 which) external step {
        if (_claims.length == 0) return;
        _inspect(which % _claims.length);
    }

    /// @dev Whoever's turn it is in some game may move, honest or not.
    function move(uint256 which, uint256 who) external step {
        if (_claims.length == 0) return;
        _move(which % _claims.length, challengers[who % 3]);
    }

    /// @dev A spammer tries to prove something about somebody's claim.
    function accuse(uint256 which, uint256 who, uint8 how) external step {
        if (_claims.length == 0) return;
        Stored memory s = _claims[which % _claims.length];
        bytes32 gameId = arena.gameIdOf(s.claimId, challengers[1 + (who % 2)]);
        bytes memory data = abi.encodeCall(arena.prove, (gameId, s.receipt, 1, 0, "x"));
        if (how % 3 == 1) data = abi.encodeCall(arena.proveHeader, (gameId, s.receipt, 1, "x"));
        if (how % 3 == 2) data = abi.encodeCall(arena.pickElement, (gameId, 1, 0));
        vm.prank(challengers[1 + (who % 2)]);
        (bool ok, ) = address(arena).call(data);
        if (ok && how % 3 != 2 && !s.lying && !s.impossible) ++misuse;
    }

    function demand(uint256 which, uint32 leaf) external step {
        if (_claims.length == 0) return;
        Stored memory s = _claims[which % _claims.length];
        vm.prank(challengers[1]);
        try arena.demandInput(s.claimId, leaf % 3) {
            if (!s.lying) _supply(s, leaf % 3);
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function expire(uint256 which, uint32 leaf) external step {
        if (_claims.length == 0) return;
        Stored memory s = _claims[which % _claims.length];
        try arena.expireDemand(s.claimId, leaf % 3) {
            if (!s.lying) ++misuse;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function timeout(uint256 which, uint256 who) external step {
        if (_claims.length == 0) return;
        _timeout(_claims[which % _claims.length].claimId, challengers[who % 3]);
    }

    function leave(uint256 which, uint256 who) external step {
        if (_claims.length == 0) return;
        bytes32 gameId = arena.gameIdOf(_claims[which % _claims.length].claimId, challengers[who % 3]);
        vm.prank(challengers[who % 3]);
        try arena.leave(gameId) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function accept(uint256 which) external step {
        if (_claims.length == 0) return;
        vm.prank(client);
        try evaluator.accept(market.jobIdOf(_claims[which % _claims.length].terms)) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function finalize(uint256 which) external step {
        if (_claims.length == 0) return;
        _finalize(_claims[which % _claims.length].claimId);
    }

    function withdraw(uint256 who) external step {
        _withdraw(_payee(who % 8));
    }

    function unstake(uint256 amount) external step {
        uint256 free = workers.freeStakeOf(liar);
        if (free < 2_000e18) return;
        vm.prank(liar);
        workers.requestUnstake(bound(amount, 1, 1e18));
    }

    function govern(uint256 bond, uint256 clock, uint256 reply, uint256 refund) external step {
        setParameter(IParameters.Parameter.ChallengeBondWei, bound(bond, 1, 1e18));
        setParameter(IParameters.Parameter.ClockSeconds, bound(clock, 600, CLOCK));
        setParameter(IParameters.Parameter.ReplySeconds, bound(reply, 1, REPLY));
        setParameter(IParameters.Parameter.GasRefundWei, bound(refund, 0, 1e18));
    }

    /// @dev Time passes; whenever it would run out for an honest one, he does what he has to, one second before.
    function wait(uint256 time) external step {
        uint256 until = _now + bound(time, 1, 12 hours);
        for (uint256 i = 0; i < 200; ++i) {
            (uint256 due, uint256 index, uint256 who) = _nextDuty();
            if (due > until) break;
            if (due > _now) _now = due - 1;
            vm.warp(_now);
            if (who == type(uint256).max) _inspect(index);
            else _move(index, challengers[who]);
        }
        _now = until;
    }

    // ——— what the campaign checks ———

    function checkMoney() external {
        vm.warp(_now);
        vm.assertEq(
            token.balanceOf(address(court)),
            _openBonds() + _undivided() + _credits(),
            "37: the court holds exactly what it owes"
        );
        uint256 slashed = 0;
        uint256 honestSlashed = 0;
        for (uint256 i = 0; i < _claims.length; ++i) {
            uint256 taken = court.getClaim(_claims[i].claimId).slashedWei;
            vm.assertLe(taken, CLAIM_LOCK, "42: at most one lock for a claim");
            if (_claims[i].lying) slashed += taken;
            else honestSlashed += taken;
        }
        vm.assertEq(honestSlashed, 0, "35: an honest worker was slashed");
        vm.assertEq(workers.getWorker(honest).stakeWei, STAKE, "35: an honest worker lost stake");
        vm.assertEq(
            uint256(workers.getWorker(liar).stakeWei) + workers.getWorker(liar).thawingWei,
            STAKE - slashed,
            "42: slashed once for each claim"
        );
        vm.assertEq(badEdges, 0, "38, 39: something moved after its end");
        vm.assertEq(misuse, 0, "35, 40: an honest claim was hurt");
        uint256 start = 1_010e18;
        vm.assertGe(
            token.balanceOf(challenger) + court.creditOf(challenger) + _bondsOf(0),
            start,
            "36: the honest challenger lost a bond"
        );
    }

    /// @dev Not kept: the runner discards what an invariant does. Everything ends in time, whatever was going on (34).
    function checkEnd() external {
        for (uint256 i = 0; i < _claims.length; ++i) {
            vm.warp(_now);
            if (_claims[i].lying) _inspect(i);
        }
        for (uint256 i = 0; i < 400; ++i) {
            (uint256 due, uint256 index, uint256 who) = _nextDuty();
            if (due == type(uint256).max) break;
            if (due > _now) _now = due - 1;
            vm.warp(_now);
            if (who == type(uint256).max) _inspect(index);
            else _move(index, challengers[who]);
        }
        vm.warp(_now + LONGEST_CLAIM);
        for (uint256 i = 0; i < _claims.length; ++i) _conclude(_claims[i]);
        for (uint256 i = 0; i < 8; ++i) {
            _withdraw(_payee(i));
            if (market.creditOf(_payee(i)) > 0) market.withdrawFor(_payee(i));
        }
        if (market.creditOf(author) > 0) market.withdrawFor(author);
        vm.assertEq(token.balanceOf(address(court)), 0, "37: everybody got his money, the rest is burned");
        vm.assertEq(workers.getWorker(honest).lockedWei, 0, "14: every lock is open");
        vm.assertEq(workers.getWorker(liar).lockedWei, 0, "14: every lock is open");
        vm.assertEq(token.balanceOf(address(market)), 0, "24: market is empty");
    }

    function _conclude(Stored memory s) private {
        for (uint256 who = 0; who < 3; ++who) _timeout(s.claimId, challengers[who]);
        for (uint32 leaf = 0; leaf < 3; ++leaf) {
            if (arena.demandOf(s.claimId, leaf).deadline != 0) arena.expireDemand(s.claimId, leaf);
        }
        _finalize(s.claimId);
        ICourt.Outcome outcome = court.outcomeOf(s.claimId);
        vm.assertTrue(outcome != ICourt.Outcome.Pending, "34: stuck");
        if (s.lying && _wasInspectable(s)) {
            vm.assertTrue(outcome == ICourt.Outcome.Fallen, "35: a false claim that somebody challenged stands");
        }
        if (!s.lying && !s.impossible) vm.assertTrue(outcome == ICourt.Outcome.Stands, "35: a true claim fell");
    }

    function _wasInspectable(Stored memory s) private view returns (bool) {
        return arena.getGame(arena.gameIdOf(s.claimId, challenger)).phase != IArena.Phase.None;
    }

    function _inspect(uint256 index) private {
        Stored memory s = _claims[index];
        bytes32 gameId = arena.gameIdOf(s.claimId, challenger);
        bool mine = arena.getGame(gameId).phase != IArena.Phase.None;
        ICourt.Claim memory filed = court.getClaim(s.claimId);
        if (!s.lying || mine || filed.verdict != ICourt.Outcome.Pending) return;
        if (block.timestamp >= filed.windowEndsAt) return;
        vm.prank(challenger);
        arena.challenge(s.claimId);
    }

    /// @dev One move of the game of claim `index` and `by`, if there is one: openings and answers of the worker's side,
    /// picks of the challenger's, the proof at the leaf.
    function _move(uint256 index, address by) private {
        Stored memory s = _claims[index];
        bytes32 gameId = arena.gameIdOf(s.claimId, by);
        IArena.Game memory g = arena.getGame(gameId);
        if (g.phase == IArena.Phase.None || g.phase == IArena.Phase.Ended || block.timestamp >= g.deadline) return;
        Case memory c = _caseOf(s);
        if (g.phase == IArena.Phase.PostPartials) {
            vm.prank(s.terms.worker);
            arena.postPartials(gameId, g.step, g.element, new int64[](2));
        } else if (isWorkersTurn(g.phase)) {
            if (g.node == 0) _answer(c);
            openNext(c, gameId);
        } else if (g.phase == IArena.Phase.Prove || g.phase == IArena.Phase.ProveChunk) {
            vm.prank(by);
            try arena.prove(gameId, s.receipt, s.step, 0, "x") {
                if (!s.lying && !s.impossible) ++misuse;
            } catch (bytes memory reason) {
                if (s.lying) ++misuse;
                vm.assertTrue(reason.length >= 4, "a reason");
            }
        } else {
            pickNext(c, gameId, calls % s.leaves);
        }
    }

    function _answer(Case memory c) private {
        IArena.Answer memory given = answerOf(c);
        vm.prank(c.terms.worker);
        arena.answer(c.claimId, c.receipt, given);
    }

    function _supply(Stored memory s, uint32 leaf) private {
        bytes memory header = inputHeaderOf(2);
        bytes memory data = leaf < 2 ? Sheets.leafData("input", leaf) : bytes("");
        bytes32[] memory path = leaf < 2 ? Sheets.siblingsOf(inputTreeOf(2), 0, leaf, 1) : new bytes32[](0);
        arena.supplyInput(s.claimId, s.receipt, leaf, header, data, path);
    }

    function _timeout(bytes32 claimId, address by) private {
        try arena.timeout(arena.gameIdOf(claimId, by)) {
            return;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function _finalize(bytes32 claimId) private {
        uint256 supply = token.totalSupply();
        try court.finalize(claimId) {
            burnedWei += supply - token.totalSupply();
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function _withdraw(address account) private {
        if (court.creditOf(account) != 0) court.withdrawFor(account);
    }

    /// @dev The first deadline of an honest one: (when, claim, challenger; the largest number for a claim to inspect).
    function _nextDuty() private view returns (uint256 due, uint256 index, uint256 who) {
        due = type(uint256).max;
        for (uint256 i = 0; i < _claims.length; ++i) {
            ICourt.Claim memory filed = court.getClaim(_claims[i].claimId);
            bool undecided = filed.verdict == ICourt.Outcome.Pending;
            for (uint256 k = 0; k < 3; ++k) {
                IArena.Game memory g = arena.getGame(arena.gameIdOf(_claims[i].claimId, challengers[k]));
                bool live = g.phase != IArena.Phase.None && g.phase != IArena.Phase.Ended;
                bool duty = isWorkersTurn(g.phase) ? !_claims[i].lying : k == 0 && _claims[i].lying;
                if (live && duty && undecided && block.timestamp < g.deadline && g.deadline < due) {
                    (due, index, who) = (g.deadline, i, k);
                }
            }
            bool mine = arena.getGame(arena.gameIdOf(_claims[i].claimId, challenger)).phase != IArena.Phase.None;
            bool toInspect = _claims[i].lying && !mine && undecided && block.timestamp < filed.windowEndsAt;
            if (toInspect && filed.windowEndsAt < due) {
                (due, index, who) = (filed.windowEndsAt, i, type(uint256).max);
            }
        }
    }

    function _caseOf(Stored memory s) private pure returns (Case memory c) {
        c.claimId = s.claimId;
        c.terms = s.terms;
        c.receipt = s.receipt;
        c.sheet = Sheets.sheetOf(s.count, s.step, s.leaves, s.terms.salt);
    }

    function _watch(bytes32 claimId) private {
        ICourt.Claim memory filed = court.getClaim(claimId);
        if (_seen[claimId] != ICourt.Outcome.Pending && _seen[claimId] != filed.outcome) ++badEdges;
        _seen[claimId] = filed.outcome;
        if (filed.outcome != ICourt.Outcome.Pending && filed.open != 0) ++badEdges;
        if (_decided[claimId] && filed.verdict == ICourt.Outcome.Pending) ++badEdges;
        _decided[claimId] = filed.verdict != ICourt.Outcome.Pending;
        for (uint256 k = 0; k < 3; ++k) {
            bytes32 gameId = arena.gameIdOf(claimId, challengers[k]);
            bool over = arena.getGame(gameId).phase == IArena.Phase.Ended;
            if (_over[gameId] && !over) ++badEdges;
            _over[gameId] = over;
        }
    }

    function _openBonds() private view returns (uint256 sum) {
        for (uint256 k = 0; k < 3; ++k) sum += _bondsOf(k);
        for (uint256 i = 0; i < _claims.length; ++i) {
            for (uint32 leaf = 0; leaf < 3; ++leaf) {
                IArena.Demand memory d = arena.demandOf(_claims[i].claimId, leaf);
                if (d.deadline != 0) sum += d.priceWei;
            }
        }
    }

    function _bondsOf(uint256 k) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _claims.length; ++i) {
            IArena.Game memory g = arena.getGame(arena.gameIdOf(_claims[i].claimId, challengers[k]));
            if (g.phase != IArena.Phase.Ended) sum += g.bondWei;
        }
    }

    function _undivided() private view returns (uint256 sum) {
        for (uint256 i = 0; i < _claims.length; ++i) {
            ICourt.Claim memory filed = court.getClaim(_claims[i].claimId);
            if (filed.outcome == ICourt.Outcome.Pending) sum += filed.slashedWei;
        }
    }

    function _credits() private view returns (uint256 sum) {
        for (uint256 i = 0; i < 8; ++i) sum += court.creditOf(_payee(i));
    }

    /// @dev Who can have credit; the handler itself supplies demanded data.
    function _payee(uint256 i) private view returns (address) {
        if (i < 3) return challengers[i];
        if (i == 3) return honest;
        if (i == 4) return liar;
        if (i == 5) return client;
        if (i == 6) return address(this);
        return treasury;
    }
}

contract DisputesInvariants is Campaign {
    DisputesHandler private _handler;

    function setUp() external {
        _handler = new DisputesHandler();
        bytes4[] memory checks = new bytes4[](2);
        checks[0] = _handler.checkMoney.selector;
        checks[1] = _handler.checkEnd.selector;
        campaignAgainst(address(_handler), checks);
    }

    /// @dev Invariants 14, 24, 34–40, 42 of threats.md §2.
    function invariant_disputes() external {
        _handler.checkMoney();
        if (_handler.calls() % 20 == 0) _handler.checkEnd();
    }
}

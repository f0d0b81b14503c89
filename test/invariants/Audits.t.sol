// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IAuditPool} from "../../contracts/interfaces/IAuditPool.sol";
import {IBeacon} from "../../contracts/interfaces/IBeacon.sol";
import {ICourt} from "../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../contracts/types/Ids.sol";
import {Audits} from "../helpers/sol/Audits.sol";
import {Campaign} from "../helpers/sol/Campaign.sol";

/// @dev Auditors, planters, jobs and the DAO in any order, with time jumps. Half the auditors are lazy.
contract AuditsHandler is Audits {
    bytes32 internal constant TRUE_ROOT = keccak256("true");
    bytes32 internal constant FALSE_ROOT = keccak256("false");
    bytes32 internal constant SALT = "salt";
    uint256 internal constant MAX_JOBS = 40;

    struct Played {
        JobId jobId;
        IJobMarket.JobTerms terms;
        bytes32 claimed;
        IJobMarket.Receipt proof;
        bytes32 proofId;
        uint256 round;
        bytes32 draw;
    }

    uint256 public calls;
    uint256 public donatedWei;
    uint256 public fundedWei;
    uint256 public burnedWei;
    uint256 public trespasses;
    uint256 public settledTwice;
    uint256 public started;
    uint256 public proven;
    uint256 public refuted;
    uint256 public exits;
    mapping(address auditor => uint256) public paidInWei;
    mapping(address auditor => uint256) public paidOutWei;

    Played[] private _played;
    uint256 private _now;
    uint256 private _burnedAtStart;
    mapping(uint256 job => uint256) private _ends;

    constructor() {
        openPool(5_000, 3);
        _now = START;
        joinAll();
        for (uint256 i = 0; i < PEOPLE; ++i) paidInWei[people[i]] = SEAT_BOND;
        pay(1e18);
        fundedWei = 1e18;
    }

    modifier step() {
        ++calls;
        vm.warp(_now);
        uint256 supply = token.totalSupply();
        _;
        burnedWei += supply - token.totalSupply();
    }

    function join(uint256 who) external step {
        address person = people[who % PEOPLE];
        uint256 before = token.balanceOf(person);
        vm.prank(person);
        try pool.join(address(0)) {
            paidInWei[person] += before - token.balanceOf(person);
        } catch {
            vm.assertTrue(pool.getAuditor(person).seat != 0 || before < SEAT_BOND, "could not join");
        }
    }

    function leave(uint256 who) external step {
        address person = people[who % PEOPLE];
        if (pool.getAuditor(person).seat == 0) return;
        vm.prank(person);
        pool.leave();
    }

    function exit(uint256 who) external step {
        address person = people[who % PEOPLE];
        IAuditPool.Auditor memory record = pool.getAuditor(person);
        vm.prank(person);
        try pool.withdrawBond() returns (uint256 amount) {
            vm.assertTrue(block.timestamp >= record.thawEndsAt && record.open == 0, "left too early");
            paidOutWei[person] += amount;
            ++exits;
        } catch {
            bool liable = record.seat != 0 || block.timestamp < record.thawEndsAt;
            vm.assertTrue(
                liable || record.open != 0 || record.frozenWei != 0 || record.bondWei == 0,
                "a free bond could not leave"
            );
        }
    }

    function submit(bool lie, bool sealed_) external step {
        if (_played.length == MAX_JOBS || workers.freeStakeOf(worker) < CLAIM_LOCK) return;
        if (token.balanceOf(client) < FEE || !workers.isActive(worker)) return;
        IJobMarket.JobTerms memory t = terms(_played.length + 1);
        if (sealed_) t.salt = pool.sealOf(bytes32(_played.length), TRUE_ROOT);
        bytes32 claimed = lie ? FALSE_ROOT : TRUE_ROOT;
        Played storage played = _played.push();
        played.terms = t;
        played.claimed = claimed;
        played.jobId = claim(t, claimed);
    }

    function tick(uint256 value, bool lost) external step {
        _now += 12;
        vm.warp(_now);
        uint64 point = pool.getRound(pool.currentRound()).point;
        beacon.say(point, lost ? IBeacon.Status.Lost : IBeacon.Status.Known, bytes32(value));
        pool.tick();
    }

    function start(uint256 which) external step {
        if (_played.length == 0) return;
        Played storage played = _played[which % _played.length];
        uint256 submittedAt = market.getJob(played.jobId).submittedAt;
        uint256 round = 1;
        while (round < pool.currentRound() && pool.getRound(round).openedAt <= submittedAt) ++round;
        try pool.start(played.jobId, round) {
            ++started;
            played.round = round;
            played.draw = keccak256(abi.encode(pool.auditorsOf(played.jobId)));
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    /// @dev Even auditors are honest, odd ones approve whatever was claimed; some stay silent.
    function play(uint256 which, uint256 who, bool silent) external step {
        if (_played.length == 0 || silent) return;
        Played storage played = _played[which % _played.length];
        address[] memory auditors = pool.auditorsOf(played.jobId);
        if (auditors.length == 0) return;
        address auditor = auditors[who % auditors.length];
        bytes32 root = _rootOf(auditor, played.claimed);
        vm.prank(auditor);
        try pool.commit(played.jobId, auditor, commitmentOf(played.jobId, auditor, root, SALT)) {} catch {
            try pool.reveal(played.jobId, auditor, root, SALT) {
                ++calls;
            } catch (bytes memory reason) {
                vm.assertTrue(reason.length > 4, "a reason");
            }
        }
    }

    function show(uint256 which) external step {
        if (_played.length == 0) return;
        Played storage played = _played[which % _played.length];
        try pool.revealReceipt(played.terms, receiptOf(played.terms, played.claimed)) {
            ++calls;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    function settle(uint256 which) external step {
        if (_played.length == 0) return;
        Played storage played = _played[which % _played.length];
        bool wasSettled = pool.getAudit(played.jobId).outcome != IAuditPool.Outcome.Pending;
        try pool.settle(played.jobId) {
            if (wasSettled) ++settledTwice;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    function plant(uint256 which) external step {
        if (_played.length == 0 || workers.freeStakeOf(worker) < CLAIM_LOCK) return;
        uint256 index = which % _played.length;
        Played storage played = _played[index];
        if (played.proofId == 0) (played.proof, played.proofId) = fileProof(played.terms, TRUE_ROOT);
        try pool.revealCanary(played.terms, bytes32(index), played.proof) {
            vm.assertEq(played.claimed, FALSE_ROOT, "a true answer is no canary");
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    /// @dev From the sealed lie to the shown seal in one step, so that the campaign meets many of them.
    function canary(uint256 value, uint8 silence) external step {
        bool able = workers.freeStakeOf(worker) >= 2 * CLAIM_LOCK && workers.isActive(worker);
        if (_played.length == MAX_JOBS || !able || token.balanceOf(client) < FEE) return;
        uint256 index = _played.length;
        Played storage played = _played.push();
        IJobMarket.JobTerms memory t = terms(index + 1);
        t.salt = pool.sealOf(bytes32(index), TRUE_ROOT);
        (played.terms, played.claimed) = (t, FALSE_ROOT);
        played.jobId = claim(t, FALSE_ROOT);
        played.round = drawFor(keccak256(abi.encode(value)));
        _now = block.timestamp;
        try pool.start(played.jobId, played.round) {
            ++started;
        } catch {
            return;
        }
        address[] memory auditors = pool.auditorsOf(played.jobId);
        played.draw = keccak256(abi.encode(auditors));
        for (uint256 i = 0; i < auditors.length; ++i) {
            if ((silence >> i) % 4 != 0) commitTo(played.jobId, auditors[i], _rootOf(auditors[i], FALSE_ROOT));
        }
        skip(COMMIT);
        pool.revealReceipt(t, receiptOf(t, FALSE_ROOT));
        for (uint256 i = 0; i < auditors.length; ++i) {
            if ((silence >> i) % 4 == 0) continue;
            pool.reveal(played.jobId, auditors[i], _rootOf(auditors[i], FALSE_ROOT), SALT);
        }
        skip(REVEAL);
        (played.proof, played.proofId) = fileProof(t, TRUE_ROOT);
        pool.revealCanary(t, bytes32(index), played.proof);
        _now = block.timestamp;
    }

    /// @dev The next canary that waits, so that most are concluded.
    function conclude(uint256 which) external step {
        which %= MAX_JOBS;
        if (_played.length == 0) return;
        for (uint256 i = 0; i < _played.length; ++i) {
            ++which;
            if (pool.getAudit(_played[which % _played.length].jobId).canary == IAuditPool.CanaryState.Pending) break;
        }
        Played storage played = _played[which % _played.length];
        if (court.isEndable(played.proofId)) court.finalize(played.proofId);
        try pool.concludeCanary(played.jobId) returns (IAuditPool.CanaryState state) {
            if (state == IAuditPool.CanaryState.Proven) ++proven;
            else ++refuted;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    function withdraw(uint256 who) external step {
        address person = people[who % PEOPLE];
        uint256 credit = pool.creditOf(person);
        if (credit == 0) return;
        pool.withdrawFor(person);
        paidOutWei[person] += credit;
    }

    function donate(uint256 amount) external step {
        amount = bound(amount, 0, 10e18);
        give(address(pool), amount);
        donatedWei += amount;
    }

    function fund(uint256 amount) external step {
        amount = bound(amount, 1, 1e18);
        pay(amount);
        fundedWei += amount;
    }

    function govern(uint256 bps, uint256 seats, uint256 miss) external step {
        IAuditPool.Rules memory r = auditRules(uint16(bound(bps, 2_000, 10_000)), uint8(bound(seats, 1, 5)));
        r.missWei = uint96(bound(miss, 0, SEAT_BOND));
        vm.prank(treasury);
        pool.setRules(r);
    }

    /// @dev A thief tries every door of another's account.
    function trespass(uint256 who, uint256 which, uint8 door) external step {
        if (_played.length == 0) return;
        address victim = people[who % PEOPLE];
        JobId jobId = _played[which % _played.length].jobId;
        bytes memory data = abi.encodeCall(pool.commit, (jobId, victim, bytes32("c")));
        if (door % 5 == 1) data = abi.encodeCall(pool.withdrawBond, ());
        if (door % 5 == 2) data = abi.encodeCall(pool.leave, ());
        if (door % 5 == 3) data = abi.encodeCall(pool.withdraw, ());
        if (door % 5 == 4) data = abi.encodeCall(pool.reveal, (jobId, victim, TRUE_ROOT, "another salt"));
        vm.prank(actor("thief"));
        (bool ok, ) = address(pool).call(data);
        if (ok) ++trespasses;
    }

    function wait(uint256 time) external step {
        _now += time % 3 == 0 ? bound(time, 1, 3 days) : bound(time, 1, 2 hours);
    }

    // ——— what the campaign checks ———

    function checkSums() external {
        vm.warp(_now);
        uint256 bonds;
        uint256 credits;
        uint256 inWei;
        uint256 outWei;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            IAuditPool.Auditor memory record = pool.getAuditor(people[i]);
            vm.assertLe(record.frozenWei, record.bondWei, "frozen is part of the bond");
            if (record.seat != 0) vm.assertEq(pool.auditorAt(record.seat - 1), people[i], "his seat is his");
            bonds += record.bondWei;
            credits += pool.creditOf(people[i]);
            inWei += paidInWei[people[i]];
            outWei += paidOutWei[people[i]];
        }
        uint256 held = bonds + credits + pool.fundsWei() + pool.reservedWei();
        vm.assertEq(token.balanceOf(address(pool)), held + donatedWei, "10: solvent to the wei");
        vm.assertEq(inWei + fundedWei, held + outWei + burnedWei, "37: in = held + out + burned");
        vm.assertEq(trespasses, 0, "18: somebody acted for another");
        vm.assertEq(settledTwice, 0, "one outcome per audit");
    }

    function checkAudits() external {
        vm.warp(_now);
        uint256 reserved;
        for (uint256 i = 0; i < _played.length; ++i) {
            Played storage played = _played[i];
            IAuditPool.Audit memory audit = pool.getAudit(played.jobId);
            if (audit.startedAt == 0) continue;
            if (audit.outcome == IAuditPool.Outcome.Pending) {
                reserved += uint256(audit.seats) * pool.rulesOf(audit.epoch).baseFeeWei;
            }
            (, address[] memory again) = pool.drawOf(played.jobId, played.round);
            vm.assertEq(keccak256(abi.encode(again)), played.draw, "a draw never changes");
        }
        vm.assertEq(pool.reservedWei(), reserved, "open audits are paid for");
    }

    /// @dev Not kept: the runner discards what an invariant does.
    function checkExit() external {
        vm.warp(_now);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (pool.getAuditor(people[i]).seat == 0) continue;
            vm.prank(people[i]);
            pool.leave();
        }
        skip(180 days);
        for (uint256 i = 0; i < _played.length; ++i) {
            IAuditPool.Audit memory audit = pool.getAudit(_played[i].jobId);
            if (audit.startedAt != 0 && audit.outcome == IAuditPool.Outcome.Pending) pool.settle(_played[i].jobId);
            if (audit.canary != IAuditPool.CanaryState.Pending) continue;
            if (court.outcomeOf(audit.canaryClaimId) == ICourt.Outcome.Pending) court.finalize(audit.canaryClaimId);
            pool.concludeCanary(_played[i].jobId);
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (pool.getAuditor(people[i]).bondWei != 0) {
                vm.prank(people[i]);
                pool.withdrawBond();
            }
            if (pool.creditOf(people[i]) != 0) pool.withdrawFor(people[i]);
        }
        vm.assertEq(token.balanceOf(address(pool)), pool.fundsWei() + donatedWei, "16: everyone can exit");
        vm.assertEq(pool.reservedWei(), 0, "nothing waits for ever");
    }

    function _rootOf(address auditor, bytes32 claimed) private view returns (bytes32) {
        return auditor == people[0] || auditor == people[2] || auditor == people[4] ? TRUE_ROOT : claimed;
    }
}

contract AuditsInvariants is Campaign {
    AuditsHandler private _handler;

    function setUp() external {
        _handler = new AuditsHandler();
        bytes4[] memory checks = new bytes4[](3);
        checks[0] = _handler.checkSums.selector;
        checks[1] = _handler.checkAudits.selector;
        checks[2] = _handler.checkExit.selector;
        campaignAgainst(address(_handler), checks);
    }

    /// @dev Invariants 10, 16, 18, 22, 31, 33, 37 of threats.md §2 for audits.
    function invariant_audits() external {
        _handler.checkSums();
        if (_handler.calls() % 10 == 0) {
            _handler.checkAudits();
            _handler.checkExit();
        }
    }
}

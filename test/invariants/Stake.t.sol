// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Campaign} from "../helpers/sol/Campaign.sol";
import {Protocol} from "../helpers/sol/Protocol.sol";

/// @dev Workers, lockers, a slasher, the DAO and a thief, in any order, with time jumps.
contract StakeHandler is Protocol {
    uint256 internal constant PEOPLE = 4;

    string[PEOPLE] private _names = ["ann", "bob", "cem", "dia"];
    address[PEOPLE] public people;
    address[2] public lockers;
    address public slasher;

    uint256 public calls;
    uint256 public donatedWei;
    uint256 public slashFailures;
    uint256 public trespasses;
    mapping(address => uint256) public depositedWei;
    mapping(address => uint256) public withdrawnWei;
    mapping(address => uint256) public slashedWei;

    uint256[] public pastTimes;
    mapping(uint256 time => uint256) public pastVotesSum;

    uint256 private _now;
    uint256 private _offences;
    bytes32[PEOPLE] private _before;

    constructor() {
        deployProtocol();
        _now = START;
        slasher = actor("slasher");
        lockers = [actor("locker one"), actor("locker two")];
        vm.startPrank(treasury);
        workers.setSlasher(slasher, true);
        workers.setLocker(lockers[0], true);
        workers.setLocker(lockers[1], true);
        vm.stopPrank();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = actor(_names[i]);
            give(people[i], 50_000e18);
            vm.prank(people[i]);
            token.approve(address(workers), type(uint256).max);
        }
    }

    /// @dev One step: time stands where the last step left it; nobody but `mover` may find his record changed.
    modifier step(address mover) {
        ++calls;
        vm.warp(_now);
        for (uint256 i = 0; i < PEOPLE; ++i) _before[i] = _record(i);
        _;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (people[i] != mover && _record(i) != _before[i]) ++trespasses;
        }
    }

    function register(uint256 who, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        amount = bound(amount, MIN_STAKE, 10_000e18);
        (address hotKey, bytes memory consent) = hotKeyOf(_names[who % PEOPLE], person);
        if (workers.getWorker(person).registeredAt != 0 || token.balanceOf(person) < amount) return;
        vm.prank(person);
        workers.register(hotKey, consent, "http://w", amount);
        depositedWei[person] += amount;
    }

    function addStake(uint256 who, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        amount = bound(amount, 1, 10_000e18);
        if (workers.getWorker(person).registeredAt == 0 || token.balanceOf(person) < amount) return;
        vm.prank(person);
        workers.addStake(amount);
        depositedWei[person] += amount;
    }

    function requestUnstake(uint256 who, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        uint256 free = workers.freeStakeOf(person);
        if (free == 0) return;
        vm.prank(person);
        workers.requestUnstake(bound(amount, 1, free));
    }

    function withdraw(uint256 who) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        IWorkerRegistry.Worker memory record = workers.getWorker(person);
        vm.prank(person);
        try workers.withdraw() {
            vm.assertTrue(block.timestamp >= record.thawEndsAt, "withdrew before the thaw was over");
            withdrawnWei[person] += record.thawingWei;
        } catch {
            bool early = block.timestamp < record.thawEndsAt;
            vm.assertTrue(early || record.thawingWei == 0, "a thawed stake could not leave");
        }
    }

    function lock(uint256 who, uint256 which, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        uint256 free = workers.freeStakeOf(person);
        if (workers.getWorker(person).registeredAt == 0) return;
        vm.prank(lockers[which % 2]);
        workers.lock(person, bound(amount, 0, free));
    }

    function unlock(uint256 who, uint256 which, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        address locker = lockers[which % 2];
        uint256 held = workers.lockedBy(locker, person);
        vm.prank(locker);
        workers.unlock(person, bound(amount, 0, held));
    }

    function slash(uint256 who, uint256 amount) external step(people[who % PEOPLE]) {
        address person = people[who % PEOPLE];
        if (workers.getWorker(person).registeredAt == 0) return;
        if (amount % 4 != 0) amount = bound(amount, 0, 3_000e18);
        uint256 stake = _stakeOf(person);
        vm.prank(slasher);
        try workers.slash(person, bytes32(++_offences), amount, treasury) returns (uint256 taken) {
            vm.assertEq(taken, amount < stake ? amount : stake, "taken");
            slashedWei[person] += taken;
        } catch {
            ++slashFailures;
        }
    }

    function slashTwice(uint256 who) external step(people[who % PEOPLE]) {
        if (_offences == 0) return;
        vm.prank(slasher);
        try workers.slash(people[who % PEOPLE], bytes32(_offences), 1e18, treasury) returns (uint256) {
            ++trespasses;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    function vote(uint256 who, uint256 other, bool liquid) external step(address(0)) {
        address delegatee = other % (PEOPLE + 1) == PEOPLE ? address(0) : people[other % (PEOPLE + 1)];
        vm.prank(people[who % PEOPLE]);
        if (liquid) token.delegate(delegatee);
        else workers.delegate(delegatee);
    }

    function pay(uint256 from, uint256 to, uint256 amount) external step(address(0)) {
        address sender = people[from % PEOPLE];
        amount = bound(amount, 0, token.balanceOf(sender));
        vm.prank(sender);
        vm.assertTrue(token.transfer(people[to % PEOPLE], amount), "paid");
    }

    function donate(uint256 amount) external step(address(0)) {
        amount = bound(amount, 0, 10e18);
        give(address(workers), amount);
        donatedWei += amount;
    }

    function govern(uint256 thaw, uint256 minStake) external step(address(0)) {
        setParameter(IParameters.Parameter.ThawSeconds, bound(thaw, WINDOW, 180 days));
        setParameter(IParameters.Parameter.MinStakeWei, bound(minStake, 1, 2_000e18));
    }

    /// @dev A thief tries every door of another's account.
    function trespass(uint256 who, uint256 amount, uint8 door) external step(address(0)) {
        address victim = people[who % PEOPLE];
        address thief = actor("thief");
        bytes memory data = abi.encodeCall(workers.lock, (victim, amount));
        if (door % 5 == 1) data = abi.encodeCall(workers.slash, (victim, bytes32(amount), amount, thief));
        if (door % 5 == 2) data = abi.encodeCall(workers.requestUnstake, (amount));
        if (door % 5 == 3) data = abi.encodeCall(workers.withdraw, ());
        if (door % 5 == 4) data = abi.encodeCall(workers.unlock, (victim, amount + 1));
        vm.prank(thief);
        (bool ok, ) = address(workers).call(data);
        if (ok && !(door % 5 == 4 && amount == type(uint256).max)) ++trespasses;
    }

    function wait(uint256 time) external step(address(0)) {
        uint256 sum = votesSum(block.timestamp);
        pastTimes.push(block.timestamp);
        pastVotesSum[block.timestamp] = sum;
        _now += bound(time, 1, 20 days);
    }

    // ——— what the campaign checks ———

    function checkSums() external {
        vm.warp(_now);
        uint256 staked;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address person = people[i];
            IWorkerRegistry.Worker memory record = workers.getWorker(person);
            uint256 stake = _stakeOf(person);
            staked += stake;
            vm.assertEq(
                stake + withdrawnWei[person] + slashedWei[person],
                depositedWei[person],
                "13: a slash takes exactly what it takes"
            );
            vm.assertLe(record.lockedWei, uint256(record.stakeWei) + slashedWei[person], "14: locked stake left");
            uint256 locks = workers.lockedBy(lockers[0], person) + workers.lockedBy(lockers[1], person);
            vm.assertEq(record.lockedWei, locks, "14: locks add up");
            vm.assertEq(workers.getVotes(person), _delegatedTo(person), "3: votes are the stake delegated");
        }
        vm.assertEq(token.balanceOf(address(workers)), staked + donatedWei, "10: solvent to the wei");
        vm.assertEq(slashFailures, 0, "15: a slash failed");
        vm.assertEq(trespasses, 0, "18: a record was changed by somebody else, or an offence paid twice");
        vm.assertLe(votesSum(_now), token.totalSupply(), "3: more votes than tokens");
    }

    function checkPast() external {
        vm.warp(_now);
        for (uint256 i = 0; i < pastTimes.length; ++i) {
            uint256 time = pastTimes[i];
            if (time >= block.timestamp) continue;
            uint256 sum;
            for (uint256 j = 0; j < PEOPLE; ++j) sum += votingPower.getPastVotes(people[j], time);
            vm.assertEq(sum, pastVotesSum[time], "4: the past changed");
            vm.assertLe(sum, votingPower.getPastTotalSupply(time), "4: more votes than tokens");
        }
    }

    /// @dev Not kept: the runner discards what an invariant does.
    function checkExit() external {
        vm.warp(_now);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            for (uint256 k = 0; k < 2; ++k) {
                uint256 held = workers.lockedBy(lockers[k], people[i]);
                vm.prank(lockers[k]);
                workers.unlock(people[i], held);
            }
            uint256 free = workers.freeStakeOf(people[i]);
            if (free == 0) continue;
            vm.prank(people[i]);
            workers.requestUnstake(free);
        }
        skip(180 days);
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (workers.getWorker(people[i]).thawingWei == 0) continue;
            vm.prank(people[i]);
            workers.withdraw();
        }
        vm.assertEq(token.balanceOf(address(workers)), donatedWei, "16: everyone can exit");
    }

    function votesSum(uint256) public view returns (uint256 sum) {
        for (uint256 i = 0; i < PEOPLE; ++i) sum += votingPower.getVotes(people[i]);
    }

    function _delegatedTo(address person) private view returns (uint256 sum) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (workers.delegates(people[i]) == person) sum += _stakeOf(people[i]);
        }
    }

    function _stakeOf(address person) private view returns (uint256) {
        IWorkerRegistry.Worker memory record = workers.getWorker(person);
        return uint256(record.stakeWei) + record.thawingWei;
    }

    function _record(uint256 i) private view returns (bytes32) {
        return keccak256(abi.encode(workers.getWorker(people[i])));
    }
}

contract StakeInvariants is Campaign {
    StakeHandler private _handler;

    function setUp() external {
        _handler = new StakeHandler();
        bytes4[] memory checks = new bytes4[](3);
        checks[0] = _handler.checkSums.selector;
        checks[1] = _handler.checkPast.selector;
        checks[2] = _handler.checkExit.selector;
        campaignAgainst(address(_handler), checks);
    }

    /// @dev Invariants 3, 4, 10, 13–16, 18 of threats.md §2.
    function invariant_stake() external {
        _handler.checkSums();
        if (_handler.calls() % 10 == 0) {
            _handler.checkPast();
            _handler.checkExit();
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {Campaign} from "../helpers/sol/Campaign.sol";
import {Governance} from "../helpers/sol/Governance.sol";

/// @dev Holders who transfer, delegate, stake, propose, vote, queue, execute and cancel in any order.
contract GovernanceHandler is Governance {
    uint256 internal constant PEOPLE = 4;
    uint256 internal constant MAX_PROPOSALS = 12;

    struct Tracked {
        uint256 id;
        Proposal proposal;
        uint256 snapshot;
        uint256 queuedAt;
        uint256 executions;
        IGovernor.ProposalState finalState;
        bool isFinal;
    }

    string[PEOPLE] private _names = ["ann", "bob", "cem", "dia"];
    address[PEOPLE] public people;
    uint256 public calls;
    uint256 public doubleVotes;
    uint256 public earlyExecutions;
    uint256 public executed;

    Tracked[] private _proposals;
    uint256[] private _pastTimes;
    mapping(uint256 time => bytes32) private _pastVotes;
    uint256 private _now;

    constructor() {
        deployProtocol();
        _now = START + 1;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            people[i] = newVoter(_names[i], (i + 1) * 30_000_000e18);
            vm.startPrank(people[i]);
            token.approve(address(workers), type(uint256).max);
            (address hotKey, bytes memory consent) = hotKeyOf(_names[i], people[i]);
            vm.stopPrank();
            vm.prank(people[i]);
            workers.register(hotKey, consent, "http://w", MIN_STAKE);
        }
    }

    modifier step() {
        ++calls;
        vm.warp(_now);
        _;
        for (uint256 i = 0; i < _proposals.length; ++i) _watch(_proposals[i]);
    }

    function pay(uint256 from, uint256 to, uint256 amount) external step {
        address sender = people[from % PEOPLE];
        amount = bound(amount, 0, token.balanceOf(sender));
        vm.prank(sender);
        vm.assertTrue(token.transfer(people[to % PEOPLE], amount), "paid");
    }

    function redelegate(uint256 who, uint256 to, bool liquid) external step {
        address delegatee = to % 5 == 4 ? address(0) : people[to % PEOPLE];
        vm.prank(people[who % PEOPLE]);
        if (liquid) token.delegate(delegatee);
        else workers.delegate(delegatee);
    }

    function stake(uint256 who, uint256 amount) external step {
        address person = people[who % PEOPLE];
        uint256 balance = token.balanceOf(person);
        if (balance == 0) return;
        vm.prank(person);
        workers.addStake(bound(amount, 1, balance));
    }

    function unstake(uint256 who, uint256 amount) external step {
        address person = people[who % PEOPLE];
        uint256 free = workers.freeStakeOf(person);
        if (free == 0) return;
        vm.prank(person);
        workers.requestUnstake(bound(amount, 1, free));
    }

    function withdraw(uint256 who) external step {
        address person = people[who % PEOPLE];
        if (workers.getWorker(person).thawingWei == 0) return;
        if (workers.getWorker(person).thawEndsAt > block.timestamp) return;
        vm.prank(person);
        workers.withdraw();
    }

    function suggest(uint256 who, uint256 minStake) external step {
        if (_proposals.length == MAX_PROPOSALS) return;
        address person = people[who % PEOPLE];
        Proposal memory p = parameterProposal(
            bound(minStake, 1, 10_000_000e18),
            string(abi.encodePacked("proposal ", bytes1(uint8(65 + _proposals.length))))
        );
        vm.prank(person);
        try governor.propose(p.targets, p.values, p.calldatas, p.description) returns (uint256 id) {
            Tracked storage tracked = _proposals.push();
            tracked.id = id;
            tracked.proposal = p;
            tracked.snapshot = governor.proposalSnapshot(id);
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length > 4, "a reason");
        }
    }

    function voteOn(uint256 who, uint256 which, uint8 support) external step {
        if (_proposals.length == 0) return;
        Tracked storage tracked = _proposals[which % _proposals.length];
        address person = people[who % PEOPLE];
        bool had = governor.hasVoted(tracked.id, person);
        vm.prank(person);
        try governor.castVote(tracked.id, support % 4) returns (uint256) {
            if (had) ++doubleVotes;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function queueOne(uint256 which) external step {
        if (_proposals.length == 0) return;
        Tracked storage tracked = _proposals[which % _proposals.length];
        Proposal memory p = tracked.proposal;
        try governor.queue(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) returns (uint256) {
            tracked.queuedAt = block.timestamp;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function executeOne(uint256 which) external step {
        if (_proposals.length == 0) return;
        Tracked storage tracked = _proposals[which % _proposals.length];
        Proposal memory p = tracked.proposal;
        try governor.execute(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) returns (uint256) {
            ++tracked.executions;
            ++executed;
            if (tracked.queuedAt == 0 || block.timestamp < tracked.queuedAt + 2 days) ++earlyExecutions;
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    function cancelOne(uint256 who, uint256 which) external step {
        if (_proposals.length == 0) return;
        Tracked storage tracked = _proposals[which % _proposals.length];
        Proposal memory p = tracked.proposal;
        address person = people[who % PEOPLE];
        vm.prank(person);
        try governor.cancel(p.targets, p.values, p.calldatas, keccak256(bytes(p.description))) returns (uint256) {
            vm.assertEq(governor.proposalProposer(tracked.id), person, "only the proposer cancels");
        } catch (bytes memory reason) {
            vm.assertTrue(reason.length >= 4, "a reason");
        }
    }

    /// @dev A whole vote at once, so that campaigns reach queueing and execution often.
    function carry(uint256 which) external step {
        if (_proposals.length == 0) return;
        Tracked storage tracked = _proposals[which % _proposals.length];
        if (governor.state(tracked.id) != IGovernor.ProposalState.Active) return;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (governor.hasVoted(tracked.id, people[i])) continue;
            vote(people[i], tracked.id, 1);
        }
        _now = governor.proposalDeadline(tracked.id) + 1;
    }

    function wait(uint256 time) external step {
        _pastTimes.push(block.timestamp);
        _pastVotes[block.timestamp] = _votes(block.timestamp, false);
        _now += bound(time, 1, 3 days);
    }

    // ——— what the campaign checks ———

    function checkToken() external {
        vm.warp(_now);
        uint256 balances = token.balanceOf(holder) + token.balanceOf(treasury) + token.balanceOf(address(workers));
        uint256 votes;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            balances += token.balanceOf(people[i]);
            votes += votingPower.getVotes(people[i]);
        }
        vm.assertEq(token.totalSupply(), token.CAP(), "1: the supply is the cap");
        vm.assertEq(balances, token.totalSupply(), "2: balances add up");
        vm.assertLe(votes, token.totalSupply(), "3: more votes than tokens");
        vm.assertEq(token.getVotes(address(workers)), 0, "3: the pool votes");
    }

    function checkPast() external {
        vm.warp(_now);
        for (uint256 i = 0; i < _pastTimes.length; ++i) {
            if (_pastTimes[i] >= _now) continue;
            vm.assertEq(_votes(_pastTimes[i], true), _pastVotes[_pastTimes[i]], "4: the past changed");
        }
    }

    function checkProposals() external {
        vm.warp(_now);
        vm.assertEq(doubleVotes, 0, "6: somebody voted twice");
        vm.assertEq(earlyExecutions, 0, "7: an operation ran early");
        for (uint256 i = 0; i < _proposals.length; ++i) {
            Tracked storage tracked = _proposals[i];
            vm.assertLe(tracked.executions, 1, "7: an operation ran twice");
            (uint256 against, uint256 for_, uint256 abstain) = governor.proposalVotes(tracked.id);
            if (tracked.snapshot < _now) {
                uint256 supply = votingPower.getPastTotalSupply(tracked.snapshot);
                vm.assertLe(against + for_ + abstain, supply, "5: more votes than tokens");
            }
            if (tracked.isFinal) {
                vm.assertEq(uint256(governor.state(tracked.id)), uint256(tracked.finalState), "9: a final state moved");
            }
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            vm.assertFalse(timelock.hasRole(timelock.DEFAULT_ADMIN_ROLE(), people[i]), "8: administrator");
            vm.assertFalse(timelock.hasRole(timelock.PROPOSER_ROLE(), people[i]), "8: proposer");
        }
        uint256 minStake = parameters.get(IParameters.Parameter.MinStakeWei);
        vm.assertTrue(executed > 0 || minStake == MIN_STAKE, "7: changed without an execution");
    }

    function _watch(Tracked storage tracked) private {
        if (tracked.isFinal) return;
        IGovernor.ProposalState state = governor.state(tracked.id);
        bool ended = state == IGovernor.ProposalState.Defeated ||
            state == IGovernor.ProposalState.Canceled ||
            state == IGovernor.ProposalState.Executed;
        if (!ended) return;
        tracked.isFinal = true;
        tracked.finalState = state;
    }

    function _votes(uint256 time, bool past) private view returns (bytes32 digest) {
        uint256 sum;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            uint256 votes = past ? votingPower.getPastVotes(people[i], time) : votingPower.getVotes(people[i]);
            sum += votes;
            digest = keccak256(abi.encode(digest, votes));
        }
        vm.assertLe(sum, token.CAP(), "4: more past votes than tokens");
    }
}

contract GovernanceInvariants is Campaign {
    GovernanceHandler private _handler;

    function setUp() external {
        _handler = new GovernanceHandler();
        bytes4[] memory checks = new bytes4[](3);
        checks[0] = _handler.checkToken.selector;
        checks[1] = _handler.checkPast.selector;
        checks[2] = _handler.checkProposals.selector;
        campaignAgainst(address(_handler), checks);
    }

    /// @dev Invariants 1–9 of threats.md §2.
    function invariant_governance() external {
        _handler.checkToken();
        _handler.checkProposals();
        if (_handler.calls() % 10 == 0) _handler.checkPast();
    }
}

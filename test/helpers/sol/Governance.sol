// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {Protocol} from "./Protocol.sol";

/// @title Proposals from first word to execution.
abstract contract Governance is Protocol {
    struct Proposal {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    function newVoter(string memory name, uint256 votesWei) internal returns (address voter) {
        voter = actor(name);
        give(voter, votesWei);
        vm.prank(voter);
        token.delegate(voter);
    }

    function single(
        address target,
        bytes memory data,
        string memory description
    ) internal pure returns (Proposal memory p) {
        p.targets = new address[](1);
        p.values = new uint256[](1);
        p.calldatas = new bytes[](1);
        p.targets[0] = target;
        p.calldatas[0] = data;
        p.description = description;
    }

    function parameterProposal(uint256 minStake, string memory description) internal view returns (Proposal memory) {
        bytes memory data = abi.encodeCall(parameters.set, (IParameters.Parameter.MinStakeWei, minStake));
        return single(address(parameters), data, description);
    }

    function propose(address proposer, Proposal memory p) internal returns (uint256 id) {
        vm.prank(proposer);
        id = governor.propose(p.targets, p.values, p.calldatas, p.description);
    }

    function vote(address voter, uint256 id, uint8 support) internal {
        vm.prank(voter);
        governor.castVote(id, support);
    }

    function queue(Proposal memory p) internal {
        governor.queue(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    function execute(Proposal memory p) internal {
        governor.execute(p.targets, p.values, p.calldatas, keccak256(bytes(p.description)));
    }

    function pass(address voter, Proposal memory p) internal {
        uint256 id = propose(voter, p);
        skip(1 days + 1);
        vote(voter, id, 1);
        skip(6 days);
        queue(p);
        skip(2 days);
        execute(p);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {AssayToken} from "../../../contracts/governance/AssayToken.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId, VersionId} from "../../../contracts/types/Ids.sol";

/// @title Borrows a fortune, uses it for governance and returns it, all in one transaction.
contract Borrower {
    AssayToken private immutable _token;
    IGovernor private immutable _governor;

    constructor(AssayToken token, IGovernor governor) {
        _token = token;
        _governor = governor;
    }

    /// @return proposalId Zero when the proposal was refused.
    function attack(address lender, uint256 amount) external returns (uint256 proposalId) {
        _borrow(lender, amount);
        address[] memory targets = new address[](1);
        targets[0] = address(_token);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(_token.transfer, (address(this), 1));
        try _governor.propose(targets, new uint256[](1), calls, "all mine") returns (uint256 id) {
            proposalId = id;
        } catch {
            proposalId = 0;
        }
        _repay(lender, amount);
    }

    function attackVote(address lender, uint256 amount, uint256 proposalId) external {
        _borrow(lender, amount);
        try _governor.castVote(proposalId, 1) returns (uint256) {
            _repay(lender, amount);
        } catch {
            _repay(lender, amount);
        }
    }

    function _borrow(address lender, uint256 amount) private {
        require(_token.transferFrom(lender, address(this), amount), "loan");
        _token.delegate(address(this));
    }

    function _repay(address lender, uint256 amount) private {
        require(_token.transfer(lender, amount), "repaid");
    }
}

/// @title A token that calls the market back in the middle of every transfer out of a till or of the market.
contract ReentrantToken is ERC20 {
    IJobMarket private _market;
    address private _worker;
    VersionId private _versionId;
    bool private _armed;
    bool private _knocking;

    /// @notice Calls that the market refused.
    uint256 public refused;

    constructor() ERC20("Reentrant", "RE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function arm(IJobMarket market, address worker, VersionId versionId) external {
        _market = market;
        _worker = worker;
        _versionId = versionId;
        _armed = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        // One level deep is enough to steal, and an endless one would only kill the test runner.
        if (!_armed || _knocking) return;
        _knocking = true;
        JobId none = JobId.wrap(0);
        _knock(abi.encodeCall(_market.collect, (_worker, _versionId)));
        _knock(abi.encodeCall(_market.withdrawFor, (_worker)));
        _knock(abi.encodeCall(_market.withdraw, ()));
        _knock(abi.encodeCall(_market.claimRefund, (none)));
        _knock(abi.encodeCall(_market.submit, (none, bytes32("x"))));
        _knock(abi.encodeCall(_market.complete, (none, bytes32("x"))));
        _knocking = false;
    }

    function _knock(bytes memory data) private {
        (bool ok, bytes memory reason) = address(_market).call(data);
        bytes4 guard = bytes4(keccak256("ReentrancyGuardReentrantCall()"));
        if (!ok && bytes4(reason) == guard) ++refused;
    }
}

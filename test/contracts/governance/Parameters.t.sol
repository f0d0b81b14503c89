// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {Parameters} from "../../../contracts/governance/Parameters.sol";
import {IGoverned} from "../../../contracts/interfaces/IGoverned.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {Protocol} from "../../helpers/sol/Protocol.sol";

contract ParametersTest is Protocol {
    function setUp() public {
        deployProtocol();
    }

    function test_initialValues() public view {
        vm.assertEq(parameters.get(IParameters.Parameter.MinStakeWei), MIN_STAKE, "stake");
        vm.assertEq(parameters.get(IParameters.Parameter.ThawSeconds), THAW, "thaw");
        IParameters.JobRules memory rules = parameters.jobRules();
        vm.assertEq(rules.challengeWindowSeconds, WINDOW, "window");
        vm.assertEq(rules.maxJobSeconds, MAX_JOB, "job");
        vm.assertEq(rules.claimLockWei, CLAIM_LOCK, "lock");
        vm.assertEq(rules.maxFeeWei, MAX_FEE, "fee");
        vm.assertEq(rules.shares.workerBps, 8_000, "worker");
        vm.assertEq(parameters.feeShares().treasuryBps, 500, "treasury");
        vm.assertEq(parameters.timelock(), treasury, "timelock");
    }

    function test_fuzz_set_onlyTimelock(address caller, uint8 key, uint256 value) public {
        vm.assume(caller != treasury);
        bytes memory refusal = abi.encodeWithSelector(IGoverned.GovernedCallerNotTimelock.selector, caller, treasury);
        vm.prank(caller);
        vm.expectRevert(refusal);
        parameters.set(_key(key), value);
        vm.prank(caller);
        vm.expectRevert(refusal);
        parameters.setFeeShares(IParameters.FeeShares(8_000, 1_500, 500));
    }

    /// @dev Whatever a vote asks for, what stands afterwards is inside the bounds (T13, Graph OZ H-02/L-12).
    function test_fuzz_set_staysWithinHardBounds(uint8 key_, uint256 value) public {
        IParameters.Parameter key = _key(key_);
        (uint256 min, uint256 max) = parameters.bounds(key);
        uint256 before = parameters.get(key);
        if (value < min || value > max) {
            vm.expectRevert(
                abi.encodeWithSelector(IParameters.ParametersOutOfBounds.selector, key, value, min, max)
            );
            setParameter(key, value);
            vm.assertEq(parameters.get(key), before, "unchanged");
        }
        value = bound(value, min, max);
        bool inverts = _inverts(key, value);
        if (inverts) {
            vm.expectRevert();
        } else {
            vm.expectEmit(true, true, true, true, address(parameters));
            emit IParameters.ParameterSet(key, before, value);
        }
        setParameter(key, value);
        vm.assertEq(parameters.get(key), inverts ? before : value, "set");
    }

    function test_set_boundEdges() public {
        for (uint8 i = 0; i < 11; ++i) {
            (uint256 min, uint256 max) = parameters.bounds(IParameters.Parameter(i));
            vm.assertTrue(min <= max && max < type(uint96).max, "sane bounds");
            vm.expectRevert();
            setParameter(IParameters.Parameter(i), max + 1);
        }
    }

    /// @dev Stake outlasts the last dispute about a claim made just before its owner asked for it (S4, design rule 6).
    function test_set_thawNeverShorterThanTheLongestClaim() public {
        vm.assertEq(parameters.longestClaimSeconds(), LONGEST_CLAIM, "longest");
        vm.expectRevert(_tooShort(LONGEST_CLAIM - 1, LONGEST_CLAIM));
        setParameter(IParameters.Parameter.ThawSeconds, LONGEST_CLAIM - 1);
        setParameter(IParameters.Parameter.ThawSeconds, LONGEST_CLAIM);
        vm.expectRevert(_tooShort(LONGEST_CLAIM, LONGEST_CLAIM + 1));
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, WINDOW + 1);
        vm.expectRevert(_tooShort(LONGEST_CLAIM, LONGEST_CLAIM + 3));
        setParameter(IParameters.Parameter.ClockSeconds, CLOCK + 1);
        vm.expectRevert(_tooShort(LONGEST_CLAIM, LONGEST_CLAIM + 33));
        setParameter(IParameters.Parameter.ReplySeconds, REPLY + 1);
        vm.expectRevert(_tooShort(LONGEST_CLAIM, LONGEST_CLAIM + 1));
        setParameter(IParameters.Parameter.ReceiptSeconds, TO_FILE + 1);
    }

    /// @dev A false claim never costs less than a job can pay.
    function test_set_lockNeverBelowTheFee() public {
        vm.expectRevert(
            abi.encodeWithSelector(IParameters.ParametersLockBelowFee.selector, CLAIM_LOCK, CLAIM_LOCK + 1)
        );
        setParameter(IParameters.Parameter.MaxFeeWei, CLAIM_LOCK + 1);
        vm.expectRevert(abi.encodeWithSelector(IParameters.ParametersLockBelowFee.selector, MAX_FEE - 1, MAX_FEE));
        setParameter(IParameters.Parameter.ClaimLockWei, MAX_FEE - 1);
        setParameter(IParameters.Parameter.ClaimLockWei, MAX_FEE + 1);
        setParameter(IParameters.Parameter.MaxFeeWei, MAX_FEE + 1);
    }

    function test_gameRules() public view {
        IParameters.GameRules memory rules = parameters.gameRules();
        vm.assertEq(rules.bondWei, BOND, "bond");
        vm.assertEq(rules.clockSeconds, CLOCK, "clock");
        vm.assertEq(rules.replySeconds, REPLY, "reply");
        vm.assertEq(parameters.get(IParameters.Parameter.GasRefundWei), GAS_REFUND, "refund");
    }

    function test_fuzz_setFeeShares(uint16 workerBps, uint16 authorBps, uint16 treasuryBps, uint8 mode) public {
        if (mode % 4 != 0) {
            workerBps = uint16(bound(workerBps, 5_000, 10_000));
            authorBps = uint16(bound(authorBps, 0, 10_000 - workerBps));
            treasuryBps = 10_000 - workerBps - authorBps;
        }
        uint256 sum = uint256(workerBps) + authorBps + treasuryBps;
        bool out = workerBps < 5_000 || authorBps > 4_000 || treasuryBps > 2_000;
        IParameters.FeeShares memory shares = IParameters.FeeShares(workerBps, authorBps, treasuryBps);
        if (sum != 10_000) {
            vm.expectRevert(abi.encodeWithSelector(IParameters.ParametersSharesNotWhole.selector, sum));
        } else if (out) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParameters.ParametersShareOutOfBounds.selector,
                    workerBps,
                    authorBps,
                    treasuryBps
                )
            );
        } else {
            vm.expectEmit(true, true, true, true, address(parameters));
            emit IParameters.FeeSharesSet(workerBps, authorBps, treasuryBps);
        }
        vm.prank(treasury);
        parameters.setFeeShares(shares);
        IParameters.FeeShares memory now_ = parameters.feeShares();
        vm.assertEq(uint256(now_.workerBps) + now_.authorBps + now_.treasuryBps, 10_000, "whole");
    }

    function test_constructor_checksWhatSettersCheck() public {
        IParameters.FeeShares memory shares = IParameters.FeeShares(8_000, 1_500, 500);
        vm.expectRevert(abi.encodeWithSelector(IParameters.ParametersIncomplete.selector, 10, 11));
        new Parameters(treasury, 1, new uint256[](10), shares);
        uint256[] memory values = initialValues();
        values[1] = 2 hours;
        vm.expectRevert(_tooShort(2 hours, LONGEST_CLAIM));
        new Parameters(treasury, 1, values, shares);
        values[1] = 181 days;
        vm.expectRevert(
            abi.encodeWithSelector(
                IParameters.ParametersOutOfBounds.selector,
                IParameters.Parameter.ThawSeconds,
                181 days,
                1,
                180 days
            )
        );
        new Parameters(treasury, 1, values, shares);
        vm.expectRevert(abi.encodeWithSelector(IParameters.ParametersSharesNotWhole.selector, 0));
        new Parameters(treasury, 1, initialValues(), IParameters.FeeShares(0, 0, 0));
    }

    function _inverts(IParameters.Parameter key, uint256 value) private pure returns (bool) {
        if (key == IParameters.Parameter.ThawSeconds) return value < LONGEST_CLAIM;
        if (key == IParameters.Parameter.ChallengeWindowSeconds) return LONGEST_CLAIM - WINDOW + value > THAW;
        if (key == IParameters.Parameter.ReceiptSeconds) return LONGEST_CLAIM - TO_FILE + value > THAW;
        if (key == IParameters.Parameter.ClockSeconds) return LONGEST_CLAIM - 3 * CLOCK + 3 * value > THAW;
        if (key == IParameters.Parameter.ReplySeconds) return LONGEST_CLAIM - 33 * REPLY + 33 * value > THAW;
        if (key == IParameters.Parameter.ClaimLockWei) return value < MAX_FEE;
        if (key == IParameters.Parameter.MaxFeeWei) return value > CLAIM_LOCK;
        return false;
    }

    function _tooShort(uint256 thaw, uint256 longest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IParameters.ParametersThawTooShort.selector, thaw, longest);
    }

    function _key(uint8 key) private pure returns (IParameters.Parameter) {
        return IParameters.Parameter(key % 11);
    }
}

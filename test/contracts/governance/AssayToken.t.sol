// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {AssayToken} from "../../../contracts/governance/AssayToken.sol";
import {IAssayToken} from "../../../contracts/interfaces/IAssayToken.sol";
import {SmartAccount} from "../../helpers/sol/SmartAccount.sol";
import {Test} from "../../helpers/sol/Test.sol";

contract AssayTokenTest is Test {
    uint256 private constant CAP = 1_000_000_000e18;
    bytes32 private constant TRANSFER =
        keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
    bytes32 private constant RECEIVE =
        keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );

    AssayToken private token;
    address private alice;
    address private bob;

    function setUp() public {
        vm.warp(1_800_000_000);
        alice = actor("alice");
        bob = actor("bob");
        token = new AssayToken(_one(alice, CAP));
    }

    function test_metadata() public view {
        vm.assertEq(token.name(), "Assay", "name");
        vm.assertEq(token.symbol(), "ASSAY", "symbol");
        vm.assertEq(token.decimals(), 18, "decimals");
        vm.assertEq(token.CAP(), CAP, "cap");
        vm.assertEq(token.totalSupply(), CAP, "supply");
        vm.assertEq(token.CLOCK_MODE(), "mode=timestamp", "clock mode");
        vm.assertEq(token.clock(), block.timestamp, "clock");
        (, string memory name, string memory version, uint256 chainId, address contract_, , ) = token.eip712Domain();
        vm.assertEq(name, "Assay", "domain name");
        vm.assertEq(version, "1", "domain version");
        vm.assertEq(chainId, block.chainid, "domain chain");
        vm.assertEq(contract_, address(token), "domain contract");
    }

    function test_constructor_splitsAmongRecipients() public {
        IAssayToken.Allocation[] memory allocations = new IAssayToken.Allocation[](2);
        allocations[0] = IAssayToken.Allocation(alice, 1);
        allocations[1] = IAssayToken.Allocation(bob, CAP - 1);
        AssayToken other = new AssayToken(allocations);
        vm.assertEq(other.balanceOf(alice), 1, "alice");
        vm.assertEq(other.balanceOf(bob), CAP - 1, "bob");
    }

    function test_fuzz_constructor_revertsUnlessTheWholeSupplyIsGiven(uint256 amount) public {
        amount = bound(amount, 0, type(uint128).max);
        vm.assume(amount != CAP);
        vm.expectRevert(abi.encodeWithSelector(IAssayToken.AssayTokenAllocationsNotCap.selector, amount, CAP));
        new AssayToken(_one(alice, amount));
    }

    function test_fuzz_transferWithAuthorization(uint256 value, bytes32 nonce) public {
        value = bound(value, 0, CAP);
        bytes memory signature = sign(keyOf("alice"), _digest(TRANSFER, alice, bob, value, nonce));
        vm.expectEmit(true, true, true, true, address(token));
        emit IERC3009.AuthorizationUsed(alice, nonce);
        token.transferWithAuthorization(alice, bob, value, 0, block.timestamp + 1, nonce, signature);
        vm.assertEq(token.balanceOf(bob), value, "moved");
        vm.assertTrue(token.authorizationState(alice, nonce), "used");

        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, alice, nonce));
        token.transferWithAuthorization(alice, bob, value, 0, block.timestamp + 1, nonce, signature);
    }

    function test_transferWithAuthorization_splitSignature() public {
        bytes32 nonce = keccak256("n");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf("alice"), _digest(TRANSFER, alice, bob, 5, nonce));
        token.transferWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, v, r, s);
        vm.assertEq(token.balanceOf(bob), 5, "moved");
    }

    /// @dev Flips every field in turn (K2).
    function test_fuzz_transferWithAuthorization_revertsForOtherTerms(uint8 field, bytes32 nonce) public {
        uint256 before = block.timestamp + 1;
        bytes memory signature = sign(keyOf("alice"), _digest(TRANSFER, alice, bob, 5, nonce));
        field = uint8(bound(field, 0, 5));
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        token.transferWithAuthorization(
            field == 0 ? bob : alice,
            field == 1 ? alice : bob,
            field == 2 ? 6 : 5,
            field == 3 ? 1 : 0,
            field == 4 ? before + 1 : before,
            field == 5 ? keccak256(abi.encode(nonce)) : nonce,
            signature
        );
    }

    function test_transferWithAuthorization_revertsOnOtherChainOrToken() public {
        bytes32 nonce = keccak256("n");
        bytes memory signature = sign(keyOf("alice"), _digest(TRANSFER, alice, bob, 5, nonce));
        AssayToken twin = new AssayToken(_one(alice, CAP));
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        twin.transferWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        token.transferWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
    }

    /// @dev Validity is strict on both sides: validAfter < now < validBefore (K18).
    function test_authorization_windowEdges() public {
        uint256 t = block.timestamp;
        _expectWindow(t - 1, t + 1, true);
        _expectWindow(t, t + 1, false);
        _expectWindow(t - 1, t, false);
    }

    function test_receiveWithAuthorization_onlyByTheRecipient() public {
        bytes32 nonce = keccak256("n");
        bytes memory signature = sign(keyOf("alice"), _digest(RECEIVE, alice, bob, 5, nonce));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, bob));
        token.receiveWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
        vm.prank(bob);
        token.receiveWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
        vm.assertEq(token.balanceOf(bob), 5, "moved");
    }

    /// @dev The two kinds have two type hashes: one cannot stand for the other.
    function test_receiveWithAuthorization_revertsForATransferSignature() public {
        bytes32 nonce = keccak256("n");
        bytes memory signature = sign(keyOf("alice"), _digest(TRANSFER, alice, bob, 5, nonce));
        vm.prank(bob);
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        token.receiveWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
    }

    function test_cancelAuthorization() public {
        bytes32 nonce = keccak256("n");
        bytes32 structHash = keccak256(
            abi.encode(keccak256("CancelAuthorization(address authorizer,bytes32 nonce)"), alice, nonce)
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        token.cancelAuthorization(alice, nonce, sign(keyOf("bob"), digest));
        vm.expectEmit(true, true, true, true, address(token));
        emit IERC3009Cancel.AuthorizationCanceled(alice, nonce);
        token.cancelAuthorization(alice, nonce, sign(keyOf("alice"), digest));

        bytes memory signature = sign(keyOf("alice"), _digest(TRANSFER, alice, bob, 5, nonce));
        vm.expectRevert(abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, alice, nonce));
        token.transferWithAuthorization(alice, bob, 5, 0, block.timestamp + 1, nonce, signature);
    }

    function test_smartAccount_paysBySignature() public {
        SmartAccount account = new SmartAccount(alice);
        vm.prank(alice);
        vm.assertTrue(token.transfer(address(account), 10), "funded");
        bytes32 nonce = keccak256("n");
        bytes32 digest = _digest(TRANSFER, address(account), bob, 4, nonce);
        vm.expectRevert(errorOf(ERC3009.ERC3009InvalidSignature.selector));
        token.transferWithAuthorization(
            address(account),
            bob,
            4,
            0,
            block.timestamp + 1,
            nonce,
            sign(keyOf("bob"), digest)
        );
        token.transferWithAuthorization(
            address(account),
            bob,
            4,
            0,
            block.timestamp + 1,
            nonce,
            sign(keyOf("alice"), digest)
        );
        vm.assertEq(token.balanceOf(bob), 4, "moved");
    }

    function test_permit_andReplay() public {
        uint256 deadline = block.timestamp;
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19\x01",
                token.DOMAIN_SEPARATOR(),
                keccak256(
                    abi.encode(
                        keccak256(
                            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                        ),
                        alice,
                        bob,
                        uint256(7),
                        token.nonces(alice),
                        deadline
                    )
                )
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf("alice"), digest);
        token.permit(alice, bob, 7, deadline, v, r, s);
        vm.assertEq(token.allowance(alice, bob), 7, "allowance");
        vm.expectRevert();
        token.permit(alice, bob, 7, deadline, v, r, s);
    }

    function test_votes_followDelegation() public {
        vm.prank(alice);
        token.delegate(bob);
        vm.assertEq(token.getVotes(bob), CAP, "all votes");
        vm.prank(alice);
        vm.assertTrue(token.transfer(bob, 100), "transfer");
        vm.assertEq(token.getVotes(bob), CAP - 100, "undelegated tokens have no vote");
    }

    /// @dev Delegating to nobody loses the votes and blocks nothing (T9, Nouns C4 H-01).
    function test_delegateToZero_keepsTransfersAlive() public {
        vm.startPrank(alice);
        token.delegate(alice);
        token.delegate(address(0));
        vm.assertTrue(token.transfer(bob, 100), "transfer");
        token.delegate(bob);
        vm.stopPrank();
        vm.assertEq(token.getVotes(bob), CAP - 100, "votes are back");
    }

    function _expectWindow(uint256 validAfter, uint256 validBefore, bool valid) private {
        bytes32 nonce = keccak256(abi.encode(validAfter, validBefore));
        bytes32 structHash = keccak256(abi.encode(TRANSFER, alice, bob, uint256(1), validAfter, validBefore, nonce));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
        bytes memory signature = sign(keyOf("alice"), digest);
        if (!valid) {
            vm.expectRevert(
                abi.encodeWithSelector(ERC3009.ERC3009InvalidAuthorizationTime.selector, validAfter, validBefore)
            );
        }
        token.transferWithAuthorization(alice, bob, 1, validAfter, validBefore, nonce, signature);
    }

    function _digest(
        bytes32 typehash,
        address from,
        address to,
        uint256 value,
        bytes32 nonce
    ) private view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(typehash, from, to, value, uint256(0), block.timestamp + 1, nonce));
        return keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
    }

    function _one(address to, uint256 amount) private pure returns (IAssayToken.Allocation[] memory allocations) {
        allocations = new IAssayToken.Allocation[](1);
        allocations[0] = IAssayToken.Allocation(to, amount);
    }
}

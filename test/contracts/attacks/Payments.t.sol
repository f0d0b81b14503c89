// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {JobId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "../../helpers/sol/Jobs.sol";
import {SmartAccount} from "../../helpers/sol/SmartAccount.sol";

/// @dev Attacks of consumers who want answers for nothing, and of those who watch the mempool. Numbers: threats.md.
contract PaymentAttacksTest is Jobs {
    function setUp() public {
        openMarket();
    }

    /// @dev A client signs with his key, takes the answer, then gives his account code that signs nothing (EIP-7702).
    /// His key still rules the account, so its signature still pays.
    function test_K7_clientDelegatesHisAccountAfterTheAnswer() public {
        IJobMarket.Submission memory item = submission(1);
        vm.etch(client, hex"00");
        vm.prank(hotKey);
        JobId jobId = market.openAndSubmit(item);
        assertState(jobId, IJobMarket.JobState.Submitted, "paid");
    }

    /// @dev The same for the stock x402 payment, in both spellings of ERC-3009.
    function test_K7_clientDelegatesHisAccount_exact() public {
        bytes32 typehash = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        address till = market.tillOf(worker, versionId);
        bytes memory signature = _sign(
            keccak256(abi.encode(typehash, client, till, FEE, 0, block.timestamp + 60, bytes32("n")))
        );
        vm.etch(client, hex"00");
        token.transferWithAuthorization(client, till, FEE, 0, block.timestamp + 60, bytes32("n"), signature);
        vm.assertEq(token.balanceOf(till), FEE, "paid");
    }

    /// @dev Code decides where the key is not the account's.
    function test_K2_smartAccountStillDecidesForItself() public {
        SmartAccount account = new SmartAccount(client);
        give(address(account), 1e18);
        IJobMarket.Submission memory item = submission(1);
        item.terms.client = address(account);
        item.authorization = authorize(keyOf("somebody else"), item.terms);
        vm.prank(hotKey);
        vm.expectRevert(errorOf(bytes4(keccak256("ERC3009InvalidSignature()"))));
        market.openAndSubmit(item);
        item.authorization = authorize(keyOf("client"), item.terms);
        vm.prank(hotKey);
        market.openAndSubmit(item);
    }

    function _sign(bytes32 structHash) private view returns (bytes memory) {
        return sign(keyOf("client"), keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash)));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";

/// @title The Assay token (ASSAY, 18 decimals).
/// @notice Plain ERC-20 with votes (timestamp clock, ERC-6372), permit (ERC-2612), transfers by authorization (ERC-3009
/// with random 32-byte nonces, the form x402 `exact` uses) and approvals that call their spender (ERC-1363, so that
/// staking is one transaction). The whole supply is minted in the constructor; there is no minter, no pause, no fee, and
/// no plain transfer or approval calls anybody. Holders may burn their own tokens; the Court burns half of a slash.
/// @dev EIP-712 domain: name "Assay", version "1", live chain id, this address.
interface IAssayToken is IERC20, IERC20Permit, IERC5805, IERC3009, IERC3009Cancel, IERC1363 {
    /// @notice One share of the initial supply.
    struct Allocation {
        address recipient;
        /// @dev Wei of ASSAY (1e-18).
        uint256 amountWei;
    }

    /// @notice Thrown by the constructor when the allocations do not add up to the whole supply.
    error AssayTokenAllocationsNotCap(uint256 allocatedWei, uint256 capWei);

    /// @notice Destroys tokens of the caller for good; the supply and its votes shrink with it.
    function burn(uint256 amountWei) external;

    /// @notice Total supply in wei at the start; it can only shrink.
    function CAP() external view returns (uint256);

    /// @notice ERC-3009 `transferWithAuthorization` for any signature scheme: a 65-byte ECDSA signature of `from`'s own
    /// key, whether or not `from` has code, else what its code takes (ERC-1271).
    /// @dev Anybody may submit it. Contracts should use {receiveWithAuthorization} instead.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice ERC-3009 `receiveWithAuthorization` for any signature scheme; only `to` may submit it.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice ERC-3009 `cancelAuthorization` for any signature scheme.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;
}

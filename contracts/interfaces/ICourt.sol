// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IGoverned} from "./IGoverned.sol";

/// @title Claims, bonds and slashes. The moves of the games are played in {IArena}.
/// @notice A claim is a receipt; its id is `keccak256(abi.encode(receipt.jobId, digest))` with the receipt's EIP-712
/// digest (`market.hashReceipt`). The job is in the id, because a worker may submit one digest for two jobs.
/// ```
/// None ─file─▶ Pending ─┬─ window and games over, nobody won ─ finalize ─▶ Stands
///                       ├─ first challenger wins (slash at once) ─ games over ─ finalize ─▶ Fallen
///                       └─ the program is impossible ─ games over ─ finalize ─▶ Void
/// ```
/// Games of one claim run in parallel and independently; a lost game settles nothing. The first win decides the claim and
/// takes the worker's stake at once; its split is paid when all games of the claim have ended.
/// @dev INVARIANTS: Σ bonds and slashes in = Σ credited + burned; balance ≥ Σ open bonds + Σ undivided slashes + Σ
/// credits; one slash for each claim; outcome written once; all loops are over at most four winners.
interface ICourt is IGoverned {
    /// @notice How a claim ended. `Pending` covers "not filed".
    enum Outcome {
        Pending,
        Stands,
        Fallen,
        Void
    }

    /// @notice How a game ended for the claim.
    enum Result {
        /// @dev The challenger ran out of time.
        ChallengerLost,
        /// @dev Wrong was proven, or the worker ran out of time.
        ChallengerWon,
        /// @dev The program is impossible.
        Void,
        /// @dev The claim was decided elsewhere; the challenger leaves with his bond.
        Withdrawn
    }

    /// @notice What a subject says about a claim when it is filed.
    struct Filing {
        /// @dev See {claimIdOf}.
        bytes32 claimId;
        address worker;
        /// @dev The client: gets a fifth of a slash. Zero when nobody is known; then that part is burned.
        address beneficiary;
        /// @dev Unix seconds; challenges and demands count while now < this.
        uint64 windowEndsAt;
        /// @dev What is slashed when the claim falls.
        uint128 lockWei;
        /// @dev Whether the receipt is public and fits what it claims to answer. Otherwise the worker must reveal it.
        bool revealed;
    }

    /// @notice A filed claim.
    struct Claim {
        address subject;
        address worker;
        address beneficiary;
        /// @dev Unix seconds; raised when demanded data came late.
        uint64 windowEndsAt;
        uint128 lockWei;
        /// @dev Taken from the worker's stake; zero before.
        uint128 slashedWei;
        /// @dev Games and demands that have not ended.
        uint32 open;
        /// @dev Successful challengers who share, at most 4.
        uint8 winners;
        bool revealed;
        /// @dev What the first decisive game said; `Pending` before.
        Outcome verdict;
        /// @dev The end; `Pending` before {finalize}.
        Outcome outcome;
    }

    /// @notice A claim was taken up.
    event ClaimFiled(
        bytes32 indexed claimId,
        address indexed subject,
        address indexed worker,
        address beneficiary,
        uint64 windowEndsAt,
        uint128 lockWei,
        bool revealed
    );
    /// @notice The receipt became public after the filing.
    event ClaimRevealed(bytes32 indexed claimId);
    /// @notice Demanded data came; challenges count until then.
    event ClaimWindowExtended(bytes32 indexed claimId, uint64 windowEndsAt);
    /// @notice A challenger put up his bond (or a requester his price, see {IArena-demandInput}).
    event BondPosted(bytes32 indexed claimId, address indexed account, uint256 amountWei);
    /// @notice A game or demand ended and its bond was settled.
    event BondSettled(bytes32 indexed claimId, address indexed account, Result result, uint256 amountWei);
    /// @notice A game decided the claim. `slashedWei` was taken at once (Fallen only).
    event ClaimDecided(bytes32 indexed claimId, Outcome verdict, address indexed by, uint256 slashedWei);
    /// @notice The claim ended, for good.
    event ClaimFinal(bytes32 indexed claimId, address indexed subject, Outcome outcome);
    /// @notice A slash was divided. The four amounts add up to it; `challengersWei` is shared equally.
    event SlashDivided(
        bytes32 indexed claimId,
        uint256 burnedWei,
        uint256 beneficiaryWei,
        uint256 challengersWei,
        uint256 winners
    );
    /// @notice The subject did not take the notice; it can still read the outcome here.
    event SubjectFailed(bytes32 indexed claimId, address indexed subject);
    /// @notice An account may withdraw more.
    event CourtCredited(address indexed account, uint256 amountWei);
    /// @notice A credit was paid out.
    event CourtCreditWithdrawn(address indexed account, uint256 amountWei);
    /// @notice Governance approved a subject, or no longer. Claims filed already run on.
    event SubjectSet(address indexed subject, bool approved);

    /// @notice Thrown when governance has not approved the subject.
    error CourtSubjectNotApproved(address subject);
    /// @notice Thrown when the claim was filed already; it can be challenged as it is.
    error CourtClaimAlreadyFiled(bytes32 claimId);
    /// @notice Thrown when nobody has filed the claim.
    error CourtClaimUnknown(bytes32 claimId);
    /// @notice Thrown when a subject files without a worker, a digest or an open window.
    error CourtFilingInvalid(bytes32 claimId, address worker, uint256 windowEndsAt);
    /// @notice Thrown when the caller is not the claim's subject.
    error CourtCallerNotSubject(bytes32 claimId, address caller, address subject);
    /// @notice Thrown when the caller is not the arena.
    error CourtCallerNotArena(address caller, address arena);
    /// @notice Thrown when a challenge comes at or after the end of the window.
    error CourtWindowOver(bytes32 claimId, uint256 windowEndsAt);
    /// @notice Thrown when the claim is decided already.
    error CourtClaimDecided(bytes32 claimId, Outcome verdict);
    /// @notice Thrown when a claim is ended before its window and all its games are over, or twice.
    error CourtClaimNotEndable(bytes32 claimId, uint256 windowEndsAt, uint256 open, Outcome outcome);
    /// @notice Thrown when too little gas is left to give the subject its due.
    error CourtGasTooLow(uint256 gasLeft, uint256 needed);
    /// @notice Thrown when there is no credit to withdraw.
    error CourtNothingToWithdraw(address account);

    /// @notice Takes up a claim of an approved subject. Anybody; `locator` is the subject's own
    /// ({IJobCourt}: `abi.encode(jobId)`; {IReceiptCourt}: see there).
    function file(address subject, bytes calldata locator) external returns (bytes32 claimId);

    /// @notice Marks the receipt of a claim as public. Only its subject, which has checked it.
    function reveal(bytes32 claimId) external;

    /// @notice Takes a bond for a new game and counts the game. Only the arena, for its caller.
    function post(bytes32 claimId, address account, uint256 bondWei) external;

    /// @notice Ends a game or demand and settles its bond. Only the arena.
    /// @param paidTo Who gets a demand's price when it was met; zero for a game.
    function settle(bytes32 claimId, address account, uint256 bondWei, Result result, address paidTo) external;

    /// @notice Lets challenges count until `windowEndsAt` if that is later. Only the arena.
    function extend(bytes32 claimId, uint64 windowEndsAt) external;

    /// @notice Ends a claim when its window and all its games are over: divides the slash, tells the subject. Anybody.
    function finalize(bytes32 claimId) external returns (Outcome outcome);

    /// @notice Pays the caller's credit to him.
    function withdraw() external returns (uint256 amountWei);

    /// @notice Pays an account's credit to that account. Anybody may send it.
    function withdrawFor(address account) external returns (uint256 amountWei);

    /// @notice Lets a contract file claims, or no longer. Only the timelock.
    function setSubject(address subject, bool approved) external;

    /// @notice A claim. @custom:reverts CourtClaimUnknown
    function getClaim(bytes32 claimId) external view returns (Claim memory);

    /// @notice Id of the claim that a receipt makes: `keccak256(abi.encode(jobId, digest))`.
    function claimIdOf(bytes32 jobId, bytes32 digest) external pure returns (bytes32);

    /// @notice Whether the claim was filed.
    function isFiled(bytes32 claimId) external view returns (bool);

    /// @notice How the claim ended; `Pending` while it has not.
    function outcomeOf(bytes32 claimId) external view returns (Outcome);

    /// @notice Whether {finalize} would end the claim now.
    function isEndable(bytes32 claimId) external view returns (bool);

    /// @notice Whether a contract may file claims.
    function isSubject(address subject) external view returns (bool);

    /// @notice What an account may withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice The `index`-th challenger who shares in the slash, `index` below 4.
    function winnerAt(bytes32 claimId, uint256 index) external view returns (address);
}

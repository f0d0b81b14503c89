// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IJobMarket} from "./IJobMarket.sol";
import {IWorkerRegistry} from "./IWorkerRegistry.sol";

/// @title The games in which claims are judged (verification.md 3.4, docs/program.md).
/// @notice One game for each (claim, challenger): `gameId = keccak256(abi.encode(claimId, challenger))`, so an id is known
/// before the game and survives reorganisations. The worker opens his own trace, the challenger picks where it is wrong:
/// ```
///          worker (openings: anybody)                     challenger
/// answer (once a claim) ─▶ OpenTrace ─open─▶ PickTrace ─pick─▶ OpenTrace .. | OpenTensor
/// OpenTensor ─openTensor─▶ PickTensor ─pick─▶ OpenNode ─open─▶ PickTensor .. | OpenLeaf
/// OpenLeaf ─openLeaf─▶ Prove ─prove─▶ Ended      (one leaf: OpenTensor goes straight to OpenLeaf)
/// any with a known trace ─prove, proveHeader, proveInput─▶ Ended
/// any with a known trace ─pickElement─▶ PostPartials ─postPartials─▶ ProveChunk ─proveChunk, provePartials─▶ Ended
/// any ─timeout─▶ Ended
/// ```
/// Openings: 64 children of a trace node, 32 of a tensor node (fewer where a tree has fewer levels or leaves left;
/// padding is not sent). A child of level 0 of the trace is T_j.
/// As soon as the trace is known the challenger may prove at once, whoever's turn it is; the openings only show him data
/// that he does not hold. A verdict that is not Wrong or Void reverts with {ArenaNotProven} and changes nothing.
/// CLOCKS: each side has a budget in each game; a move must come before `deadline = start of the turn + max(what is left
/// of the budget, reply time)`; half-open: from the deadline on only {timeout} works. Bond, budget and reply time are
/// copied when the game opens. Every move names the node it answers (threats.md D4).
/// Calls combine in {multicall}, e.g. `file, usePermit, challenge, answerSigned, prove`.
interface IArena {
    /// @notice Whose turn it is for what. Odd ones are the worker's.
    enum Phase {
        None,
        OpenTrace,
        PickTrace,
        OpenTensor,
        PickTensor,
        OpenNode,
        Prove,
        OpenLeaf,
        ProveChunk,
        PostPartials,
        Ended
    }

    /// @notice A game.
    struct Game {
        bytes32 claimId;
        address challenger;
        Phase phase;
        /// @dev j of the picked T_j or element, 1..n; zero before.
        uint32 step;
        /// @dev Unix seconds: end of the turn.
        uint64 deadline;
        /// @dev Unix seconds: start of the turn.
        uint64 turnStartedAt;
        uint32 workerLeftSeconds;
        uint32 challengerLeftSeconds;
        uint32 replySeconds;
        uint128 bondWei;
        /// @dev What the next move answers: a node, T_j, or a leaf hash. Zero while the trace is not known.
        bytes32 node;
        /// @dev Height of `node` above the leaves, and its index there.
        uint8 level;
        uint32 index;
        /// @dev Leaves of the tree that is being opened.
        uint32 leaves;
        /// @dev The element picked for partial sums.
        uint64 element;
        /// @dev `keccak256(abi.encode(int64[]))` of the posted partial sums, zero before.
        bytes32 partials;
    }

    /// @notice The trace a worker stands by; the first one counts for all games of the claim.
    struct Trace {
        /// @dev Root of the tree over T_1..T_n.
        bytes32 root;
        /// @dev n.
        uint32 count;
    }

    /// @notice What shows that a trace fits a receipt.
    struct Answer {
        /// @dev Root and count n of the tree over T_1..T_n.
        bytes32 traceRoot;
        uint32 count;
        /// @dev Root of the tree over the program's n + 1 digests: sha256(0x02 || uint32(n + 1) || this) = programRoot.
        bytes32 programTreeRoot;
        /// @dev Siblings of T_n = outputRoot at index n - 1, from the leaves upward.
        bytes32[] outputPath;
    }

    /// @notice A request for one leaf of the input.
    struct Demand {
        address requester;
        /// @dev Unix seconds: from then on the claim falls.
        uint64 deadline;
        uint128 priceWei;
    }

    /// @notice A game began.
    event GameOpened(
        bytes32 indexed gameId,
        bytes32 indexed claimId,
        address indexed challenger,
        uint256 bondWei,
        uint32 clockSeconds,
        uint32 replySeconds,
        uint64 deadline
    );
    /// @notice The worker stands by a trace.
    event TraceAnswered(bytes32 indexed claimId, bytes32 traceRoot, uint32 count, bytes32 programTreeRoot);
    /// @notice A node was opened; padding is not listed.
    event NodeOpened(bytes32 indexed gameId, bytes32 node, bytes32[] children, uint64 deadline);
    /// @notice A child was picked. `level` and `index` are its place in its tree.
    event NodePicked(bytes32 indexed gameId, bytes32 node, bytes32 child, uint8 level, uint32 index, uint64 deadline);
    /// @notice The header of T_j was opened, and the top of its tree.
    event TensorOpened(bytes32 indexed gameId, bytes32 tensor, bytes header, bytes32[] children, uint64 deadline);
    /// @notice A leaf was opened.
    event LeafOpened(bytes32 indexed gameId, bytes32 leaf, bytes data, uint64 deadline);
    /// @notice The challenger asked for the partial sums of an element.
    event ElementPicked(bytes32 indexed gameId, uint32 step, uint64 element, uint64 deadline);
    /// @notice The worker stands by these partial sums.
    event PartialsPosted(bytes32 indexed gameId, int64[] partials, uint64 deadline);
    /// @notice A game ended. `result` is an {ICourt-Result}.
    event GameEnded(bytes32 indexed gameId, bytes32 indexed claimId, address indexed challenger, uint8 result);
    /// @notice Somebody wants a leaf of the input to be public.
    event InputDemanded(
        bytes32 indexed claimId,
        uint32 indexed leaf,
        address indexed requester,
        uint256 priceWei,
        uint64 deadline
    );
    /// @notice A leaf of the input (zero padded) is public; `header` is the tensor's. Empty data: there is no such leaf.
    event InputSupplied(bytes32 indexed claimId, uint32 indexed leaf, address indexed supplier, bytes header, bytes data);

    /// @notice Thrown when the challenger has or had a game on this claim.
    error ArenaGameExists(bytes32 gameId);
    /// @notice Thrown when the game is in another phase than the move needs.
    error ArenaPhaseUnexpected(bytes32 gameId, Phase phase);
    /// @notice Thrown when a move comes at or after its deadline.
    error ArenaTooLate(bytes32 gameId, uint256 deadline);
    /// @notice Thrown when time is called before the deadline.
    error ArenaNotYet(bytes32 gameId, uint256 deadline);
    /// @notice Thrown when a move answers another node than the one on the table.
    error ArenaNodeUnexpected(bytes32 gameId, bytes32 given, bytes32 expected);
    /// @notice Thrown when the caller is not the game's challenger.
    error ArenaCallerNotChallenger(bytes32 gameId, address caller, address challenger);
    /// @notice Thrown when neither caller nor signer acts for the claim's worker.
    error ArenaCallerNotWorker(bytes32 claimId, address operator, address worker);
    /// @notice Thrown when the receipt is not the claim's.
    error ArenaReceiptMismatch(bytes32 claimId, bytes32 given);
    /// @notice Thrown when the claim's receipt must be revealed first (at its subject).
    error ArenaNotRevealed(bytes32 claimId);
    /// @notice Thrown when the trace is not known yet.
    error ArenaTraceUnknown(bytes32 claimId);
    /// @notice Thrown when the claim has its trace already.
    error ArenaTraceKnown(bytes32 claimId);
    /// @notice Thrown when a program root does not say that there are `count` steps.
    error ArenaCountMismatch(bytes32 claimId, uint256 count);
    /// @notice Thrown when the output is not the last member of the trace.
    error ArenaOutputNotLast(bytes32 claimId);
    /// @notice Thrown when an opening has another number of children.
    error ArenaChildrenCount(uint256 given, uint256 expected);
    /// @notice Thrown when something opened or picked does not hash to what it should be part of.
    error ArenaHashMismatch(bytes32 computed, bytes32 expected);
    /// @notice Thrown when a pick is outside the opening.
    error ArenaPickOutOfRange(uint256 index, uint256 count);
    /// @notice Thrown when leaf data has another size.
    error ArenaLeafSize(uint256 given, uint256 expected);
    /// @notice Thrown when header bytes are not canonical.
    error ArenaHeaderMalformed();
    /// @notice Thrown when the evidence proves nothing against the worker; `verdict` is an {IReferee} verdict.
    error ArenaNotProven(uint8 verdict);
    /// @notice Thrown when partial sums are for another element than the one asked for.
    error ArenaElementUnexpected(bytes32 gameId, uint256 step, uint256 element);
    /// @notice Thrown when the leaf is demanded already.
    error ArenaDemandExists(bytes32 claimId, uint256 leaf);
    /// @notice Thrown when nobody demands the leaf.
    error ArenaDemandUnknown(bytes32 claimId, uint256 leaf);
    /// @notice Thrown when the game can go on: the claim is undecided.
    error ArenaClaimUndecided(bytes32 claimId);

    /// @notice Files a claim with the Court (for {multicall}).
    function file(address subject, bytes calldata locator) external returns (bytes32 claimId);

    /// @notice Gives the Court an allowance of the caller by ERC-2612 (for {multicall}). A used permit does no harm.
    function usePermit(uint256 amountWei, IWorkerRegistry.Permit calldata permit) external;

    /// @notice Opens a game against a filed claim, with the bond of now, pulled from the caller's allowance to the Court.
    function challenge(bytes32 claimId) external returns (bytes32 gameId);

    /// @notice The worker stands by a trace. By him or his hot key, once a claim; the receipt must be revealed.
    function answer(bytes32 claimId, IJobMarket.Receipt calldata receipt, Answer calldata given) external;

    /// @notice {answer} by anybody who holds the hot key's signature over {traceDigest}.
    function answerSigned(
        bytes32 claimId,
        IJobMarket.Receipt calldata receipt,
        Answer calldata given,
        bytes calldata signature
    ) external;

    /// @notice Opens a node of the trace (OpenTrace) or of T_j (OpenNode). Anybody.
    function open(bytes32 gameId, bytes32 node, bytes32[] calldata children) external;

    /// @notice Picks child `at` of the opening of `node`. Only the challenger.
    /// @param siblings From the child up to `node`, padding included.
    function pick(bytes32 gameId, bytes32 node, uint256 at, bytes32 child, bytes32[] calldata siblings) external;

    /// @notice Opens T_j: its header and the top opening of its tree (none when it has one leaf). Anybody.
    function openTensor(bytes32 gameId, bytes32 tensor, bytes calldata header, bytes32[] calldata children) external;

    /// @notice Opens the picked leaf of T_j, zero padded. Anybody.
    function openLeaf(bytes32 gameId, bytes32 leaf, bytes calldata data) external;

    /// @notice Proves that an element of T_step is wrong. Only the challenger; whoever's turn it is, once the trace is
    /// known: who holds the trace needs no openings before.
    /// @param step j, 1..n.
    /// @param element Index in the whole tensor, rows included.
    /// @param evidence See {IReferee}.
    function prove(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint32 step,
        uint64 element,
        bytes calldata evidence
    ) external;

    /// @notice Proves that the header of T_step is not what its record demands. Only the challenger, as {prove}.
    function proveHeader(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint32 step,
        bytes calldata evidence
    ) external;

    /// @notice Proves that the input's header or an element of it is not what the program takes. Only the challenger,
    /// as {prove}.
    function proveInput(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint64 element,
        bytes calldata evidence
    ) external;

    /// @notice Asks for the partial sums of an element that is a long dot product. Only the challenger, as {prove}.
    function pickElement(bytes32 gameId, uint32 step, uint64 element) external;

    /// @notice Posts the partial sums that were asked for. By the worker or his hot key.
    function postPartials(bytes32 gameId, uint32 step, uint64 element, int64[] calldata partials) external;

    /// @notice Proves that a chunk of the posted sums is wrong. Only the challenger.
    function proveChunk(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        int64[] calldata partials,
        uint256 chunk,
        bytes calldata evidence
    ) external;

    /// @notice Proves that the posted sums do not give the claimed element. Only the challenger.
    function provePartials(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        int64[] calldata partials,
        bytes calldata evidence
    ) external;

    /// @notice Ends a game whose deadline has passed: who should have moved has lost. Anybody.
    function timeout(bytes32 gameId) external;

    /// @notice Ends a game of a claim that is decided; the challenger gets his bond back. The challenger, or anybody when
    /// the claim is Void.
    function leave(bytes32 gameId) external;

    /// @notice Asks for a leaf of the input to be made public; the caller prepays `GasRefundWei` to whoever does it.
    /// Counts as long as challenges do. If nobody does it within the worker's clock, the claim falls.
    function demandInput(bytes32 claimId, uint32 leaf) external;

    /// @notice Publishes a demanded leaf and earns its price. Anybody: a preimage is a preimage.
    /// @param data Zero padded; empty when the input has no such leaf.
    function supplyInput(
        bytes32 claimId,
        IJobMarket.Receipt calldata receipt,
        uint32 leaf,
        bytes calldata header,
        bytes calldata data,
        bytes32[] calldata path
    ) external;

    /// @notice Ends a demand that nobody met in time: the claim falls. Anybody.
    function expireDemand(bytes32 claimId, uint32 leaf) external;

    /// @notice A game; all zero when there is none.
    function getGame(bytes32 gameId) external view returns (Game memory);

    /// @notice The trace of a claim; zero when not known.
    function traceOf(bytes32 claimId) external view returns (Trace memory);

    /// @notice A demand; all zero when there is none.
    function demandOf(bytes32 claimId, uint32 leaf) external view returns (Demand memory);

    /// @notice `keccak256(abi.encode(claimId, challenger))`.
    function gameIdOf(bytes32 claimId, address challenger) external pure returns (bytes32);

    /// @notice EIP-712 digest of `Trace(bytes32 claim,bytes32 traceRoot)` in the domain "Assay Arena", version "1", this
    /// contract. `traceRoot` is the list digest sha256(0x02 || uint32(count) || root).
    function traceDigest(bytes32 claimId, bytes32 traceRoot) external view returns (bytes32);
}

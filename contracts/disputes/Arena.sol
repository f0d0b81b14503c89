// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IArena} from "../interfaces/IArena.sol";
import {IAssayToken} from "../interfaces/IAssayToken.sol";
import {ICourt} from "../interfaces/ICourt.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IParameters} from "../interfaces/IParameters.sol";
import {IReferee} from "../interfaces/IReferee.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {OpeningTree} from "./OpeningTree.sol";

/// @title The games in which claims are judged.
contract Arena is EIP712, Multicall, IArena {
    using SafeCast for uint256;

    /// @dev {Game} in four slots, two more only where partial sums are asked for. Steps are at most 65,535; budgets have a
    /// hard bound of 7 days (24 bits).
    struct PackedGame {
        bytes32 claimId;
        //
        address challenger;
        Phase phase;
        uint16 step;
        uint40 deadline;
        uint8 level;
        uint24 replySeconds;
        //
        uint40 turnStartedAt;
        uint24 workerLeftSeconds;
        uint24 challengerLeftSeconds;
        uint96 bondWei;
        uint32 index;
        uint32 leaves;
        //
        bytes32 node;
        //
        uint64 element;
        //
        bytes32 partials;
    }

    /// @dev {Demand} with the reply time of its beginning.
    struct PackedDemand {
        address requester;
        uint40 deadline;
        uint24 replySeconds;
        //
        uint96 priceWei;
    }

    bytes32 private constant _TRACE_TYPEHASH = keccak256("Trace(bytes32 claim,bytes32 traceRoot)");
    /// @dev Levels of one opening: 64 children of the list of steps, 32 of a tensor (verification.md 3.4).
    uint256 private constant _TRACE_LEVELS = 6;
    uint256 private constant _TENSOR_LEVELS = 5;
    uint256 private constant _MAX_STEPS = type(uint16).max;
    uint256 private constant _HEADER_BYTES = 59;
    /// @dev Every value of a trace has leaves of this size.
    uint256 private constant _LEAF_BYTES = 1024;

    /// @notice What bonds are.
    IAssayToken public immutable token;
    /// @notice Source of the rules that games copy.
    IParameters public immutable parameters;
    /// @notice Whose hot keys answer.
    IWorkerRegistry public immutable workers;
    /// @notice Domain of the receipts.
    IJobMarket public immutable market;
    /// @notice Where claims and money are.
    ICourt public immutable court;
    /// @notice Who recomputes one element.
    IReferee public immutable referee;

    mapping(bytes32 gameId => PackedGame) private _games;
    mapping(bytes32 claimId => Trace) private _traces;
    mapping(bytes32 key => PackedDemand) private _demands;
    mapping(bytes32 claimId => uint256) private _demandsUntil;

    constructor(
        IAssayToken token_,
        IParameters parameters_,
        IWorkerRegistry workers_,
        IJobMarket market_,
        ICourt court_,
        IReferee referee_
    ) EIP712("Assay Arena", "1") {
        token = token_;
        parameters = parameters_;
        workers = workers_;
        market = market_;
        court = court_;
        referee = referee_;
    }

    /// @inheritdoc IArena
    function file(address subject, bytes calldata locator) external returns (bytes32 claimId) {
        return court.file(subject, locator);
    }

    /// @inheritdoc IArena
    /// @dev A permit that somebody else has submitted already left its allowance behind.
    function usePermit(uint256 amountWei, IWorkerRegistry.Permit calldata permit) external {
        if (token.allowance(msg.sender, address(court)) >= amountWei) return;
        token.permit(msg.sender, address(court), amountWei, permit.deadline, permit.v, permit.r, permit.s);
    }

    /// @inheritdoc IArena
    function challenge(bytes32 claimId) external returns (bytes32 gameId) {
        gameId = gameIdOf(claimId, msg.sender);
        PackedGame storage game = _games[gameId];
        if (game.phase != Phase.None) revert ArenaGameExists(gameId);
        IParameters.GameRules memory rules = parameters.gameRules();
        uint256 deadline = block.timestamp + Math.max(rules.clockSeconds, rules.replySeconds);
        game.claimId = claimId;
        game.challenger = msg.sender;
        game.phase = Phase.OpenTrace;
        game.deadline = deadline.toUint40();
        game.replySeconds = rules.replySeconds.toUint24();
        game.turnStartedAt = uint40(block.timestamp);
        game.workerLeftSeconds = rules.clockSeconds.toUint24();
        game.challengerLeftSeconds = rules.clockSeconds.toUint24();
        game.bondWei = rules.bondWei.toUint96();
        _join(game);
        emit GameOpened(
            gameId,
            claimId,
            msg.sender,
            rules.bondWei,
            uint32(rules.clockSeconds),
            uint32(rules.replySeconds),
            uint64(deadline)
        );
        court.post(claimId, msg.sender, rules.bondWei);
    }

    /// @inheritdoc IArena
    function answer(bytes32 claimId, IJobMarket.Receipt calldata receipt, Answer calldata given) external {
        _answer(claimId, receipt, given, workers.workerOf(msg.sender), msg.sender);
    }

    /// @inheritdoc IArena
    function answerSigned(
        bytes32 claimId,
        IJobMarket.Receipt calldata receipt,
        Answer calldata given,
        bytes calldata signature
    ) external {
        bytes32 digest = traceDigest(claimId, OpeningTree.listOf(given.count, given.traceRoot));
        (address signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        _answer(claimId, receipt, given, workers.workerOfSigner(signer), signer);
    }

    /// @inheritdoc IArena
    function open(bytes32 gameId, bytes32 node, bytes32[] calldata children) external {
        PackedGame storage game = _games[gameId];
        _join(game);
        bool isTrace = game.phase == Phase.OpenTrace;
        _requireTurn(gameId, game, isTrace ? Phase.OpenTrace : Phase.OpenNode);
        _requireNode(gameId, game, node);
        _checkChildren(game, children, isTrace);
        uint64 deadline = _pass(game, isTrace ? Phase.PickTrace : Phase.PickTensor);
        emit NodeOpened(gameId, node, children, deadline);
    }

    /// @inheritdoc IArena
    function pick(bytes32 gameId, bytes32 node, uint256 at, bytes32 child, bytes32[] calldata siblings) external {
        PackedGame storage game = _games[gameId];
        bool isTrace = game.phase == Phase.PickTrace;
        _requireTurn(gameId, game, isTrace ? Phase.PickTrace : Phase.PickTensor);
        _requireChallenger(gameId, game);
        _requireNode(gameId, game, node);
        (uint256 levels, uint256 count) = _openingOf(game, isTrace);
        if (at >= count) revert ArenaPickOutOfRange(at, count);
        if (siblings.length != levels) revert ArenaChildrenCount(siblings.length, levels);
        _requireHash(OpeningTree.ancestorOf(child, at, siblings), node);

        uint256 level = game.level - levels;
        uint256 index = (uint256(game.index) << levels) | at;
        game.node = child;
        game.level = uint8(level);
        game.index = uint32(index);
        Phase next = isTrace ? Phase.OpenTrace : Phase.OpenNode;
        if (level == 0) next = isTrace ? Phase.OpenTensor : Phase.OpenLeaf;
        if (next == Phase.OpenTensor) game.step = uint16(index + 1);
        uint64 deadline = _pass(game, next);
        emit NodePicked(gameId, node, child, uint8(level), uint32(index), deadline);
    }

    /// @inheritdoc IArena
    function openTensor(
        bytes32 gameId,
        bytes32 tensor,
        bytes calldata header,
        bytes32[] calldata children
    ) external {
        PackedGame storage game = _games[gameId];
        _join(game);
        _requireTurn(gameId, game, Phase.OpenTensor);
        _requireNode(gameId, game, tensor);
        (uint256 leafBytes, uint256 leaves, bytes32 root) = _readHeader(header, tensor);
        if (leafBytes != _LEAF_BYTES) revert ArenaHeaderMalformed();
        game.node = root;
        game.leaves = uint32(leaves);
        game.level = uint8(OpeningTree.depthOf(leaves));
        game.index = 0;
        if (leaves == 1 && children.length != 0) revert ArenaChildrenCount(children.length, 0);
        if (leaves != 1) _checkChildren(game, children, false);
        uint64 deadline = _pass(game, leaves == 1 ? Phase.OpenLeaf : Phase.PickTensor);
        emit TensorOpened(gameId, tensor, header, children, deadline);
    }

    /// @inheritdoc IArena
    function openLeaf(bytes32 gameId, bytes32 leaf, bytes calldata data) external {
        PackedGame storage game = _games[gameId];
        _requireTurn(gameId, game, Phase.OpenLeaf);
        _requireNode(gameId, game, leaf);
        if (data.length != _LEAF_BYTES) revert ArenaLeafSize(data.length, _LEAF_BYTES);
        _requireHash(OpeningTree.leafOf(data), leaf);
        uint64 deadline = _pass(game, Phase.Prove);
        emit LeafOpened(gameId, leaf, data, deadline);
    }

    /// @inheritdoc IArena
    function timeout(bytes32 gameId) external {
        PackedGame storage game = _games[gameId];
        if (game.phase == Phase.None || game.phase == Phase.Ended) revert ArenaPhaseUnexpected(gameId, game.phase);
        if (block.timestamp < game.deadline) revert ArenaNotYet(gameId, game.deadline);
        _end(gameId, game, _isWorkers(game.phase) ? ICourt.Result.ChallengerWon : ICourt.Result.ChallengerLost);
    }

    /// @inheritdoc IArena
    function leave(bytes32 gameId) external {
        PackedGame storage game = _games[gameId];
        if (game.phase == Phase.None || game.phase == Phase.Ended) revert ArenaPhaseUnexpected(gameId, game.phase);
        ICourt.Outcome verdict = court.getClaim(game.claimId).verdict;
        if (verdict == ICourt.Outcome.Pending) revert ArenaClaimUndecided(game.claimId);
        if (verdict != ICourt.Outcome.Void) _requireChallenger(gameId, game);
        _end(gameId, game, ICourt.Result.Withdrawn);
    }

    /// @inheritdoc IArena
    /// @dev Windows that demands themselves have prolonged admit no new demands, so this comes to an end.
    function demandInput(bytes32 claimId, uint32 leaf) external {
        PackedDemand storage demand = _demands[_demandKey(claimId, leaf)];
        if (demand.requester != address(0)) revert ArenaDemandExists(claimId, leaf);
        uint256 until = _demandsUntil[claimId];
        if (until == 0) {
            until = court.getClaim(claimId).windowEndsAt;
            _demandsUntil[claimId] = until;
        }
        if (block.timestamp >= until) revert ICourt.CourtWindowOver(claimId, until);
        IParameters.GameRules memory rules = parameters.gameRules();
        uint256 deadline = block.timestamp + Math.max(rules.clockSeconds, rules.replySeconds);
        uint256 priceWei = parameters.get(IParameters.Parameter.GasRefundWei);
        demand.requester = msg.sender;
        demand.deadline = deadline.toUint40();
        demand.replySeconds = rules.replySeconds.toUint24();
        demand.priceWei = priceWei.toUint96();
        emit InputDemanded(claimId, leaf, msg.sender, priceWei, uint64(deadline));
        court.post(claimId, msg.sender, priceWei);
    }

    /// @inheritdoc IArena
    function supplyInput(
        bytes32 claimId,
        IJobMarket.Receipt calldata receipt,
        uint32 leaf,
        bytes calldata header,
        bytes calldata data,
        bytes32[] calldata path
    ) external {
        _requireReceipt(claimId, receipt);
        PackedDemand memory demand = _takeDemand(claimId, leaf);
        if (block.timestamp >= demand.deadline) revert ArenaTooLate(_demandKey(claimId, leaf), demand.deadline);
        (uint256 leafBytes, uint256 leaves, bytes32 root) = _readHeader(header, receipt.inputRoot);
        uint256 size = leaf < leaves ? leafBytes : 0;
        if (data.length != size) revert ArenaLeafSize(data.length, size);
        if (size != 0) {
            uint256 depth = OpeningTree.depthOf(leaves);
            if (path.length != depth) revert ArenaChildrenCount(path.length, depth);
            _requireHash(OpeningTree.ancestorOf(OpeningTree.leafOf(data), leaf, path), root);
        }
        emit InputSupplied(claimId, leaf, msg.sender, header, data);
        court.extend(claimId, uint64(block.timestamp + demand.replySeconds));
        court.settle(claimId, demand.requester, demand.priceWei, ICourt.Result.Withdrawn, msg.sender);
    }

    /// @inheritdoc IArena
    function expireDemand(bytes32 claimId, uint32 leaf) external {
        PackedDemand memory demand = _takeDemand(claimId, leaf);
        if (block.timestamp < demand.deadline) revert ArenaNotYet(_demandKey(claimId, leaf), demand.deadline);
        court.settle(claimId, demand.requester, demand.priceWei, ICourt.Result.ChallengerWon, address(0));
    }

    /// @inheritdoc IArena
    function prove(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint32 step,
        uint64 element,
        bytes calldata evidence
    ) external {
        IReferee.Facts memory facts = _factsFor(gameId, receipt);
        _decide(gameId, referee.judge(facts, step, element, evidence));
    }

    /// @inheritdoc IArena
    function proveHeader(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint32 step,
        bytes calldata evidence
    ) external {
        IReferee.Facts memory facts = _factsFor(gameId, receipt);
        _decide(gameId, referee.judgeHeader(facts, step, evidence));
    }

    /// @inheritdoc IArena
    function proveInput(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        uint64 element,
        bytes calldata evidence
    ) external {
        IReferee.Facts memory facts = _factsFor(gameId, receipt);
        _decide(gameId, referee.judgeInput(facts, element, evidence));
    }

    /// @inheritdoc IArena
    function pickElement(bytes32 gameId, uint32 step, uint64 element) external {
        PackedGame storage game = _games[gameId];
        _requireProver(gameId, game);
        Trace memory trace = _traceOf(game.claimId);
        if (step == 0 || step > trace.count) revert ArenaElementUnexpected(gameId, step, element);
        // Whoever's turn it was: from now on it is the worker's, for something new.
        if (game.phase == Phase.PostPartials || game.phase == Phase.ProveChunk) {
            revert ArenaPhaseUnexpected(gameId, game.phase);
        }
        game.step = uint16(step);
        game.element = element;
        uint64 deadline = _pass(game, Phase.PostPartials);
        emit ElementPicked(gameId, step, element, deadline);
    }

    /// @inheritdoc IArena
    function postPartials(bytes32 gameId, uint32 step, uint64 element, int64[] calldata partials) external {
        PackedGame storage game = _games[gameId];
        _requireTurn(gameId, game, Phase.PostPartials);
        _requireWorker(game.claimId, msg.sender);
        if (step != game.step || element != game.element) revert ArenaElementUnexpected(gameId, step, element);
        game.partials = keccak256(abi.encode(partials));
        uint64 deadline = _pass(game, Phase.ProveChunk);
        emit PartialsPosted(gameId, partials, deadline);
    }

    /// @inheritdoc IArena
    function proveChunk(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        int64[] calldata partials,
        uint256 chunk,
        bytes calldata evidence
    ) external {
        PackedGame storage game = _requirePartials(gameId, partials);
        IReferee.Facts memory facts = _factsFor(gameId, receipt);
        _decide(gameId, referee.judgeChunk(facts, game.step, game.element, partials, chunk, evidence));
    }

    /// @inheritdoc IArena
    function provePartials(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt,
        int64[] calldata partials,
        bytes calldata evidence
    ) external {
        PackedGame storage game = _requirePartials(gameId, partials);
        IReferee.Facts memory facts = _factsFor(gameId, receipt);
        _decide(gameId, referee.judgePartials(facts, game.step, game.element, partials, evidence));
    }

    /// @inheritdoc IArena
    function getGame(bytes32 gameId) external view returns (Game memory) {
        PackedGame memory game = _games[gameId];
        if (_isWaiting(game)) _place(game, _traces[game.claimId]);
        return
            Game({
                claimId: game.claimId,
                challenger: game.challenger,
                phase: game.phase,
                step: game.step,
                deadline: game.deadline,
                turnStartedAt: game.turnStartedAt,
                workerLeftSeconds: game.workerLeftSeconds,
                challengerLeftSeconds: game.challengerLeftSeconds,
                replySeconds: game.replySeconds,
                bondWei: game.bondWei,
                node: game.node,
                level: game.level,
                index: game.index,
                leaves: game.leaves,
                element: game.element,
                partials: game.partials
            });
    }

    /// @inheritdoc IArena
    function traceOf(bytes32 claimId) external view returns (Trace memory) {
        return _traces[claimId];
    }

    /// @inheritdoc IArena
    function demandOf(bytes32 claimId, uint32 leaf) external view returns (Demand memory) {
        PackedDemand memory demand = _demands[_demandKey(claimId, leaf)];
        return Demand(demand.requester, demand.deadline, demand.priceWei);
    }

    /// @inheritdoc IArena
    function gameIdOf(bytes32 claimId, address challenger) public pure returns (bytes32) {
        return keccak256(abi.encode(claimId, challenger));
    }

    /// @inheritdoc IArena
    function traceDigest(bytes32 claimId, bytes32 traceRoot) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(_TRACE_TYPEHASH, claimId, traceRoot)));
    }

    /// @param actsFor Whom `operator` binds.
    function _answer(
        bytes32 claimId,
        IJobMarket.Receipt calldata receipt,
        Answer calldata given,
        address actsFor,
        address operator
    ) private {
        ICourt.Claim memory claim = court.getClaim(claimId);
        if (actsFor != claim.worker) revert ArenaCallerNotWorker(claimId, operator, claim.worker);
        if (!claim.revealed) revert ArenaNotRevealed(claimId);
        if (_traces[claimId].root != 0) revert ArenaTraceKnown(claimId);
        _requireReceipt(claimId, receipt);
        uint256 count = given.count;
        bool fits = count != 0 && count <= _MAX_STEPS;
        if (!fits || OpeningTree.listOf(count + 1, given.programTreeRoot) != receipt.programRoot) {
            revert ArenaCountMismatch(claimId, count);
        }
        bool isLast = given.outputPath.length == OpeningTree.depthOf(count) &&
            OpeningTree.ancestorOf(receipt.outputRoot, count - 1, given.outputPath) == given.traceRoot;
        if (!isLast) revert ArenaOutputNotLast(claimId);
        _traces[claimId] = Trace(given.traceRoot, given.count);
        emit TraceAnswered(claimId, given.traceRoot, given.count, given.programTreeRoot);
    }

    /// @dev A game that waits for the trace starts at its root as soon as somebody has shown it in any game of the claim.
    function _join(PackedGame storage stored) private {
        if (stored.phase != Phase.OpenTrace || stored.node != 0) return;
        PackedGame memory game = stored;
        _place(game, _traces[game.claimId]);
        stored.phase = game.phase;
        stored.step = game.step;
        stored.level = game.level;
        stored.leaves = game.leaves;
        stored.node = game.node;
    }

    /// @dev Passes the turn: charges the mover for his time and gives the other side the rest of its own, but never less
    /// than the reply time.
    function _pass(PackedGame storage game, Phase next) private returns (uint64) {
        uint256 spent = block.timestamp - game.turnStartedAt;
        if (_isWorkers(game.phase)) {
            game.workerLeftSeconds = uint24(Math.saturatingSub(game.workerLeftSeconds, spent));
        } else {
            game.challengerLeftSeconds = uint24(Math.saturatingSub(game.challengerLeftSeconds, spent));
        }
        uint256 left = _isWorkers(next) ? game.workerLeftSeconds : game.challengerLeftSeconds;
        uint256 deadline = block.timestamp + Math.max(left, game.replySeconds);
        game.phase = next;
        game.turnStartedAt = uint40(block.timestamp);
        game.deadline = deadline.toUint40();
        return uint64(deadline);
    }

    function _decide(bytes32 gameId, IReferee.Verdict verdict) private {
        PackedGame storage game = _games[gameId];
        if (verdict == IReferee.Verdict.Wrong) _end(gameId, game, ICourt.Result.ChallengerWon);
        else if (verdict == IReferee.Verdict.Void) _end(gameId, game, ICourt.Result.Void);
        else revert ArenaNotProven(uint8(verdict));
    }

    function _end(bytes32 gameId, PackedGame storage game, ICourt.Result result) private {
        game.phase = Phase.Ended;
        emit GameEnded(gameId, game.claimId, game.challenger, uint8(result));
        court.settle(game.claimId, game.challenger, game.bondWei, result, address(0));
    }

    /// @dev A demand is met or expires once, and can never be made again.
    function _takeDemand(bytes32 claimId, uint32 leaf) private returns (PackedDemand memory demand) {
        PackedDemand storage stored = _demands[_demandKey(claimId, leaf)];
        demand = stored;
        if (demand.deadline == 0) revert ArenaDemandUnknown(claimId, leaf);
        stored.deadline = 0;
    }

    function _checkChildren(PackedGame storage game, bytes32[] calldata children, bool isTrace) private view {
        (uint256 levels, uint256 count) = _openingOf(game, isTrace);
        if (children.length != count) revert ArenaChildrenCount(children.length, count);
        _requireHash(OpeningTree.nodeOf(children, game.level - levels, levels), game.node);
    }

    /// @dev How many levels the opening of the game's node spans, and how many children it has.
    function _openingOf(PackedGame storage game, bool isTrace) private view returns (uint256 levels, uint256 count) {
        uint256 level = game.level;
        levels = Math.min(level, isTrace ? _TRACE_LEVELS : _TENSOR_LEVELS);
        count = OpeningTree.childCount(game.leaves, level, game.index, level - levels);
    }

    /// @dev What the referee may rely on; also who may prove, and when.
    function _factsFor(
        bytes32 gameId,
        IJobMarket.Receipt calldata receipt
    ) private view returns (IReferee.Facts memory) {
        PackedGame storage game = _games[gameId];
        _requireProver(gameId, game);
        _requireReceipt(game.claimId, receipt);
        Trace memory trace = _traceOf(game.claimId);
        return IReferee.Facts(receipt.programRoot, receipt.inputRoot, trace.root, trace.count);
    }

    /// @dev Proofs count in every phase: they end the game, so no clock is wronged.
    function _requireProver(bytes32 gameId, PackedGame storage game) private view {
        if (game.phase == Phase.None || game.phase == Phase.Ended) revert ArenaPhaseUnexpected(gameId, game.phase);
        if (block.timestamp >= game.deadline) revert ArenaTooLate(gameId, game.deadline);
        _requireChallenger(gameId, game);
    }

    function _requirePartials(
        bytes32 gameId,
        int64[] calldata partials
    ) private view returns (PackedGame storage game) {
        game = _games[gameId];
        _requireTurn(gameId, game, Phase.ProveChunk);
        _requireHash(keccak256(abi.encode(partials)), game.partials);
    }

    function _requireTurn(bytes32 gameId, PackedGame storage game, Phase expected) private view {
        if (game.phase != expected) revert ArenaPhaseUnexpected(gameId, game.phase);
        if (block.timestamp >= game.deadline) revert ArenaTooLate(gameId, game.deadline);
    }

    function _requireChallenger(bytes32 gameId, PackedGame storage game) private view {
        if (msg.sender != game.challenger) revert ArenaCallerNotChallenger(gameId, msg.sender, game.challenger);
    }

    function _requireWorker(bytes32 claimId, address operator) private view {
        address worker = court.getClaim(claimId).worker;
        if (workers.workerOf(operator) != worker) revert ArenaCallerNotWorker(claimId, operator, worker);
    }

    /// @dev A move that was aimed at another node, before a reorganisation, must not count (threats.md D4).
    function _requireNode(bytes32 gameId, PackedGame storage game, bytes32 given) private view {
        bytes32 node = game.node;
        if (node == 0) revert ArenaTraceUnknown(game.claimId);
        if (given != node) revert ArenaNodeUnexpected(gameId, given, node);
    }

    function _requireReceipt(bytes32 claimId, IJobMarket.Receipt calldata receipt) private view {
        bytes32 given = keccak256(abi.encode(receipt.jobId, market.hashReceipt(receipt)));
        if (given != claimId) revert ArenaReceiptMismatch(claimId, given);
    }

    function _traceOf(bytes32 claimId) private view returns (Trace memory trace) {
        trace = _traces[claimId];
        if (trace.root == 0) revert ArenaTraceUnknown(claimId);
    }

    /// @dev Layout of the 59 bytes: node/core/merkle/tensorCommitment.ts.
    function _readHeader(
        bytes calldata header,
        bytes32 tensor
    ) private pure returns (uint256 leafBytes, uint256 leaves, bytes32 root) {
        if (header.length != _HEADER_BYTES) revert ArenaHeaderMalformed();
        _requireHash(OpeningTree.tensorOf(header), tensor);
        leafBytes = uint32(bytes4(header[19:23]));
        leaves = uint32(bytes4(header[23:27]));
        root = bytes32(header[27:59]);
        if (leaves == 0) revert ArenaHeaderMalformed();
    }

    function _isWaiting(PackedGame memory game) private pure returns (bool) {
        return game.phase == Phase.OpenTrace && game.node == 0;
    }

    function _place(PackedGame memory game, Trace memory trace) private pure {
        if (trace.root == 0) return;
        game.node = trace.root;
        game.leaves = trace.count;
        game.level = uint8(OpeningTree.depthOf(trace.count));
        if (trace.count != 1) return;
        game.phase = Phase.OpenTensor;
        game.step = 1;
    }

    function _requireHash(bytes32 computed, bytes32 expected) private pure {
        if (computed != expected) revert ArenaHashMismatch(computed, expected);
    }

    function _demandKey(bytes32 claimId, uint32 leaf) private pure returns (bytes32) {
        return keccak256(abi.encode(claimId, leaf));
    }

    function _isWorkers(Phase phase) private pure returns (bool) {
        return uint8(phase) & 1 == 1;
    }
}

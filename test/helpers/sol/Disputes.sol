// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IArena} from "../../../contracts/interfaces/IArena.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {JobId, ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {Jobs} from "./Jobs.sol";
import {Sheets} from "./Sheets.sol";

/// @title A market in which answers are challenged: submitted jobs with known receipts, and both sides' moves.
abstract contract Disputes is Jobs {
    /// @dev A claim with everything that both sides know about it.
    struct Case {
        bytes32 claimId;
        JobId jobId;
        IJobMarket.JobTerms terms;
        IJobMarket.Receipt receipt;
        Sheets.Sheet sheet;
    }

    struct Pick {
        uint256 at;
        bytes32 child;
        bytes32[] siblings;
    }

    uint8 internal constant UNPROVEN = uint8(IReferee.Verdict.Unproven);
    uint8 internal constant CORRECT = uint8(IReferee.Verdict.Correct);
    uint8 internal constant WRONG = uint8(IReferee.Verdict.Wrong);
    uint8 internal constant VOID = uint8(IReferee.Verdict.Void);
    uint256 internal constant STAKE = 5_000e18;

    address internal challenger;

    function openDisputes() internal {
        openMarket();
        challenger = newChallenger("challenger");
    }

    /// @dev Somebody with money and an allowance for the Court.
    function newChallenger(string memory name) internal returns (address account) {
        account = actor(name);
        give(account, 10e18);
        vm.prank(account);
        token.approve(address(court), type(uint256).max);
    }

    function versionWith(bytes32 programRoot) internal returns (VersionId) {
        IModelRegistry.VersionInput memory input = versionInput();
        input.programRoot = programRoot;
        vm.prank(author);
        return models.publishVersion(ModelId.wrap(1), input);
    }

    /// @dev A submitted job whose trace has `count` steps, of which `step` has `leaves` leaves.
    function submittedCase(
        uint256 count,
        uint256 step,
        uint256 leaves,
        uint256 salt
    ) internal returns (Case memory c) {
        c.sheet = Sheets.sheetOf(count, step, leaves, bytes32(salt));
        c.terms = termsOf(client, worker, versionWith(c.sheet.programRoot), FEE, salt);
        c.terms.inputRoot = inputRootOf(2);
        c.jobId = market.jobIdOf(c.terms);
        c.receipt = receiptOf(c.sheet, c.terms, bytes32(JobId.unwrap(c.jobId)));
        bytes32 deliverable = market.hashReceipt(c.receipt);
        c.claimId = court.claimIdOf(c.receipt.jobId, deliverable);
        IJobMarket.Submission memory item = IJobMarket.Submission(
            c.terms,
            authorize(keyOf("client"), c.terms),
            deliverable
        );
        vm.prank(hotKey);
        market.openAndSubmit(item);
    }

    function receiptOf(
        Sheets.Sheet memory sheet,
        IJobMarket.JobTerms memory t,
        bytes32 jobId
    ) internal view returns (IJobMarket.Receipt memory) {
        return
            IJobMarket.Receipt({
                jobId: jobId,
                versionId: t.versionId,
                programRoot: sheet.programRoot,
                inputRoot: t.inputRoot,
                outputRoot: sheet.outputRoot,
                worker: worker,
                issuedAt: uint64(block.timestamp)
            });
    }

    /// @dev {submittedCase}, filed with its receipt.
    function filedCase(uint256 count, uint256 step, uint256 leaves, uint256 salt) internal returns (Case memory c) {
        c = submittedCase(count, step, leaves, salt);
        court.file(address(evaluator), abi.encode(c.jobId, c.receipt, c.terms));
    }

    function challenge(Case memory c, address by) internal returns (bytes32 gameId) {
        vm.prank(by);
        return arena.challenge(c.claimId);
    }

    function answerOf(Case memory c) internal pure returns (IArena.Answer memory) {
        return
            IArena.Answer({
                traceRoot: c.sheet.traceRoot,
                count: c.sheet.count,
                programTreeRoot: c.sheet.programTreeRoot,
                outputPath: Sheets.siblingsOf(c.sheet.trace, 0, c.sheet.count - 1, c.sheet.trace.length - 1)
            });
    }

    function answer(Case memory c) internal {
        IArena.Answer memory given = answerOf(c);
        vm.prank(hotKey);
        arena.answer(c.claimId, c.receipt, given);
    }

    /// @dev A filed claim with a game and a known trace.
    function answeredCase(uint256 salt) internal returns (Case memory c, bytes32 gameId) {
        c = filedCase(3, 2, 2, salt);
        gameId = challenge(c, challenger);
        answer(c);
    }

    /// @dev The worker's move, whichever it is, sent by a stranger who holds the preimages.
    function openNext(Case memory c, bytes32 gameId) internal {
        IArena.Game memory g = arena.getGame(gameId);
        if (g.phase == IArena.Phase.OpenTrace || g.phase == IArena.Phase.OpenNode) {
            arena.open(gameId, g.node, childrenNow(c, g));
        } else if (g.phase == IArena.Phase.OpenTensor) {
            arena.openTensor(gameId, g.node, c.sheet.header, topOf(c));
        } else {
            arena.openLeaf(gameId, g.node, Sheets.leafData(bytes32(uint256(c.terms.salt)), g.index));
        }
    }

    function childrenNow(Case memory c, IArena.Game memory g) internal pure returns (bytes32[] memory) {
        bool isTrace = g.phase == IArena.Phase.OpenTrace;
        uint256 most = isTrace ? 6 : 5;
        uint256 span = g.level < most ? g.level : most;
        return Sheets.childrenOf(isTrace ? c.sheet.trace : c.sheet.tensor, g.level, g.index, span);
    }

    function topOf(Case memory c) internal pure returns (bytes32[] memory) {
        uint256 depth = c.sheet.tensor.length - 1;
        if (depth == 0) return new bytes32[](0);
        return Sheets.childrenOf(c.sheet.tensor, depth, 0, depth < 5 ? depth : 5);
    }

    /// @dev The challenger's pick on the way to `leaf` of T_step.
    function pickNext(Case memory c, bytes32 gameId, uint256 leaf) internal {
        IArena.Game memory g = arena.getGame(gameId);
        Pick memory p = pickOf(c, g, leaf);
        vm.prank(g.challenger);
        arena.pick(gameId, g.node, p.at, p.child, p.siblings);
    }

    function pickOf(Case memory c, IArena.Game memory g, uint256 leaf) internal pure returns (Pick memory p) {
        bool isTrace = g.phase == IArena.Phase.PickTrace;
        uint256 most = isTrace ? 6 : 5;
        uint256 span = g.level < most ? g.level : most;
        bytes32[][] memory levels = isTrace ? c.sheet.trace : c.sheet.tensor;
        uint256 target = (isTrace ? c.sheet.step - 1 : leaf) >> (g.level - span);
        p.at = target & ((1 << span) - 1);
        p.child = Sheets.nodeAt(levels, g.level - span, target);
        p.siblings = Sheets.siblingsOf(levels, g.level - span, target, g.level);
    }

    function isWorkersTurn(IArena.Phase phase) internal pure returns (bool) {
        return uint8(phase) % 2 == 1;
    }

    /// @dev Both sides play until the leaf is open. Returns the number of moves.
    function playToLeaf(Case memory c, bytes32 gameId, uint256 leaf) internal returns (uint256 moves) {
        IArena.Phase phase = arena.getGame(gameId).phase;
        while (phase != IArena.Phase.Prove) {
            if (isWorkersTurn(phase)) openNext(c, gameId);
            else pickNext(c, gameId, leaf);
            phase = arena.getGame(gameId).phase;
            ++moves;
        }
    }

    /// @dev The scripted referee says what it is told.
    function prove(Case memory c, bytes32 gameId, uint8 verdict) internal {
        vm.prank(arena.getGame(gameId).challenger);
        arena.prove(gameId, c.receipt, c.sheet.step, 5, abi.encode(verdict));
    }

    function inputHeaderOf(uint256 leaves) internal pure returns (bytes memory) {
        return Sheets.headerOf(leaves, Sheets.rootOf(inputTreeOf(leaves)));
    }

    function inputRootOf(uint256 leaves) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(uint8(3), inputHeaderOf(leaves)));
    }

    function inputTreeOf(uint256 leaves) internal pure returns (bytes32[][] memory) {
        bytes32[] memory row = new bytes32[](leaves);
        for (uint256 i = 0; i < leaves; ++i) row[i] = sha256(abi.encodePacked(uint8(0), Sheets.leafData("input", i)));
        return Sheets.treeOf(row);
    }

    function assertPhase(bytes32 gameId, IArena.Phase expected, string memory what) internal view {
        vm.assertEq(uint256(arena.getGame(gameId).phase), uint256(expected), what);
    }

    function assertOutcome(bytes32 claimId, ICourt.Outcome expected, string memory what) internal view {
        vm.assertEq(uint256(court.outcomeOf(claimId)), uint256(expected), what);
    }

    /// @dev The call reverts with this error, whatever its values.
    function assertRefused(address target, bytes memory data, bytes4 why) internal {
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory reason) = target.call(data);
        vm.assertFalse(ok, "taken");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(why), "reason");
    }

    /// @dev Past the claim's window and every game that could still run.
    function skipAll() internal {
        skip(LONGEST_CLAIM);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {IArena} from "../../../contracts/interfaces/IArena.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {IReceiptCourt} from "../../../contracts/interfaces/IReceiptCourt.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Disputes} from "../../helpers/sol/Disputes.sol";
import {Sheets} from "../../helpers/sol/Sheets.sol";

contract ArenaTest is Disputes {
    function setUp() public {
        openDisputes();
    }

    /// @dev From the challenge to the leaf and the verdict, through both trees, with a second opening in each.
    function test_game_fromTheTopToTheLeaf() public {
        Case memory c = submittedCase(70, 67, 40, 1);
        vm.startPrank(challenger);
        arena.file(address(evaluator), abi.encode(c.jobId));
        bytes32 gameId = arena.challenge(c.claimId);
        vm.stopPrank();
        vm.assertEq(gameId, arena.gameIdOf(c.claimId, challenger), "id known before");
        evaluator.reveal(c.jobId, c.receipt, c.terms);
        vm.assertEq(arena.getGame(gameId).node, bytes32(0), "no trace yet");
        answer(c);
        vm.assertEq(arena.getGame(gameId).node, c.sheet.traceRoot, "at the root of the trace");
        vm.assertEq(playToLeaf(c, gameId, 37), 9, "moves");
        IArena.Game memory g = arena.getGame(gameId);
        vm.assertEq(uint256(g.step), 67, "step");
        vm.assertEq(uint256(g.index), 37, "leaf");
        prove(c, gameId, WRONG);
        assertPhase(gameId, IArena.Phase.Ended, "ended");
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Fallen, "fallen");
        assertState(c.jobId, IJobMarket.JobState.Rejected, "client refunded");
    }

    /// @dev Any tree, any target: both sides always find their move, and the leaf is the target (40, 35).
    function test_fuzz_game_reachesEveryLeaf(uint256 n, uint256 j, uint256 leaves, uint256 leaf) public {
        n = bound(n, 1, 140);
        j = bound(j, 1, n);
        leaves = bound(leaves, 1, 70);
        leaf = bound(leaf, 0, leaves - 1);
        Case memory c = filedCase(n, j, leaves, 1);
        bytes32 gameId = challenge(c, challenger);
        answer(c);
        uint256 moves = playToLeaf(c, gameId, leaf);
        vm.assertLe(moves, 9, "moves");
        IArena.Game memory g = arena.getGame(gameId);
        vm.assertEq(uint256(g.step), j, "step");
        vm.assertEq(g.node, c.sheet.tensor[0][leaf], "leaf");
    }

    /// @dev Every mutation of an opening, a path, a header or a leaf is refused (40, D8, D9).
    function test_fuzz_mutatedProofs_areRefused(uint256 where, uint256 bit) public {
        Case memory c = filedCase(70, 67, 40, 1);
        bytes32 gameId = challenge(c, challenger);
        answer(c);
        where = bound(where, 0, 8);
        for (uint256 i = 0; i < where; ++i) {
            if (isWorkersTurn(arena.getGame(gameId).phase)) openNext(c, gameId);
            else pickNext(c, gameId, 37);
        }
        IArena.Game memory g = arena.getGame(gameId);
        if (isWorkersTurn(g.phase)) _openMutated(c, gameId, g, bit);
        else _pickMutated(c, gameId, g, bit);
        vm.assertEq(uint256(arena.getGame(gameId).phase), uint256(g.phase), "unchanged");
    }

    function _openMutated(Case memory c, bytes32 gameId, IArena.Game memory g, uint256 bit) private {
        bytes memory data;
        if (g.phase == IArena.Phase.OpenLeaf) {
            bytes memory leaf = Sheets.leafData(bytes32(uint256(1)), g.index);
            _flip(leaf, bit);
            data = abi.encodeCall(arena.openLeaf, (gameId, g.node, leaf));
        } else if (g.phase == IArena.Phase.OpenTensor) {
            _flip(c.sheet.header, bit);
            data = abi.encodeCall(arena.openTensor, (gameId, g.node, c.sheet.header, topOf(c)));
        } else {
            bytes32[] memory children = childrenNow(c, g);
            children[bit % children.length] ^= bytes32(1 << (bit % 256));
            data = abi.encodeCall(arena.open, (gameId, g.node, children));
        }
        _refused(data, "opening");
    }

    function _pickMutated(Case memory c, bytes32 gameId, IArena.Game memory g, uint256 bit) private {
        Pick memory p = pickOf(c, g, 37);
        uint256 kind = bit % 4;
        if (kind == 0) p.child ^= bytes32(1 << (bit % 256));
        else if (kind == 1) p.siblings[bit % p.siblings.length] ^= bytes32(1 << (bit % 256));
        else if (kind == 2) p.at = p.at ^ 1;
        else p.at = p.at | (1 << (p.siblings.length + (bit % 100)));
        vm.prank(challenger);
        _refused(abi.encodeCall(arena.pick, (gameId, g.node, p.at, p.child, p.siblings)), "pick");
    }

    function _flip(bytes memory data, uint256 bit) private pure {
        data[bit % data.length] ^= bytes1(uint8(1 << (bit % 8)));
    }

    function _refused(bytes memory data, string memory what) private {
        // solhint-disable-next-line avoid-low-level-calls
        (bool taken, ) = address(arena).call(data);
        vm.assertFalse(taken, what);
    }

    /// @dev One step: T_1 is the root of the trace. One leaf: the header is followed by the leaf.
    function test_game_ofOneStepAndOneLeaf() public {
        Case memory c = filedCase(1, 1, 1, 1);
        bytes32 gameId = challenge(c, challenger);
        answer(c);
        assertPhase(gameId, IArena.Phase.OpenTensor, "nothing to pick");
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.OpenTensor));
        arena.open(gameId, c.sheet.traceRoot, new bytes32[](1));
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaChildrenCount.selector, 1, 0));
        arena.openTensor(gameId, c.sheet.traceRoot, c.sheet.header, new bytes32[](1));
        openNext(c, gameId);
        assertPhase(gameId, IArena.Phase.OpenLeaf, "the only leaf");
        openNext(c, gameId);
        prove(c, gameId, WRONG);
    }

    function test_challenge_refusals() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtClaimUnknown.selector, c.claimId));
        arena.challenge(c.claimId);
        court.file(address(evaluator), abi.encode(c.jobId));
        bytes32 gameId = challenge(c, challenger);
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaGameExists.selector, gameId));
        arena.challenge(c.claimId);
        address poor = actor("poor");
        vm.prank(poor);
        vm.expectRevert();
        arena.challenge(c.claimId);
        address late = newChallenger("late");
        skip(WINDOW);
        vm.prank(late);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWindowOver.selector, c.claimId, START + WINDOW));
        arena.challenge(c.claimId);
    }

    /// @dev The window is half-open, to the second (K18).
    function test_fuzz_challenge_windowEdge(uint256 after_) public {
        Case memory c = filedCase(3, 2, 2, 1);
        after_ = bound(after_, WINDOW - 2, WINDOW + 2);
        skip(after_);
        if (after_ >= WINDOW) {
            vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWindowOver.selector, c.claimId, START + WINDOW));
        }
        vm.prank(challenger);
        arena.challenge(c.claimId);
    }

    function test_answer_refusals() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        court.file(address(evaluator), abi.encode(c.jobId));
        IArena.Answer memory given = answerOf(c);
        bytes32 gameId = challenge(c, challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaTraceUnknown.selector, c.claimId));
        arena.open(gameId, 0, new bytes32[](0));
        vm.startPrank(hotKey);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaNotRevealed.selector, c.claimId));
        arena.answer(c.claimId, c.receipt, given);
        vm.stopPrank();
        evaluator.reveal(c.jobId, c.receipt, c.terms);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotWorker.selector, c.claimId, address(this), worker)
        );
        arena.answer(c.claimId, c.receipt, given);

        vm.startPrank(hotKey);
        c.receipt.issuedAt += 1;
        bytes32 other = court.claimIdOf(c.receipt.jobId, market.hashReceipt(c.receipt));
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaReceiptMismatch.selector, c.claimId, other));
        arena.answer(c.claimId, c.receipt, given);
        c.receipt.issuedAt -= 1;
        given.count = 4;
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaCountMismatch.selector, c.claimId, 4));
        arena.answer(c.claimId, c.receipt, given);
        given.count = 0;
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaCountMismatch.selector, c.claimId, 0));
        arena.answer(c.claimId, c.receipt, given);
        given.count = 3;
        given.traceRoot = keccak256("another trace");
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaOutputNotLast.selector, c.claimId));
        arena.answer(c.claimId, c.receipt, given);
        given = answerOf(c);
        given.outputPath = new bytes32[](1);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaOutputNotLast.selector, c.claimId));
        arena.answer(c.claimId, c.receipt, given);
        // The depth follows from the count: the output itself is no trace of three steps.
        given.outputPath = new bytes32[](0);
        given.traceRoot = c.receipt.outputRoot;
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaOutputNotLast.selector, c.claimId));
        arena.answer(c.claimId, c.receipt, given);
        given = answerOf(c);
        arena.answer(c.claimId, c.receipt, given);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaTraceKnown.selector, c.claimId));
        arena.answer(c.claimId, c.receipt, given);
        vm.stopPrank();
        vm.assertEq(arena.traceOf(c.claimId).root, c.sheet.traceRoot, "trace");
    }

    /// @dev The whole fast lane in one transaction: file, challenge, the signed trace, the proof.
    function test_multicall_challengeAndProve() public {
        Case memory c = submittedCase(3, 2, 2, 1);
        bytes32 list = sha256(abi.encodePacked(uint8(2), uint32(3), c.sheet.traceRoot));
        bytes memory signature = sign(keyOf("worker hot"), arena.traceDigest(c.claimId, list));
        bytes32 gameId = arena.gameIdOf(c.claimId, challenger);
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(arena.file, (address(evaluator), abi.encode(c.jobId, c.receipt, c.terms)));
        calls[1] = abi.encodeCall(arena.challenge, (c.claimId));
        calls[2] = abi.encodeCall(arena.answerSigned, (c.claimId, c.receipt, answerOf(c), signature));
        calls[3] = abi.encodeCall(arena.prove, (gameId, c.receipt, 2, 5, abi.encode(WRONG)));
        vm.prank(challenger);
        arena.multicall(calls);
        assertPhase(gameId, IArena.Phase.Ended, "one transaction");
        vm.assertEq(court.getClaim(c.claimId).slashedWei, CLAIM_LOCK, "slashed");
    }

    function test_answerSigned_byTheHotKeyOnly() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 list = sha256(abi.encodePacked(uint8(2), uint32(3), c.sheet.traceRoot));
        bytes32 digest = arena.traceDigest(c.claimId, list);
        bytes memory forged = sign(keyOf("challenger"), digest);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotWorker.selector, c.claimId, challenger, worker)
        );
        arena.answerSigned(c.claimId, c.receipt, answerOf(c), forged);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotWorker.selector, c.claimId, address(0), worker)
        );
        arena.answerSigned(c.claimId, c.receipt, answerOf(c), "no signature");
        // A key that he dropped since binds him as well.
        (address fresh, bytes memory consent) = hotKeyOf("fresh", worker);
        vm.prank(worker);
        workers.setHotKey(fresh, consent);
        arena.answerSigned(c.claimId, c.receipt, answerOf(c), sign(keyOf("worker hot"), digest));
        vm.assertEq(arena.traceOf(c.claimId).root, c.sheet.traceRoot, "trace");
    }

    function test_usePermit() public {
        address fresh = actor("fresh");
        give(fresh, 1e18);
        IWorkerRegistry.Permit memory permit = _permit("fresh", 1e18);
        vm.startPrank(fresh);
        arena.usePermit(1e18, permit);
        arena.usePermit(1e18, permit);
        vm.stopPrank();
        vm.assertEq(token.allowance(fresh, address(court)), 1e18, "allowance, and the used permit did no harm");
    }

    function _permit(string memory name, uint256 amount) private returns (IWorkerRegistry.Permit memory) {
        address owner = actor(name);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(court),
                amount,
                0,
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(name), digest);
        return IWorkerRegistry.Permit(block.timestamp, v, r, s);
    }

    /// @dev A move that was aimed at another node does nothing (D4), and out of turn nobody moves.
    function test_moves_refusals() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        bytes32[] memory children = Sheets.childrenOf(c.sheet.trace, 2, 0, 2);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaNodeUnexpected.selector, gameId, bytes32("x"), c.sheet.traceRoot)
        );
        arena.open(gameId, "x", children);
        bytes32[] memory two = new bytes32[](2);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaChildrenCount.selector, 2, 3));
        arena.open(gameId, c.sheet.traceRoot, two);
        bytes32[] memory siblings = Sheets.siblingsOf(c.sheet.trace, 0, 1, 2);
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.OpenTrace));
        arena.pick(gameId, c.sheet.traceRoot, 1, c.sheet.trace[0][1], siblings);

        openNext(c, gameId);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.PickTrace));
        arena.open(gameId, c.sheet.traceRoot, children);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotChallenger.selector, gameId, address(this), challenger)
        );
        arena.pick(gameId, c.sheet.traceRoot, 1, c.sheet.trace[0][1], siblings);
        vm.startPrank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPickOutOfRange.selector, 3, 3));
        arena.pick(gameId, c.sheet.traceRoot, 3, 0, siblings);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaChildrenCount.selector, 1, 2));
        arena.pick(gameId, c.sheet.traceRoot, 1, c.sheet.trace[0][1], new bytes32[](1));
        vm.stopPrank();
        pickNext(c, gameId, 0);

        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaHeaderMalformed.selector));
        arena.openTensor(gameId, c.sheet.trace[0][1], "short", topOf(c));
        openNext(c, gameId);
        pickNext(c, gameId, 0);
        bytes32 leaf = c.sheet.tensor[0][0];
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaLeafSize.selector, 3, 1024));
        arena.openLeaf(gameId, leaf, "abc");
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.OpenLeaf));
        arena.openTensor(gameId, c.sheet.trace[0][1], c.sheet.header, topOf(c));
    }

    /// @dev A worker who committed to nonsense cannot open it, and loses by time.
    function test_openTensor_nonsenseCannotBeOpened() public {
        bytes[3] memory headers;
        headers[0] = abi.encodePacked(new bytes(19), uint32(256), uint32(1), bytes32("root"));
        headers[1] = abi.encodePacked(new bytes(19), uint32(1024), uint32(0), bytes32("root"));
        headers[2] = "not a header";
        for (uint256 i = 0; i < headers.length; ++i) {
            Case memory c;
            c.sheet = Sheets.sheetOf(1, 1, 1, bytes32(i));
            c.sheet.traceRoot = sha256(abi.encodePacked(uint8(3), headers[i]));
            c.sheet.outputRoot = c.sheet.traceRoot;
            c.sheet.trace[0][0] = c.sheet.traceRoot;
            c.receipt = receiptOf(c.sheet, termsOf(client, worker, versionWith(c.sheet.programRoot), FEE, i), 0);
            c.claimId = court.claimIdOf(0, market.hashReceipt(c.receipt));
            _fileFree(c);
            bytes32 gameId = challenge(c, challenger);
            answer(c);
            vm.expectRevert(abi.encodeWithSelector(IArena.ArenaHeaderMalformed.selector));
            arena.openTensor(gameId, c.sheet.traceRoot, headers[i], new bytes32[](0));
            skip(CLOCK);
            arena.timeout(gameId);
            vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Fallen), "by time");
        }
    }

    function _fileFree(Case memory c) private {
        bytes memory signature = sign(keyOf("worker hot"), market.hashReceipt(c.receipt));
        IReceiptCourt.Payment memory free;
        court.file(address(receipts), receipts.locatorOfSigned(c.receipt, free, signature));
    }

    /// @dev Only Wrong and Void count; nothing else changes anything (7.3: never a stuck game).
    function test_prove_verdicts() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        for (uint8 verdict = UNPROVEN; verdict <= CORRECT; ++verdict) {
            vm.startPrank(challenger);
            bytes memory refusal = abi.encodeWithSelector(IArena.ArenaNotProven.selector, verdict);
            vm.expectRevert(refusal);
            arena.prove(gameId, c.receipt, 2, 5, abi.encode(verdict));
            vm.expectRevert(refusal);
            arena.proveHeader(gameId, c.receipt, 2, abi.encode(verdict));
            vm.expectRevert(refusal);
            arena.proveInput(gameId, c.receipt, 5, abi.encode(verdict));
            vm.stopPrank();
        }
        vm.startPrank(challenger);
        vm.expectRevert();
        arena.prove(gameId, c.receipt, 2, 5, "no evidence");
        c.receipt.issuedAt += 1;
        vm.expectRevert();
        arena.prove(gameId, c.receipt, 2, 5, abi.encode(WRONG));
        c.receipt.issuedAt -= 1;
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotChallenger.selector, gameId, address(this), challenger)
        );
        arena.prove(gameId, c.receipt, 2, 5, abi.encode(WRONG));
        prove(c, gameId, WRONG);
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.Ended));
        arena.prove(gameId, c.receipt, 2, 5, abi.encode(WRONG));
    }

    function test_prove_headerAndInput() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        vm.prank(challenger);
        arena.proveHeader(gameId, c.receipt, 2, abi.encode(WRONG));
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Fallen), "header");
        (c, gameId) = answeredCase(2);
        vm.prank(challenger);
        arena.proveInput(gameId, c.receipt, 2, abi.encode(WRONG));
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Fallen), "input");
    }

    function test_prove_needsTheTrace() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 gameId = challenge(c, challenger);
        vm.startPrank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaTraceUnknown.selector, c.claimId));
        arena.prove(gameId, c.receipt, 2, 5, abi.encode(WRONG));
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaTraceUnknown.selector, c.claimId));
        arena.pickElement(gameId, 2, 5);
        vm.stopPrank();
    }

    function test_partials() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        int64[] memory sums = new int64[](3);
        vm.startPrank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaElementUnexpected.selector, gameId, 4, 9));
        arena.pickElement(gameId, 4, 9);
        arena.pickElement(gameId, 2, 9);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.PostPartials)
        );
        arena.pickElement(gameId, 2, 9);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotWorker.selector, c.claimId, address(this), worker)
        );
        arena.postPartials(gameId, 2, 9, sums);
        vm.startPrank(hotKey);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaElementUnexpected.selector, gameId, 2, 8));
        arena.postPartials(gameId, 2, 8, sums);
        arena.postPartials(gameId, 2, 9, sums);
        vm.stopPrank();
        vm.assertEq(arena.getGame(gameId).partials, keccak256(abi.encode(sums)), "posted");
        vm.startPrank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaNotProven.selector, CORRECT));
        arena.proveChunk(gameId, c.receipt, sums, 1, abi.encode(CORRECT));
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaNotProven.selector, UNPROVEN));
        arena.provePartials(gameId, c.receipt, sums, abi.encode(UNPROVEN));
        sums[1] = 1;
        vm.expectRevert();
        arena.proveChunk(gameId, c.receipt, sums, 1, abi.encode(WRONG));
        sums[1] = 0;
        arena.proveChunk(gameId, c.receipt, sums, 1, abi.encode(WRONG));
        vm.stopPrank();
        assertPhase(gameId, IArena.Phase.Ended, "won");
    }

    function test_partials_atTheLeaf_andNotPosted() public {
        (Case memory c, bytes32 gameId) = answeredCase(1);
        playToLeaf(c, gameId, 1);
        vm.prank(challenger);
        arena.pickElement(gameId, 2, 9);
        skip(CLOCK);
        arena.timeout(gameId);
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Fallen), "by time");
    }

    /// @dev Who should move and does not, loses; one second early nothing happens, from the deadline on no move counts.
    function test_fuzz_timeout_isHalfOpen(uint256 moves, uint256 after_) public {
        Case memory c = filedCase(70, 67, 40, 1);
        bytes32 gameId = challenge(c, challenger);
        answer(c);
        moves = bound(moves, 0, 9);
        for (uint256 i = 0; i < moves; ++i) {
            if (isWorkersTurn(arena.getGame(gameId).phase)) openNext(c, gameId);
            else pickNext(c, gameId, 37);
        }
        IArena.Game memory g = arena.getGame(gameId);
        after_ = bound(after_, CLOCK - 1, CLOCK + 1);
        skip(after_);
        if (after_ < CLOCK) {
            vm.expectRevert(abi.encodeWithSelector(IArena.ArenaNotYet.selector, gameId, g.deadline));
            arena.timeout(gameId);
            if (g.phase == IArena.Phase.Prove) prove(c, gameId, WRONG);
            else if (isWorkersTurn(g.phase)) openNext(c, gameId);
            else pickNext(c, gameId, 37);
            return;
        }
        _moveTooLate(c, gameId, g);
        arena.timeout(gameId);
        ICourt.Outcome expected = isWorkersTurn(g.phase) ? ICourt.Outcome.Fallen : ICourt.Outcome.Pending;
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(expected), "who should have moved lost");
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, gameId, IArena.Phase.Ended));
        arena.timeout(gameId);
    }

    function _moveTooLate(Case memory c, bytes32 gameId, IArena.Game memory g) private {
        bytes memory late = abi.encodeWithSelector(IArena.ArenaTooLate.selector, gameId, g.deadline);
        vm.prank(challenger);
        vm.expectRevert(late);
        arena.prove(gameId, c.receipt, 2, 5, abi.encode(WRONG));
        if (g.phase == IArena.Phase.OpenTensor) {
            vm.expectRevert(late);
            arena.openTensor(gameId, g.node, c.sheet.header, topOf(c));
        } else if (g.phase == IArena.Phase.OpenLeaf) {
            vm.expectRevert(late);
            arena.openLeaf(gameId, g.node, "");
        } else if (isWorkersTurn(g.phase)) {
            vm.expectRevert(late);
            arena.open(gameId, g.node, new bytes32[](0));
        } else if (g.phase != IArena.Phase.Prove) {
            vm.prank(challenger);
            vm.expectRevert(late);
            arena.pick(gameId, g.node, 0, 0, new bytes32[](0));
        }
    }

    /// @dev Chess clocks: a side pays for its own time only, and always has the reply time (D1, D7, attack 2).
    function test_fuzz_clocks(uint256 slow, uint256 quick) public {
        Case memory c = filedCase(70, 67, 40, 1);
        bytes32 gameId = challenge(c, challenger);
        slow = bound(slow, 0, CLOCK - 1);
        quick = bound(quick, 0, CLOCK - 1);
        skip(slow);
        answer(c);
        openNext(c, gameId);
        IArena.Game memory g = arena.getGame(gameId);
        vm.assertEq(g.workerLeftSeconds, CLOCK - slow, "worker's own time");
        vm.assertEq(g.challengerLeftSeconds, CLOCK, "challenger's whole time");
        vm.assertEq(g.deadline, block.timestamp + CLOCK, "deadline");
        skip(quick);
        pickNext(c, gameId, 37);
        g = arena.getGame(gameId);
        vm.assertEq(g.workerLeftSeconds, CLOCK - slow, "not charged for the other");
        vm.assertEq(g.challengerLeftSeconds, CLOCK - quick, "charged");
        uint256 left = CLOCK - slow < REPLY ? REPLY : CLOCK - slow;
        vm.assertEq(g.deadline, block.timestamp + left, "never less than the reply time");
    }

    /// @dev However late each side moves, a game is over within both clocks and a reply time for every move (34).
    function test_game_longest() public {
        Case memory c = filedCase(70, 67, 40, 1);
        bytes32 gameId = challenge(c, challenger);
        uint256 began = block.timestamp;
        skip(CLOCK - 1);
        answer(c);
        IArena.Phase phase = arena.getGame(gameId).phase;
        while (phase != IArena.Phase.Prove) {
            if (isWorkersTurn(phase)) openNext(c, gameId);
            else pickNext(c, gameId, 37);
            IArena.Game memory g = arena.getGame(gameId);
            phase = g.phase;
            vm.warp(g.deadline - 1);
        }
        vm.prank(challenger);
        arena.pickElement(gameId, 67, 5);
        vm.warp(arena.getGame(gameId).deadline - 1);
        vm.prank(hotKey);
        arena.postPartials(gameId, 67, 5, new int64[](2));
        vm.warp(arena.getGame(gameId).deadline);
        arena.timeout(gameId);
        vm.assertLe(block.timestamp - began, 2 * CLOCK + 32 * REPLY, "bounded");
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Stands, "stands");
    }

    /// @dev What a vote changes meanwhile touches no game that has begun (T12).
    function test_parametersAreCached() public {
        Case memory c = filedCase(3, 2, 2, 1);
        bytes32 gameId = challenge(c, challenger);
        uint256 before = token.balanceOf(challenger);
        setParameter(IParameters.Parameter.ChallengeBondWei, 5e18);
        setParameter(IParameters.Parameter.ClockSeconds, 1);
        setParameter(IParameters.Parameter.ReplySeconds, 1);
        setParameter(IParameters.Parameter.ClaimLockWei, 2e18);
        setParameter(IParameters.Parameter.ChallengeWindowSeconds, 1 hours);
        skip(CLOCK - 1);
        answer(c);
        openNext(c, gameId);
        vm.assertEq(arena.getGame(gameId).deadline, block.timestamp + CLOCK, "clock of the beginning");
        prove(c, gameId, WRONG);
        vm.assertEq(court.getClaim(c.claimId).slashedWei, CLAIM_LOCK, "lock of the beginning");
        vm.assertEq(court.creditOf(challenger), BOND, "bond of the beginning");
        vm.assertEq(token.balanceOf(challenger), before, "nothing more taken");
    }

    /// @dev Games are independent; a lost one settles nothing, and one trace serves all (attack 6).
    function test_parallelGames() public {
        Case memory c = filedCase(3, 2, 2, 1);
        address[3] memory all = [challenger, newChallenger("b"), newChallenger("c")];
        bytes32[3] memory games;
        for (uint256 i = 0; i < 3; ++i) games[i] = challenge(c, all[i]);
        answer(c);
        for (uint256 i = 0; i < 3; ++i) openNext(c, games[i]);
        pickNext(c, games[1], 1);
        skip(CLOCK - 1);
        openNext(c, games[1]);
        skip(1);
        arena.timeout(games[0]);
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), 0, "a lost game settles nothing");
        prove(c, games[1], WRONG);
        arena.timeout(games[2]);
        vm.assertEq(court.creditOf(all[0]), 0, "abandoned while in doubt: lost");
        vm.assertEq(court.creditOf(all[2]), BOND, "ended after the verdict: back");
        vm.assertEq(court.getClaim(c.claimId).open, 0, "all over");
    }

    function test_leave() public {
        Case memory c = filedCase(3, 2, 2, 1);
        address other = newChallenger("other");
        bytes32 mine = challenge(c, challenger);
        bytes32 others = challenge(c, other);
        answer(c);
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaClaimUndecided.selector, c.claimId));
        arena.leave(mine);
        prove(c, others, WRONG);
        vm.expectRevert(
            abi.encodeWithSelector(IArena.ArenaCallerNotChallenger.selector, mine, address(this), challenger)
        );
        arena.leave(mine);
        vm.prank(challenger);
        arena.leave(mine);
        vm.assertEq(court.creditOf(challenger), BOND, "bond back");
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, mine, IArena.Phase.Ended));
        arena.leave(mine);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaPhaseUnexpected.selector, bytes32("x"), IArena.Phase.None));
        arena.leave("x");
    }

    /// @dev An impossible program: everybody gets his bond, the client his fee, nobody is slashed.
    function test_void() public {
        Case memory c = filedCase(3, 2, 2, 1);
        address other = newChallenger("other");
        bytes32 mine = challenge(c, challenger);
        bytes32 others = challenge(c, other);
        answer(c);
        prove(c, mine, VOID);
        arena.leave(others);
        skip(WINDOW);
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Void, "void");
        assertState(c.jobId, IJobMarket.JobState.Rejected, "refunded");
        vm.assertEq(market.creditOf(client), FEE, "fee back");
        vm.assertEq(court.creditOf(challenger), BOND, "bond back");
        vm.assertEq(court.creditOf(other), BOND, "other bond back");
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE, "no slash");
        vm.assertEq(workers.getWorker(worker).lockedWei, 0, "unlocked");
    }

    /// @dev The first decisive verdict stays, whatever is proven later.
    function test_void_afterFallen_andTheOtherWayRound() public {
        Case memory c = filedCase(3, 2, 2, 1);
        address other = newChallenger("other");
        bytes32 mine = challenge(c, challenger);
        bytes32 others = challenge(c, other);
        answer(c);
        prove(c, mine, WRONG);
        prove(c, others, VOID);
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Fallen), "stays fallen");
        vm.assertEq(court.creditOf(other), BOND, "bond back");
        c = filedCase(3, 2, 2, 2);
        mine = challenge(c, challenger);
        others = challenge(c, other);
        answer(c);
        prove(c, mine, VOID);
        prove(c, others, WRONG);
        vm.assertEq(uint256(court.getClaim(c.claimId).verdict), uint256(ICourt.Outcome.Void), "stays void");
        vm.assertEq(workers.getWorker(worker).stakeWei, STAKE - CLAIM_LOCK, "slashed for the first claim only");
    }

    function test_demand_metInTime() public {
        Case memory c = filedCase(3, 2, 2, 1);
        vm.startPrank(challenger);
        arena.demandInput(c.claimId, 1);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaDemandExists.selector, c.claimId, 1));
        arena.demandInput(c.claimId, 1);
        vm.stopPrank();
        vm.assertEq(arena.demandOf(c.claimId, 1).priceWei, GAS_REFUND, "price");
        skip(CLOCK - 1);
        address helper = actor("helper");
        bytes32[] memory path = Sheets.siblingsOf(inputTreeOf(2), 0, 1, 1);
        bytes memory header = inputHeaderOf(2);
        bytes memory other = inputHeaderOf(3);
        bytes memory data = Sheets.leafData("input", 1);
        vm.startPrank(helper);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaDemandUnknown.selector, c.claimId, 0));
        arena.supplyInput(c.claimId, c.receipt, 0, header, data, path);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaLeafSize.selector, 0, 1024));
        arena.supplyInput(c.claimId, c.receipt, 1, header, "", path);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaChildrenCount.selector, 0, 1));
        arena.supplyInput(c.claimId, c.receipt, 1, header, data, new bytes32[](0));
        data[5] ^= 0x01;
        vm.expectRevert();
        arena.supplyInput(c.claimId, c.receipt, 1, header, data, path);
        data[5] ^= 0x01;
        assertRefused(
            address(arena),
            abi.encodeCall(arena.supplyInput, (c.claimId, c.receipt, 1, other, data, path)),
            IArena.ArenaHashMismatch.selector
        );
        arena.supplyInput(c.claimId, c.receipt, 1, header, data, path);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaDemandUnknown.selector, c.claimId, 1));
        arena.supplyInput(c.claimId, c.receipt, 1, header, data, path);
        vm.stopPrank();
        vm.assertEq(court.creditOf(helper), GAS_REFUND, "paid to who showed it");
        vm.assertEq(court.getClaim(c.claimId).open, 0, "closed");
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaDemandExists.selector, c.claimId, 1));
        arena.demandInput(c.claimId, 1);
    }

    /// @dev Data shown at the last moment leaves time to use it, and no demand without end follows from that.
    function test_demand_prolongsTheWindowOnce() public {
        Case memory c = filedCase(3, 2, 2, 1);
        skip(WINDOW - 1);
        vm.prank(challenger);
        arena.demandInput(c.claimId, 7);
        skip(CLOCK - 1);
        arena.supplyInput(c.claimId, c.receipt, 7, inputHeaderOf(2), "", new bytes32[](0));
        uint256 end = START + WINDOW + CLOCK - 2 + REPLY;
        vm.assertEq(court.getClaim(c.claimId).windowEndsAt, end, "a reply time more");
        vm.prank(challenger);
        vm.expectRevert(abi.encodeWithSelector(ICourt.CourtWindowOver.selector, c.claimId, START + WINDOW));
        arena.demandInput(c.claimId, 0);
        vm.warp(end - 1);
        challenge(c, challenger);
    }

    function test_demand_notMet() public {
        Case memory c = filedCase(3, 2, 2, 1);
        vm.prank(challenger);
        arena.demandInput(c.claimId, 0);
        uint256 deadline = block.timestamp + CLOCK;
        skip(CLOCK - 1);
        vm.expectRevert();
        arena.expireDemand(c.claimId, 0);
        skip(1);
        bytes memory header = inputHeaderOf(2);
        bytes memory data = Sheets.leafData("input", 0);
        vm.expectRevert();
        arena.supplyInput(c.claimId, c.receipt, 0, header, data, new bytes32[](1));
        vm.assertEq(block.timestamp, deadline, "half-open");
        arena.expireDemand(c.claimId, 0);
        vm.expectRevert(abi.encodeWithSelector(IArena.ArenaDemandUnknown.selector, c.claimId, 0));
        arena.expireDemand(c.claimId, 0);
        vm.assertEq(court.winnerAt(c.claimId, 0), challenger, "he was right to ask");
        skipAll();
        court.finalize(c.claimId);
        assertOutcome(c.claimId, ICourt.Outcome.Fallen, "no data, no claim (D14)");
    }
}

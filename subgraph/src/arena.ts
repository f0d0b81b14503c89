import { BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts';
import {
  ElementPicked,
  GameEnded,
  GameOpened,
  InputDemanded,
  InputSupplied,
  LeafOpened,
  NodeOpened,
  NodePicked,
  PartialsPosted,
  TensorOpened,
  TraceAnswered,
} from '../generated/Arena/Arena';
import { Claim, Game, GameMove, InputDemand } from '../generated/schema';
import { ensureAccount, loadAccount, loadWorker, note } from './lib/accounts';
import { resultOf } from './lib/claims';
import { noteSupply } from './lib/courtCause';
import { eventId, ordinalOf, pairId, toInt } from './lib/ids';
import { loadProtocol } from './lib/protocol';
import { beginning } from './lib/text';

function moveOf(event: ethereum.Event, game: Game, kind: string, by: string): GameMove {
  const move = new GameMove(eventId(event).concat(game.id));
  move.game = game.id;
  move.kind = kind;
  move.by = by;
  move.at = event.block.timestamp;
  move.block = event.block.number;
  move.tx = event.transaction.hash;
  move.ordinal = ordinalOf(event);
  game.moveCount += 1;
  return move;
}

/** Saves the move and the game whose turn it makes. */
function pass(game: Game, move: GameMove, to: string, deadline: BigInt): void {
  move.deadline = deadline;
  move.save();
  game.turn = to;
  game.deadline = deadline;
  game.save();
}

export function handleGameOpened(event: GameOpened): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  const game = new Game(event.params.gameId);
  game.claim = claim.id;
  game.worker = claim.worker;
  game.challenger = ensureAccount(event.params.challenger, event);
  game.bondWei = event.params.bondWei;
  game.clockSeconds = event.params.clockSeconds;
  game.replySeconds = event.params.replySeconds;
  game.openedAt = event.block.timestamp;
  game.openedTx = event.transaction.hash;
  game.moveCount = 0;
  game.ended = false;
  game.byTimeout = false;
  // A program of one step has nothing to point at among its steps.
  if (claim.traceCount == 1) game.step = 1;
  pass(game, moveOf(event, game, 'OPENED', 'CHALLENGER'), 'WORKER', event.params.deadline);
  claim.gameCount += 1;
  claim.openGames += 1;
  claim.openGameIds = claim.openGameIds.concat([game.id]);
  claim.save();
  const protocol = loadProtocol();
  protocol.games += 1;
  protocol.gamesOpen += 1;
  protocol.save();
  const id = claim.id.toHexString();
  note(event, claim.worker, 'GameOpened', 'claim', id, event.params.bondWei);
  if (!claim.worker.equals(event.params.challenger))
    note(event, event.params.challenger, 'GameOpened', 'claim', id, event.params.bondWei);
}

/** The trace counts for every game of the claim. It answers no turn: the worker still has to open its first node. */
export function handleTraceAnswered(event: TraceAnswered): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  const steps = toInt(event.params.count);
  claim.traceRoot = event.params.traceRoot;
  claim.traceCount = steps;
  claim.programTreeRoot = event.params.programTreeRoot;
  claim.save();
  const open = claim.openGameIds;
  for (let i = 0; i < open.length; i++) {
    const game = Game.load(open[i]);
    if (game == null || game.ended) continue;
    const move = moveOf(event, game, 'TRACE_ANSWERED', 'WORKER');
    move.node = event.params.traceRoot;
    if (steps == 1) game.step = 1;
    pass(game, move, 'WORKER', game.deadline);
  }
}

export function handleNodeOpened(event: NodeOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'NODE_OPENED', 'WORKER');
  move.node = event.params.node;
  move.children = event.params.children;
  pass(game, move, 'CHALLENGER', event.params.deadline);
}

/** The first leaf that is reached is a step's output; leaves reached later are pieces of that output. */
export function handleNodePicked(event: NodePicked): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const level = event.params.level;
  const move = moveOf(event, game, 'NODE_PICKED', 'CHALLENGER');
  move.node = event.params.node;
  move.child = event.params.child;
  move.level = level;
  move.index = event.params.index;
  if (level == 0 && game.step == 0) game.step = toInt(event.params.index.plus(BigInt.fromI32(1)));
  pass(game, move, 'WORKER', event.params.deadline);
}

export function handleTensorOpened(event: TensorOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'TENSOR_OPENED', 'WORKER');
  move.node = event.params.tensor;
  move.header = beginning(event.params.header);
  move.children = event.params.children;
  // A tensor of one leaf leaves nothing to point at: the worker goes on at once.
  const next = event.params.children.length == 0 ? 'WORKER' : 'CHALLENGER';
  pass(game, move, next, event.params.deadline);
}

export function handleLeafOpened(event: LeafOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'LEAF_OPENED', 'WORKER');
  move.node = event.params.leaf;
  move.data = beginning(event.params.data);
  move.dataBytes = event.params.data.length;
  pass(game, move, 'CHALLENGER', event.params.deadline);
}

export function handleElementPicked(event: ElementPicked): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'ELEMENT_PICKED', 'CHALLENGER');
  move.step = toInt(event.params.step);
  move.element = event.params.element;
  game.step = toInt(event.params.step);
  game.element = event.params.element;
  pass(game, move, 'WORKER', event.params.deadline);
}

export function handlePartialsPosted(event: PartialsPosted): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'PARTIALS_POSTED', 'WORKER');
  move.partials = event.params.partials;
  pass(game, move, 'CHALLENGER', event.params.deadline);
}

export function handleGameEnded(event: GameEnded): void {
  const game = Game.load(event.params.gameId);
  if (game == null || game.ended) return;
  const result = resultOf(event.params.result);
  const lost = result == 'CHALLENGER_LOST';
  moveOf(event, game, 'ENDED', lost ? 'WORKER' : 'CHALLENGER').save();
  game.ended = true;
  game.turn = null;
  game.result = result;
  // Proofs count before the deadline only, calls of time from it on.
  game.byTimeout = lost || (result == 'CHALLENGER_WON' && event.block.timestamp.ge(game.deadline));
  game.endedAt = event.block.timestamp;
  game.endedTx = event.transaction.hash;
  game.save();
  close(game);
  const worker = loadWorker(game.worker, event);
  if (result == 'CHALLENGER_WON') worker.gamesLost += 1;
  if (lost) worker.gamesWon += 1;
  worker.save();
  const challenger = loadAccount(game.challenger, event);
  if (result == 'CHALLENGER_WON') challenger.challengesWon += 1;
  if (lost) challenger.challengesLost += 1;
  challenger.save();
  const protocol = loadProtocol();
  protocol.gamesOpen -= 1;
  protocol.save();
  const id = game.claim.toHexString();
  note(event, game.challenger, 'GameEnded', 'claim', id, null);
  if (!game.worker.equals(game.challenger)) note(event, game.worker, 'GameEnded', 'claim', id, null);
}

function close(game: Game): void {
  const claim = Claim.load(game.claim);
  if (claim == null) return;
  const open: Bytes[] = [];
  for (let i = 0; i < claim.openGameIds.length; i++)
    if (!claim.openGameIds[i].equals(game.id)) open.push(claim.openGameIds[i]);
  claim.openGameIds = open;
  claim.openGames = open.length;
  claim.save();
}

function demandId(claimId: Bytes, leaf: BigInt): string {
  return pairId(claimId.toHexString(), leaf.toString());
}

export function handleInputDemanded(event: InputDemanded): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  const demand = new InputDemand(demandId(claim.id, event.params.leaf));
  demand.claim = claim.id;
  demand.leaf = event.params.leaf;
  demand.requester = ensureAccount(event.params.requester, event);
  demand.priceWei = event.params.priceWei;
  demand.deadline = event.params.deadline;
  demand.demandedAt = event.block.timestamp;
  demand.save();
  note(event, claim.worker, 'InputDemanded', 'claim', claim.id.toHexString(), event.params.priceWei);
}

export function handleInputSupplied(event: InputSupplied): void {
  noteSupply(event, event.params.claimId, event.params.supplier);
  const demand = InputDemand.load(demandId(event.params.claimId, event.params.leaf));
  if (demand == null) return;
  demand.supplier = ensureAccount(event.params.supplier, event);
  demand.suppliedAt = event.block.timestamp;
  demand.suppliedBytes = event.params.data.length;
  demand.save();
}

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
import { ensureAccount, loadWorker, note } from './lib/accounts';
import { resultOf } from './lib/claims';
import { eventId, ordinalOf, pairId } from './lib/ids';
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

/** The other side's turn begins. */
function turn(game: Game, to: string, deadline: BigInt): void {
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
  const move = moveOf(event, game, 'OPENED', 'CHALLENGER');
  move.deadline = event.params.deadline;
  move.save();
  // A trace that the worker has shown in any game of the claim counts for all of them.
  turn(game, !claim.traceRoot ? 'WORKER' : 'CHALLENGER', event.params.deadline);
  claim.gameCount += 1;
  claim.openGames += 1;
  claim.save();
  const protocol = loadProtocol();
  protocol.games += 1;
  protocol.gamesOpen += 1;
  protocol.save();
  note(event, claim.worker, 'GameOpened', 'claim', claim.id.toHexString(), event.params.bondWei);
  note(event, event.params.challenger, 'GameOpened', 'claim', claim.id.toHexString(), event.params.bondWei);
}

export function handleTraceAnswered(event: TraceAnswered): void {
  const claim = Claim.load(event.params.claimId);
  if (claim == null) return;
  claim.traceRoot = event.params.traceRoot;
  claim.traceCount = event.params.count.toI32();
  claim.programTreeRoot = event.params.programTreeRoot;
  claim.save();
  const games = claim.games.load();
  for (let i = 0; i < games.length; i++) {
    const game = games[i];
    if (game.ended || game.moveCount != 1) continue;
    const move = moveOf(event, game, 'TRACE_ANSWERED', 'WORKER');
    move.node = event.params.traceRoot;
    move.save();
    turn(game, 'CHALLENGER', game.deadline);
  }
}

export function handleNodeOpened(event: NodeOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'NODE_OPENED', 'WORKER');
  move.node = event.params.node;
  move.children = event.params.children;
  move.deadline = event.params.deadline;
  move.save();
  turn(game, 'CHALLENGER', event.params.deadline);
}

export function handleNodePicked(event: NodePicked): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'NODE_PICKED', 'CHALLENGER');
  move.node = event.params.node;
  move.child = event.params.child;
  move.level = event.params.level;
  move.index = event.params.index.toI32();
  move.deadline = event.params.deadline;
  move.save();
  turn(game, 'WORKER', event.params.deadline);
}

export function handleTensorOpened(event: TensorOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'TENSOR_OPENED', 'WORKER');
  move.node = event.params.tensor;
  move.header = beginning(event.params.header);
  move.children = event.params.children;
  move.deadline = event.params.deadline;
  move.save();
  turn(game, 'CHALLENGER', event.params.deadline);
}

export function handleLeafOpened(event: LeafOpened): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'LEAF_OPENED', 'WORKER');
  move.node = event.params.leaf;
  move.data = beginning(event.params.data);
  move.dataBytes = event.params.data.length;
  move.deadline = event.params.deadline;
  move.save();
  turn(game, 'CHALLENGER', event.params.deadline);
}

export function handleElementPicked(event: ElementPicked): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'ELEMENT_PICKED', 'CHALLENGER');
  move.step = event.params.step.toI32();
  move.element = event.params.element;
  move.deadline = event.params.deadline;
  move.save();
  game.step = event.params.step.toI32();
  game.element = event.params.element;
  turn(game, 'WORKER', event.params.deadline);
}

export function handlePartialsPosted(event: PartialsPosted): void {
  const game = Game.load(event.params.gameId);
  if (game == null) return;
  const move = moveOf(event, game, 'PARTIALS_POSTED', 'WORKER');
  move.partials = event.params.partials;
  move.deadline = event.params.deadline;
  move.save();
  turn(game, 'CHALLENGER', event.params.deadline);
}

export function handleGameEnded(event: GameEnded): void {
  const game = Game.load(event.params.gameId);
  if (game == null || game.ended) return;
  const result = resultOf(event.params.result);
  const won = result == 'CHALLENGER_WON';
  moveOf(event, game, 'ENDED', won ? 'CHALLENGER' : 'WORKER').save();
  game.ended = true;
  game.turn = null;
  game.result = result;
  game.endedAt = event.block.timestamp;
  game.endedTx = event.transaction.hash;
  game.save();
  const claim = Claim.load(game.claim);
  if (claim != null) {
    claim.openGames -= 1;
    claim.save();
  }
  const worker = loadWorker(game.worker, event);
  if (won) worker.gamesLost += 1;
  if (result == 'CHALLENGER_LOST') worker.gamesWon += 1;
  worker.save();
  const protocol = loadProtocol();
  protocol.gamesOpen -= 1;
  protocol.save();
  note(event, game.challenger, 'GameEnded', 'claim', game.claim.toHexString(), null);
  note(event, game.worker, 'GameEnded', 'claim', game.claim.toHexString(), null);
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
  const demand = InputDemand.load(demandId(event.params.claimId, event.params.leaf));
  if (demand == null) return;
  demand.supplier = ensureAccount(event.params.supplier, event);
  demand.suppliedAt = event.block.timestamp;
  demand.suppliedBytes = event.params.data.length;
  demand.save();
}

import type { Truth } from '../core/dispute/challengerMove.ts';
import type { GameDivergence } from '../core/dispute/divergence.ts';
import { type Game, isWorkersTurn } from '../core/dispute/game.ts';

/** Steps drawn on each side of the diverging one; the others are counted. */
const AROUND = 4;

/** The program from top to bottom, with a mark where the computation leaves it. */
export function drawDivergence({ own }: Truth, divergence: GameDivergence | undefined): string[] {
  const { steps, input } = own.program.program;
  const rows = own.values[0]!.tensor.dims[0] ?? 0;
  const names = ['INPUT', ...steps.map(({ op }) => op)];
  const dims = [input.dims, ...steps.map(({ outDims }) => outDims)];
  const at = divergence?.step ?? names.length;
  const [from, to] = [Math.max(0, at - AROUND), Math.min(names.length - 1, at + AROUND)];
  const lines: string[] = from > 0 ? [`     ⋮  ${from} before it, equal`] : [];
  for (let step = from; step <= to; step++) {
    const mark = step === at ? '▶' : step < at ? '│' : '┊';
    const state = step === at ? 'DIFFERS' : step < at ? 'equal' : 'follows from it';
    const shape = `[${[rows, ...dims[step]!].join(', ')}]`;
    lines.push(`  ${mark} ${String(step).padStart(3)}  ${names[step]!.padEnd(10)} ${shape.padEnd(20)} ${state}`);
  }
  if (to < names.length - 1) lines.push(`     ⋮  ${names.length - 1 - to} behind it`);
  return divergence === undefined ? lines : [...lines, ...elementLines(divergence)];
}

function elementLines({ element, coordinates, expected, claimed }: GameDivergence): string[] {
  if (element === undefined) return ['  which element of it is not known yet'];
  const where = coordinates === undefined ? '' : ` at [${coordinates.join(', ')}]`;
  const says = `  element ${element}${where}: the claim says ${claimed ?? 'nothing'}`;
  return [
    expected === undefined ? `${says}, which the program does not take` : `${says}, the program gives ${expected}`,
  ];
}

/** Whose turn it is for what, and until when. */
export function drawGame(game: Game, now: bigint): string {
  const moves = `${game.moves} ${game.moves === 1 ? 'move' : 'moves'}`;
  if (game.phase === 'ended') return `ended after ${moves}: ${game.result}`;
  const left = game.deadline - now;
  const who = isWorkersTurn(game.phase) ? 'the worker' : 'the challenger';
  const clock = left > 0n ? `${left} s left` : 'time is over: anybody may call it';
  return `${moves}; ${who} is to ${game.phase.replace('-', ' ')}, ${clock}`;
}

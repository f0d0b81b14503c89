import type { Command } from 'commander';
import { type Answer, decodeAnswer } from '../../core/codec/answerFile.ts';
import { type Digest, isDigest } from '../../core/codec/hex.ts';
import { oneLine } from '../../core/codec/plainText.ts';
import { divergenceOf } from '../../core/dispute/divergence.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { CourtNotice, FiledClaim, GameHistory } from '../../ports/Court.ts';
import { truthOf } from '../../service/dispute/truth.ts';
import { drawDivergence, drawGame } from '../disputePicture.ts';
import { readText } from '../files.ts';
import { EXIT, formatTokens } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { pause } from './challenger.ts';

/** Neither the id of a claim nor a saved answer. */
export class ClaimIdInvalid extends ProtocolError {
  override readonly code = 'CLAIM_ID_INVALID';
}

const TICK_MS = 300;
/** Blocks of one look at the events. */
const RANGE = 2_000n;

const readAnswer = async (file: string): Promise<Answer> =>
  decodeAnswer(await readText(file, 'Give a file that `assay infer --save FILE` wrote.'));

/** Everything the events say of claims, oldest first. */
async function noticesOf({ assay }: Shell): Promise<CourtNotice[]> {
  const { courtView, firstBlock } = await assay.chain();
  const head = await courtView.head();
  const all: CourtNotice[] = [];
  for (let from = firstBlock; from <= head; from += RANGE)
    all.push(...(await courtView.notices(from, from + RANGE - 1n < head ? from + RANGE - 1n : head)));
  return all;
}

async function list(shell: Shell): Promise<number> {
  const { courtView } = await shell.assay.chain();
  const notices = await noticesOf(shell);
  const claims: (FiledClaim & { readonly games: number })[] = [];
  for (const notice of notices) {
    const claim = notice.kind === 'filed' ? await courtView.claim(notice.claimId) : undefined;
    const games = notices.filter(({ kind, claimId }) => kind === 'game' && claimId === notice.claimId).length;
    if (claim !== undefined) claims.push({ ...claim, games });
  }
  shell.print.result({ claims }, () =>
    claims.length === 0
      ? 'no claim was ever filed with the Court'
      : shell.print.table(
          ['claim', 'worker', 'state', 'games', 'open'],
          claims.map(({ claimId, worker, outcome, verdict, games, open }) => [
            claimId,
            worker,
            outcome !== 'pending' ? outcome : verdict !== 'pending' ? `${verdict}, not final` : 'in doubt',
            String(games),
            String(open),
          ]),
        ),
  );
  return 0;
}

/** A claim by its id, or by the answer that makes it. */
async function claimOf(
  { assay }: Shell,
  what: string,
): Promise<{ readonly claimId: Digest; readonly answer?: Answer }> {
  if (isDigest(what)) return { claimId: what };
  if (!what.endsWith('.json')) throw notAClaim(what);
  const answer = await readAnswer(what);
  const { courtView } = await assay.chain();
  return { claimId: courtView.claimIdOf(answer.receipt.receipt), answer };
}

async function show(shell: Shell, what: string): Promise<number> {
  const { claimId, answer } = await claimOf(shell, what);
  const { courtView } = await shell.assay.chain();
  const claim = await courtView.claim(claimId);
  const about = (await noticesOf(shell)).filter((notice) => notice.claimId === claimId);
  const since = about[0]?.block ?? 0n;
  const games: GameHistory[] = [];
  for (const notice of about) {
    const game = notice.kind === 'game' ? await courtView.history(notice.gameId, since) : undefined;
    if (game !== undefined) games.push(game);
  }
  const picture = answer === undefined ? undefined : await pictureOf(shell, answer, games.at(-1));
  const now = await courtView.chainTime();
  shell.print.result(
    {
      claimId,
      claim,
      games: games.map(({ gameId, challenger, phase, step, moves, deadline, result }) => ({
        gameId,
        challenger,
        phase,
        step,
        moves,
        deadline,
        result,
      })),
      divergence: picture?.divergence,
    },
    () =>
      [
        `claim ${claimId}: ${claim === undefined ? 'not filed' : claim.outcome !== 'pending' ? claim.outcome : claim.verdict === 'pending' ? 'in doubt' : `${claim.verdict}, not final`}`,
        ...(claim === undefined
          ? []
          : [`  worker   ${claim.worker}`, `  at stake ${formatTokens(claim.lockWei)} ASSAY`]),
        ...games.map((game) => `  game     ${game.gameId} by ${game.challenger}\n           ${drawGame(game, now)}`),
        ...(picture?.lines ?? []),
      ].join('\n'),
  );
  return 0;
}

async function pictureOf({ assay }: Shell, answer: Answer, game: GameHistory | undefined) {
  const { receipt } = answer.receipt;
  const truth = truthOf(await (await assay.programs()).of(receipt.versionId, receipt.worker), answer.input);
  const divergence = divergenceOf(truth, { output: answer.output, ...(game === undefined ? {} : { game }) });
  return { divergence, lines: drawDivergence(truth, divergence) };
}

async function openDispute(shell: Shell, file: string, play: boolean): Promise<number> {
  const { assay, print, signal } = shell;
  const answer = await readAnswer(file);
  const player = await assay.challenger({ sample: () => false });
  const claimId = await player.accuse(answer.receipt, answer.input);
  const { lines, divergence } = await pictureOf(shell, answer, undefined);
  for (const line of lines) print.step(line);
  const rowOf = () => player.disputes().find(([id]) => id === claimId)?.[1];
  await player.tick();
  while (play && !signal.aborted && rowOf()?.state !== 'ended') {
    await pause(TICK_MS, signal);
    await player.tick();
  }
  const row = rowOf();
  const { state, outcome, result, earnedWei } = row ?? {};
  print.result({ claimId, state, outcome, result, earnedWei, divergence }, () =>
    state === 'ended'
      ? `claim ${claimId}: ${outcome} (${result}); ${formatTokens(earnedWei ?? NOTHING)} ASSAY collected`
      : `claim ${claimId} is disputed; \`assay dispute step ${claimId}\` makes the next move`,
  );
  return state === 'ended' && outcome !== 'fallen' ? EXIT.differs : EXIT.ok;
}

const NOTHING = BigInt(0);

async function step(shell: Shell, what: string): Promise<number> {
  const { claimId } = await claimOf(shell, what);
  const player = await shell.assay.challenger({ sample: () => false });
  await player.tick();
  const row = player.disputes().find(([id]) => id === claimId)?.[1];
  if (row === undefined) throw notAClaim(what, 'this home has no dispute about it');
  const { courtView } = await shell.assay.chain();
  const { address } = await shell.assay.account();
  const game = await courtView.history(courtView.gameIdOf(claimId, address), row.block);
  const now = await courtView.chainTime();
  shell.print.result(
    {
      claimId,
      state: row.state,
      outcome: row.outcome,
      phase: game?.phase,
      moves: game?.moves,
      deadline: game?.deadline,
    },
    () =>
      `claim ${claimId}: ${row.outcome ?? row.state}\n  ${game === undefined ? 'no game yet' : drawGame(game, now)}`,
  );
  return 0;
}

const notAClaim = (
  what: string,
  why = 'it is neither a claim id (0x and 64 digits) nor a saved answer (.json)',
): ClaimIdInvalid =>
  new ClaimIdInvalid({
    what: `${JSON.stringify(oneLine(what).slice(0, 80))} names no claim`,
    why,
    fix: 'See `assay dispute list`, or give a file that `assay infer --save FILE` wrote.',
  });

export function registerDispute(program: Command): void {
  const dispute = program
    .command('dispute')
    .description('claims in doubt: see where a computation diverges, and prove it on chain')
    .addHelpText('after', '\nExample:\n  assay dispute list');

  dispute
    .command('list')
    .description('every claim that was filed with the Court, and how it stands')
    .addHelpText('after', '\nExample:\n  assay dispute list --json')
    .action(async (_, command: Command) => run(command, list));

  dispute
    .command('show')
    .description('a claim, its games and clocks; of a saved answer also where it leaves the program')
    .argument('<claim>', 'id of a claim, or a saved answer (.json)')
    .addHelpText('after', '\nExample:\n  assay dispute show answer.json')
    .action(async (what: string, _, command: Command) => run(command, (shell) => show(shell, what)));

  dispute
    .command('open')
    .description('re-execute a saved answer and, when it is false, prove it on chain; the account puts up the bond')
    .argument('<answer>', 'a file that `assay infer --save FILE` wrote')
    .option('--no-play', 'make the first move only')
    .addHelpText('after', '\nExample:\n  assay dispute open answer.json --account consumer')
    .action(async (file: string, options: { play: boolean }, command: Command) =>
      run(command, (shell) => openDispute(shell, file, options.play)),
    );

  dispute
    .command('step')
    .description('make the next moves of the disputes of this home, as far as it is our turn')
    .argument('<claim>', 'id of a claim, or a saved answer (.json)')
    .addHelpText('after', '\nExample:\n  assay dispute step answer.json')
    .action(async (what: string, _, command: Command) => run(command, (shell) => step(shell, what)));
}

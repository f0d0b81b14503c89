import { type Command, InvalidArgumentError } from 'commander';
import type { Digest } from '../../core/codec/hex.ts';
import { formatTokens } from '../print.ts';
import { run } from '../shell.ts';

const TICK_MS = 400;
/** Blocks of jobs are sampled by their ids, which nobody can choose freely. */
const SCALE = 0x1_0000_0000;

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('give a share above 0 and up to 1, like 0.1');
  return value;
}

export function registerChallenger(program: Command): void {
  const challenger = program
    .command('challenger')
    .description('find false claims by re-execution, dispute them, and collect the reward')
    .addHelpText('after', '\nExample:\n  assay challenger run --help');

  challenger
    .command('run')
    .description('check submitted jobs until Ctrl-C; the account puts up the bonds')
    .option('--once', 'end when everything that is there has been checked and no dispute is open')
    .option('--sample <share>', 'check only this share of the jobs', share, 1)
    .addHelpText(
      'after',
      '\nExamples:\n  assay challenger run --account owner --once\n  assay challenger run --sample 0.1',
    )
    .action(async (options: { once?: boolean; sample: number }, command: Command) =>
      run(command, async ({ print, assay, signal }) => {
        const sample = (jobId: Digest): boolean => Number.parseInt(jobId.slice(2, 10), 16) < options.sample * SCALE;
        const player = await assay.challenger({ sample });
        print.step(`checking ${options.sample * 100} % of the jobs; stop with Ctrl-C`);
        const clock = { open: 1 };
        while (!signal.aborted) {
          await player.tick();
          clock.open = player.waiting + player.disputes().filter(([, { state }]) => state !== 'ended').length;
          if (options.once === true && clock.open === 0) break;
          await pause(TICK_MS, signal);
        }
        const disputes = player.disputes().map(([claimId, row]) => ({ claimId, ...row, input: undefined }));
        print.result({ checked: player.checked, open: clock.open, disputes }, () =>
          [
            `${player.checked} jobs checked, ${disputes.length} disputed, ${clock.open} open`,
            ...disputes.map(
              ({ claimId, worker, state, outcome, result, earnedWei }) =>
                `  ${claimId} ${worker} ${outcome ?? state} ${result ?? ''} ${earnedWei === undefined ? '' : `${formatTokens(earnedWei)} ASSAY`}`,
            ),
          ].join('\n'),
        );
        return 0;
      }),
    );
}

/** Resolves early when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}

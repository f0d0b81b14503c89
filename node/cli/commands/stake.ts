import type { Command } from 'commander';
import type { Address } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import type { StakePosition } from '../../ports/Stakes.ts';
import { address, tokens } from '../parse.ts';
import { formatTokens } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { describeSeconds, describeTime } from '../times.ts';
import { transactional } from '../transactions.ts';

/** Neither a worker nor a worker's hot key. */
export class NoStake extends ProtocolError {
  override readonly code = 'NO_STAKE';
}

/** What can be seen is known before gas is spent: a thaw that goes on, an amount that is not free. */
export class StakeNotFree extends ProtocolError {
  override readonly code = 'STAKE_NOT_FREE';
}

async function positionOf({ assay }: Shell, account: Address): Promise<StakePosition> {
  const { stakesView } = await assay.chain();
  const position = await stakesView.position(account);
  if (position !== undefined) return position;
  throw new NoStake({
    what: `${account} has no stake`,
    why: 'the registry knows no worker of this address',
    fix: 'Register one with `assay worker init`, or give the owner with --account. `assay stake list` shows all.',
    meta: { account },
  });
}

/** What the registry would refuse is refused here, with the numbers. @throws {StakeNotFree} */
function requireFree({ freeWei, lockedWei, worker }: StakePosition, amountWei: bigint): void {
  if (amountWei > 0n && amountWei <= freeWei) return;
  throw new StakeNotFree({
    what: `${formatTokens(amountWei)} ASSAY of ${worker} cannot start to thaw`,
    why: `${formatTokens(freeWei)} are free, ${formatTokens(lockedWei)} stand behind open claims`,
    fix: 'Ask for at most what is free; open claims release their part when they end.',
    meta: { freeWei, lockedWei, amountWei },
  });
}

/** @throws {StakeNotFree} */
function requireThawed({ thawingWei, thawEndsAt, worker }: StakePosition, now: bigint): void {
  if (thawingWei > 0n && now >= thawEndsAt) return;
  throw new StakeNotFree({
    what: `Nothing of ${worker} can be withdrawn now`,
    why:
      thawingWei === 0n
        ? 'nothing thaws'
        : `${formatTokens(thawingWei)} ASSAY thaw for another ${describeSeconds(thawEndsAt - now)}, until ${describeTime(thawEndsAt)}`,
    fix: thawingWei === 0n ? 'Ask for stake back first: `assay stake remove`.' : 'Run the same command again then.',
    meta: { thawingWei, thawEndsAt, now },
  });
}

const thaw = ({ thawingWei, thawEndsAt }: StakePosition, now: bigint): string =>
  thawingWei === 0n
    ? '-'
    : now >= thawEndsAt
      ? `${formatTokens(thawingWei)} free now`
      : `${formatTokens(thawingWei)} in ${describeSeconds(thawEndsAt - now)}`;

async function list(shell: Shell, whose: Address | undefined): Promise<number> {
  const { directory, settlement } = await shell.assay.chain();
  const owners = whose === undefined ? (await directory.workers()).map(({ worker }) => worker) : [whose];
  const [now, positions] = await Promise.all([
    settlement.chainTime(),
    Promise.all(owners.map((owner) => positionOf(shell, owner))),
  ]);
  shell.print.result({ chainTime: now, positions }, () =>
    shell.print.table(
      ['worker', 'stake', 'locked', 'free', 'thawing', 'state'],
      positions.map((position) => [
        position.worker,
        formatTokens(position.stakeWei),
        formatTokens(position.lockedWei),
        formatTokens(position.freeWei),
        thaw(position, now),
        position.active ? 'active' : 'below the minimum',
      ]),
    ),
  );
  return 0;
}

export function registerStake(program: Command): void {
  const stake = program
    .command('stake')
    .description("a worker's stake: add, ask back, withdraw after the thaw")
    .addHelpText('after', '\nExample:\n  assay stake list');

  stake
    .command('list')
    .description('stake of every worker: locked, free, thawing with the time left')
    .option('--worker <address>', 'of this owner only', address)
    .addHelpText('after', '\nExamples:\n  assay stake list\n  assay stake list --json')
    .action(async (options: { worker?: Address }, command: Command) =>
      run(command, (shell) => list(shell, options.worker)),
    );

  transactional(
    stake
      .command('add')
      .description("add to the account's stake: one transaction, no allowance stays behind")
      .argument('<tokens>', 'amount, like 10 or "10 ASSAY" or "5000 wei"', tokens)
      .addHelpText(
        'after',
        '\nExamples:\n  assay stake add "500 ASSAY" --account owner\n  assay stake add 500 --account owner --dry-run',
      ),
  ).action(async (amountWei: bigint, _, command: Command) =>
    run(command, async (shell) => {
      const { stakes, address: account } = await shell.assay.account();
      await positionOf(shell, account);
      await stakes.add(amountWei);
      const { stakeWei } = await positionOf(shell, account);
      shell.print.result(
        { worker: account, amountWei, stakeWei },
        () => `${formatTokens(amountWei)} ASSAY added; ${account} has ${formatTokens(stakeWei)} at stake`,
      );
      return 0;
    }),
  );

  transactional(
    stake
      .command('remove')
      .description('ask for stake back: it thaws, still slashable, then `stake withdraw` pays it out')
      .argument('<tokens>', 'amount, like 10 or "10 ASSAY" or "5000 wei"; or all that is free', (text) =>
        text === 'all' ? text : tokens(text),
      )
      .addHelpText(
        'after',
        '\nExamples:\n  assay stake remove "100 ASSAY" --account owner\n  assay stake remove all --account owner --dry-run',
      ),
  ).action(async (amount: bigint | 'all', _, command: Command) =>
    run(command, async (shell) => {
      const { stakes, address: account, settlement } = await shell.assay.account();
      const before = await positionOf(shell, account);
      const amountWei = amount === 'all' ? before.freeWei : amount;
      requireFree(before, amountWei);
      await stakes.requestUnstake(amountWei);
      const [{ thawingWei, thawEndsAt, stakeWei, active }, now] = await Promise.all([
        positionOf(shell, account),
        settlement.chainTime(),
      ]);
      if (!active) shell.print.warn('the stake that is left is below the minimum: no new jobs until it is not');
      shell.print.result(
        { worker: account, amountWei, stakeWei, thawingWei, thawEndsAt, secondsLeft: left(thawEndsAt, now), active },
        () =>
          `${formatTokens(thawingWei)} ASSAY thaw for ${describeSeconds(thawEndsAt - now)}, until ${describeTime(thawEndsAt)}\n  next     assay stake withdraw --account ${shell.assay.config.account}`,
      );
      return 0;
    }),
  );

  transactional(
    stake
      .command('withdraw')
      .description('pay out the stake whose thaw is over; says how long it still takes otherwise')
      .addHelpText('after', '\nExample:\n  assay stake withdraw --account owner'),
  ).action(async (_, command: Command) =>
    run(command, async (shell) => {
      const { stakes, address: account, settlement } = await shell.assay.account();
      requireThawed(await positionOf(shell, account), await settlement.chainTime());
      const paidWei = await stakes.withdraw();
      shell.print.result({ worker: account, paidWei }, () => `${formatTokens(paidWei)} ASSAY paid to ${account}`);
      return 0;
    }),
  );
}

const left = (end: bigint, now: bigint): bigint => (end > now ? end - now : 0n);

import type { Command } from 'commander';
import type { Address } from '../../core/codec/hex.ts';
import type { RewardsOwed } from '../../ports/Rewards.ts';
import { address } from '../parse.ts';
import { formatTokens } from '../print.ts';
import { run, type Shell } from '../shell.ts';
import { transactional } from '../transactions.ts';

const totalOf = ({ marketWei, courtWei, auditsWei }: RewardsOwed): bigint => marketWei + courtWei + auditsWei;

/** Whose money: the address that was given, or the owner behind the account's key, or the account. */
async function ownerOf({ assay }: Shell, given: Address | undefined, account: Address): Promise<Address> {
  if (given !== undefined) return given;
  return (await (await assay.chain()).stakesView.workerOf(account)) ?? account;
}

function describe(owed: RewardsOwed): string {
  const { account, marketWei, courtWei, auditsWei, tills } = owed;
  const full = tills.filter(({ balanceWei }) => balanceWei > 0n);
  return [
    `${account} can claim ${formatTokens(totalOf(owed))} ASSAY`,
    `  market   ${formatTokens(marketWei)} earnings, shares and refunds`,
    `  court    ${formatTokens(courtWei)} bonds and rewards of disputes`,
    `  audits   ${formatTokens(auditsWei)} fees of audits`,
    ...full.map(
      ({ versionId, balanceWei }) =>
        `  till     ${formatTokens(balanceWei)} for version ${versionId}, to be split with author and treasury`,
    ),
  ].join('\n');
}

export function registerRewards(program: Command): void {
  const rewards = program
    .command('rewards')
    .description('what the protocol owes an account: earnings, disputes, audits, tills')
    .addHelpText('after', '\nExample:\n  assay rewards show --account owner');

  rewards
    .command('show')
    .description('what can be claimed now, by where it waits')
    .option('--for <address>', 'of this address (default: the account, or the owner of its worker)', address)
    .addHelpText('after', '\nExamples:\n  assay rewards show --account owner\n  assay rewards show --for 0x90f7...b906')
    .action(async (options: { for?: Address }, command: Command) =>
      run(command, async (shell) => {
        const { assay, print } = shell;
        const account = options.for ?? (await assay.keys.addressOf(assay.config.account));
        const { rewardsView } = await assay.chain();
        const owed = await rewardsView.owed(await ownerOf(shell, options.for, account));
        print.result({ ...owed, totalWei: totalOf(owed) }, () => describe(owed));
        return 0;
      }),
    );

  transactional(
    rewards
      .command('claim')
      .description('split the tills and pay out every credit; it goes to whom it belongs, whoever sends it')
      .option('--for <address>', 'of this address (default: the account, or the owner of its worker)', address)
      .addHelpText(
        'after',
        '\nExamples:\n  assay rewards claim --account owner\n  assay rewards claim --account owner --dry-run',
      ),
  ).action(async (options: { for?: Address }, command: Command) =>
    run(command, async (shell) => {
      const { rewards: claims, address: account } = await shell.assay.account();
      const owner = await ownerOf(shell, options.for, account);
      const paidWei = await claims.claim(owner);
      shell.print.result({ account: owner, paidWei }, () =>
        paidWei === 0n ? `nothing waits for ${owner}` : `${formatTokens(paidWei)} ASSAY paid to ${owner}`,
      );
      return 0;
    }),
  );
}

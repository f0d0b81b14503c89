import type { Command } from 'commander';
import { run } from '../shell.ts';

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('make and list the encrypted keys of this home')
    .addHelpText('after', '\nExample:\n  assay keys list');

  keys
    .command('new')
    .description('make a key in an encrypted keystore; an existing one of that name is kept')
    .argument('<name>', 'name of the keystore, a-z 0-9 -')
    .option('--new-password', 'write a random password file first, when there is none')
    .addHelpText(
      'after',
      '\nExamples:\n  assay keys new owner --password-file ~/.assay-password\n  assay keys new owner --new-password',
    )
    .action(async (name: string, options: { newPassword?: boolean }, command: Command) =>
      run(command, async ({ print, assay }) => {
        if (options.newPassword === true) await assay.keys.ensurePassword();
        const address = await assay.keys.ensure(name);
        print.result({ name, address }, () => `${name} ${address}`);
        return 0;
      }),
    );

  keys
    .command('list')
    .description('names and addresses; nothing is decrypted')
    .addHelpText('after', '\nExample:\n  assay keys list')
    .action(async (_, command: Command) =>
      run(command, async ({ print, assay }) => {
        const list = await assay.keys.list();
        print.result({ keys: list }, () =>
          list.length === 0
            ? 'no keys yet: `assay keys new NAME`'
            : print.table(
                ['name', 'address'],
                list.map(({ name, address }) => [name, address]),
              ),
        );
        return 0;
      }),
    );
}

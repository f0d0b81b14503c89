import type { Command } from 'commander';
import type { Address } from '../../core/codec/hex.ts';
import { address } from '../parse.ts';
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
    .command('link')
    .description('use a key that an external signer holds (eth_signTransaction and eth_signTypedData over JSON-RPC)')
    .argument('<name>', 'name for this home, a-z 0-9 -')
    .requiredOption('--url <url>', 'JSON-RPC of the signer: https, or http on this machine')
    .option('--address <address>', 'which of its accounts, when it holds several', address)
    .addHelpText('after', '\nExample:\n  assay keys link owner --url http://127.0.0.1:9000')
    .action(async (name: string, options: { url: string; address?: Address }, command: Command) =>
      run(command, async ({ print, assay }) => {
        const linked = await assay.keys.link(name, options.url, options.address);
        const signer = new URL(options.url).host;
        print.result({ name, address: linked, signer }, () => `${name} ${linked}, signed for at ${signer}`);
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
                ['name', 'address', 'signer'],
                list.map(({ name, address, signer }) => [name, address, signer ?? '']),
              ),
        );
        return 0;
      }),
    );
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Printer } from '../print.ts';
import { run } from '../shell.ts';

type Manifest = Readonly<{
  createdAt: string;
  files: readonly { readonly name: string; readonly bytes: number; readonly rows?: number | undefined }[];
}>;

const listOf = (print: Printer, { createdAt, files }: Manifest): string =>
  [
    `made ${createdAt}, ${files.length} files, ${files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`,
    print.table(
      ['file', 'bytes', 'rows'],
      files.map(({ name, bytes, rows }) => [name, String(bytes), rows === undefined ? '' : String(rows)]),
    ),
  ].join('\n');

export function registerBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('copy what a node cannot rebuild: keys and journals, while it runs')
    .addHelpText('after', '\nExample:\n  assay backup create --out worker-backup.tar --home worker');

  backup
    .command('create')
    .description('write keystores (encrypted), journals, settings and addresses of a home to one tar file')
    .requiredOption('--out <file>', 'a file that does not exist yet')
    .addHelpText(
      'after',
      '\nNot in it: the password (keep it elsewhere), models and logs (they come back from chain and IPFS).\n\nExample:\n  assay backup create --out worker-backup.tar --home worker',
    )
    .action(async (options: { out: string }, command: Command) =>
      run(command, async ({ print, assay }) => {
        const out = resolve(options.out);
        const manifest = await assay.backup.create(out);
        print.result({ file: out, ...manifest }, () => `${out}\n${listOf(print, manifest)}`);
        print.warn('the password is not in it: without the password file nobody can use these keys');
        return 0;
      }),
    );

  backup
    .command('verify')
    .description('check hashes, journals and keystores of a backup; changes nothing')
    .argument('<file>', 'a file of `assay backup create`')
    .addHelpText('after', '\nExample:\n  assay backup verify worker-backup.tar')
    .action(async (file: string, _, command: Command) =>
      run(command, async ({ print, assay }) => {
        const manifest = await assay.backup.verify(resolve(file));
        print.result({ sound: true, ...manifest }, () => `sound: ${listOf(print, manifest)}`);
        return 0;
      }),
    );

  backup
    .command('restore')
    .description('bring a backup into a home in which no node runs')
    .argument('<file>', 'a file of `assay backup create`')
    .option(
      '--replace',
      'overwrite older journals and settings; newer ones and other keys are never overwritten',
      false,
    )
    .addHelpText('after', '\nExample:\n  assay backup restore worker-backup.tar --home worker')
    .action(async (file: string, options: { replace: boolean }, command: Command) =>
      run(command, async ({ print, assay }) => {
        const { manifest, kept, written } = await assay.backup.restore(resolve(file), options.replace);
        print.result({ home: assay.config.home, createdAt: manifest.createdAt, written, kept }, () =>
          [
            `restored ${written.length} files of ${manifest.createdAt} into ${assay.config.home}${kept.length === 0 ? '' : `; ${kept.length} were the same already`}`,
            '  next     put the password file back, then assay doctor, then start the node',
          ].join('\n'),
        );
        print.warn(
          'make sure that the node this backup came from never runs again: two nodes with one key sign contradicting claims, and a contradicting claim is slashed',
        );
        return 0;
      }),
    );
}

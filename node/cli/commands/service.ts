import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { homeOf, PACKAGE_ROOT, userConfigFile } from '../../config.ts';
import { systemdUnit } from '../background/systemdUnit.ts';
import { writeOutput } from '../files.ts';
import { runBare } from '../shell.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export function registerService(program: Command): void {
  const service = program
    .command('service')
    .description('run the worker under systemd')
    .addHelpText('after', '\nExample:\n  assay service install --print --home /var/lib/assay');

  service
    .command('install')
    .description('write a systemd unit that runs `assay worker run` of this home')
    .option('--print', 'print the unit and write nothing')
    .option('--user <name>', 'a system service of this account (default: a service of the person who calls)')
    .option('--out <file>', 'where the unit goes (default: the person’s systemd folder)')
    .addHelpText(
      'after',
      '\nExamples:\n  assay service install --print --home /var/lib/assay --user assay\n  assay service install --out assay-worker.service',
    )
    .action(async (options: { print?: boolean; user?: string; out?: string }, command: Command) =>
      runBare(command, async ({ print, flags }) => {
        const home = homeOf(flags);
        const unit = systemdUnit({
          description: 'Assay worker',
          command: [process.execPath, MAIN, 'worker', 'run', '--home', home],
          workingDirectory: PACKAGE_ROOT,
          home,
          ...(options.user === undefined ? {} : { user: options.user }),
        });
        if (options.print === true) {
          print.result({ unit }, () => unit.trimEnd());
          return 0;
        }
        const base = userConfigFile();
        const file =
          options.out ??
          join(base === undefined ? '.' : dirname(dirname(base)), 'systemd', 'user', 'assay-worker.service');
        await mkdir(dirname(file), { recursive: true });
        await writeOutput(file, unit);
        const scope = options.user === undefined ? ' --user' : '';
        print.result({ unit, file }, () =>
          [
            file,
            `  next     systemctl${scope} daemon-reload && systemctl${scope} enable --now assay-worker`,
            ...(options.user === undefined ? ['  so that it runs without a login: loginctl enable-linger'] : []),
          ].join('\n'),
        );
        return 0;
      }),
    );
}

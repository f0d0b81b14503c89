import type { Command } from 'commander';
import { homeOf, loadConfig, userConfigFile } from '../../config.ts';
import { fileOf, requireKey, settingsOf, writeSetting } from '../settings.ts';
import { run, runBare } from '../shell.ts';

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

const WHERE: Readonly<Record<string, string>> = {
  flag: 'a flag of this command',
  environment: 'the environment',
  file: "the home's config.json",
  'user file': "the user's config.json",
  default: 'the default; nobody set it',
};

export function registerConfig(program: Command): void {
  const config = program
    .command('config')
    .description('settings of a home: read, change, and see where each value comes from')
    .addHelpText(
      'after',
      "\nOrder: flag, environment, <home>/config.json, the user's file, default.\n\nExample:\n  assay config list",
    );

  config
    .command('list')
    .description('every setting with its value and where it comes from')
    .addHelpText('after', '\nExample:\n  assay config list --json')
    .action(async (_, command: Command) =>
      run(command, async ({ loaded, print }) => {
        const settings = await settingsOf(loaded);
        print.result({ settings }, () =>
          print.table(
            ['setting', 'value', 'from'],
            settings.map(({ key, value, origin }) => [key, shown(value), origin]),
          ),
        );
        return 0;
      }),
    );

  config
    .command('get')
    .description('the value of one setting')
    .argument('<key>', 'like worker.port')
    .addHelpText('after', '\nExample:\n  assay config get worker.port')
    .action(async (key: string, _, command: Command) =>
      run(command, async ({ loaded, print }) => {
        requireKey(key);
        const setting = (await settingsOf(loaded)).find((one) => one.key === key);
        print.result(setting, () => shown(setting?.value));
        return 0;
      }),
    );

  config
    .command('explain')
    .description('where a value comes from, and what else would set it')
    .argument('<key>', 'like worker.port')
    .addHelpText('after', '\nExample:\n  assay config explain account')
    .action(async (key: string, _, command: Command) =>
      run(command, async ({ loaded, print }) => {
        requireKey(key);
        const setting = (await settingsOf(loaded)).find((one) => one.key === key)!;
        const fallback = (await settingsOf(loadConfig({ home: loaded.config.home }, {}))).find(
          (one) => one.key === key,
        );
        const files = { home: fileOf(loaded.config.home), user: userConfigFile() };
        print.result({ ...setting, withoutFlagsAndEnvironment: fallback?.value, files }, () =>
          [
            `${key} is ${shown(setting.value)}`,
            `  from     ${WHERE[setting.origin]}`,
            `  without  flags and environment it is ${shown(fallback?.value)}`,
            `  files    ${files.home}${files.user === undefined ? '' : `, then ${files.user}`}`,
            ...(key === 'home' ? [] : [`  change   assay config set ${key} VALUE`]),
          ].join('\n'),
        );
        return 0;
      }),
    );

  config
    .command('set')
    .description('write one setting into <home>/config.json; a value that would be refused is not written')
    .argument('<key>', 'like worker.port')
    .argument('<value>', 'lists with commas')
    .addHelpText(
      'after',
      '\nExamples:\n  assay config set worker.port 8702\n  assay config set rpcUrls http://127.0.0.1:8545',
    )
    .action(async (key: string, value: string, _, command: Command) =>
      runBare(command, async ({ flags, print }) => {
        const home = homeOf(flags);
        const written = await writeSetting(home, key, value);
        print.result(
          { key, value: written, file: fileOf(home) },
          () => `${key} is ${shown(written)} in ${fileOf(home)}`,
        );
        return 0;
      }),
    );

  config
    .command('unset')
    .description('take one setting out of <home>/config.json')
    .argument('<key>', 'like worker.port')
    .addHelpText('after', '\nExample:\n  assay config unset worker.port')
    .action(async (key: string, _, command: Command) =>
      runBare(command, async ({ flags, print }) => {
        const home = homeOf(flags);
        await writeSetting(home, key, undefined);
        print.result({ key, file: fileOf(home) }, () => `${key} is not in ${fileOf(home)} any more`);
        return 0;
      }),
    );

  config
    .command('path')
    .description('the files that settings come from')
    .addHelpText('after', '\nExample:\n  assay config path')
    .action(async (_, command: Command) =>
      runBare(command, async ({ flags, print }) => {
        const home = homeOf(flags);
        const paths = { home, file: fileOf(home), userFile: userConfigFile() };
        print.result(paths, () => [paths.file, ...(paths.userFile === undefined ? [] : [paths.userFile])].join('\n'));
        return 0;
      }),
    );
}

import { Argument, type Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { complete, completionScript, SHELLS, type Shell as ShellName } from '../completion.ts';
import { writeOutput } from '../files.ts';
import { Library } from '../library.ts';
import { manPage } from '../manPage.ts';
import { runBare } from '../shell.ts';

/** Somebody waits with a finger on a key. */
const PATIENCE_MS = 800;

/** Names of the registry when it answers at once, and of what was pulled. */
async function modelNames(home: string | undefined): Promise<readonly string[]> {
  const { config } = loadConfig({ ...(home === undefined ? {} : { home }), logLevel: 'silent' });
  const pulled = (await new Library(config.home).list()).flatMap(({ slug }) => slug ?? []);
  const { compose } = await import('../../compose.ts');
  const assay = compose(config);
  const registered = (async () => (await (await assay.chain()).directory.models()).map(({ slug }) => slug))();
  const late = new Promise<readonly string[]>((done) => setTimeout(() => done([]), PATIENCE_MS).unref());
  const names = await Promise.race([registered.catch(() => []), late]);
  return [...new Set([...pulled, ...names])].sort();
}

async function accountNames(home: string | undefined): Promise<readonly string[]> {
  const { compose } = await import('../../compose.ts');
  const assay = compose(loadConfig({ ...(home === undefined ? {} : { home }), logLevel: 'silent' }).config);
  return (await assay.keys.list()).map(({ name }) => name);
}

/** The home that the words on the command line name. */
const homeIn = (words: readonly string[]): string | undefined => {
  const at = words.indexOf('--home');
  return at < 0 || at + 1 >= words.length - 1 ? undefined : words[at + 1];
};

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for a shell; it knows commands, flags, accounts and models')
    .addArgument(new Argument('<shell>', 'which').choices([...SHELLS]))
    .addHelpText(
      'after',
      '\nExamples:\n  assay completion bash > ~/.local/share/bash-completion/completions/assay\n  assay completion fish > ~/.config/fish/completions/assay.fish',
    )
    .action(async (shell: ShellName, _, command: Command) =>
      runBare(command, async ({ print }) => {
        const script = completionScript(shell);
        print.result({ shell, script }, () => script.trimEnd());
        return 0;
      }),
    );

  program
    .command('__complete', { hidden: true })
    .description('what may stand where the last word is begun; asked by the scripts of `assay completion`')
    .option('--about <separator>', 'with a description behind each')
    .argument('[words...]', 'the words so far')
    .addHelpText('after', '\nExample:\n  assay __complete gov vo')
    .action(async (words: string[], options: { about?: string }) => {
      const home = homeIn(words);
      const known = { models: () => modelNames(home), accounts: () => accountNames(home) };
      const found = await complete(program, words, known).catch(() => []);
      const lines = found.map(({ text, about }) =>
        options.about === undefined || about === '' ? text : `${text}${options.about}${about.replaceAll(':', ' ')}`,
      );
      process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });

  program
    .command('man')
    .description('print the manual page, written from the command definitions')
    .option('--out <file>', 'write it there')
    .addHelpText('after', '\nExamples:\n  assay man --out assay.1\n  assay man | man -l -')
    .action(async (options: { out?: string }, command: Command) =>
      runBare(command, async ({ print }) => {
        const page = manPage(program);
        if (options.out !== undefined) await writeOutput(options.out, page);
        print.result({ page, ...(options.out === undefined ? {} : { file: options.out }) }, () =>
          options.out === undefined ? page.trimEnd() : options.out,
        );
        return 0;
      }),
    );
}

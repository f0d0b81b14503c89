import type { Command, Option } from 'commander';

/** Text that roff takes as it is: no requests, no escapes. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\x20-\x7e\n]/gu,
      (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .split('\n')
    .map((line) => line.replace(/^([.'])/, '\\&$1'))
    .join('\n');

const options = (list: readonly Option[]): string[] =>
  list
    .filter(({ hidden }) => !hidden)
    .flatMap(({ flags, description, argChoices }) => [
      '.TP',
      `.B ${plain(flags)}`,
      plain(`${description}${argChoices === undefined ? '' : ` (${argChoices.join(', ')})`}`),
    ]);

/** What `addHelpText` put behind a command: examples and notes. */
function examples(command: Command): string[] {
  let text = '';
  const stop = (part: string): void => {
    text += part;
  };
  command.configureOutput({ writeOut: stop, getOutHelpWidth: () => 10_000, getOutHasColors: () => false });
  command.outputHelp();
  const at = text.search(/\n(Examples?|First steps):\n/);
  if (at < 0) return [];
  const lines = text.slice(at).trim().split('\n').slice(1);
  return ['.PP', '.nf', ...lines.map(plain), '.fi'];
}

function section(command: Command, path: readonly string[]): string[] {
  const name = [...path, command.name()];
  const subs = command.commands.filter((sub) => sub.name() !== 'help' && !sub.name().startsWith('_'));
  const head = [`.SS ${plain(name.join(' '))} ${plain(command.usage())}`, plain(command.description())];
  return [
    ...(path.length === 0 ? [] : [...head, ...options(command.options), ...examples(command)]),
    ...subs.flatMap((sub) => section(sub, name)),
  ];
}

/** The whole command line as one page of section 1, from the definitions. */
export function manPage(program: Command): string {
  return `${[
    '.\\" Written by `assay man` from the command definitions.',
    `.TH ASSAY 1 "" "assay ${plain(program.version() ?? '')}" "User Commands"`,
    '.SH NAME',
    `assay \\- ${plain(program.description())}`,
    '.SH SYNOPSIS',
    '.B assay',
    '[options] [command]',
    '.SH OPTIONS',
    ...options(program.options),
    '.SH COMMANDS',
    ...section(program, []),
    '.SH EXIT STATUS',
    plain(
      '0 done, 1 a bug of ours, 2 wrong usage, 3 refused, 4 not reachable now, 5 recomputed and different, 128 + n ended by signal n.',
    ),
    '.SH FILES',
    plain('<home>/config.json, <home>/keys, and assay/config.json in the XDG folder for configuration.'),
  ].join('\n')}\n`;
}

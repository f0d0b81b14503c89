import type { Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface Candidate {
  readonly text: string;
  /** What it does; empty for names. */
  readonly about: string;
}

/** What only the machine knows. */
export interface Known {
  models(): Promise<readonly string[]>;
  accounts(): Promise<readonly string[]>;
}

/** Files complete by the shell's own means. */
export const FILES: readonly Candidate[] = [{ text: ':files', about: '' }];

const named = (texts: readonly string[]): Candidate[] => texts.map((text) => ({ text, about: '' }));

/** What may stand where the last of `words` is begun; the program's own name is not among them. */
export async function complete(
  program: Command,
  words: readonly string[],
  known: Known,
): Promise<readonly Candidate[]> {
  const begun = words.at(-1) ?? '';
  const { command, operands, awaiting } = walk(program, words.slice(0, -1));
  const all =
    awaiting !== undefined
      ? await valuesOf(awaiting, known)
      : begun.startsWith('-')
        ? optionsOf(command)
        : await operandsOf(command, operands, known);
  return all === FILES ? FILES : all.filter(({ text }) => text.startsWith(begun));
}

/** The command that the words before lead to, how many operands it has, and the option that waits for its value. */
function walk(program: Command, words: readonly string[]): { command: Command; operands: number; awaiting?: Option } {
  let command = program;
  let operands = 0;
  let awaiting: Option | undefined;
  for (const word of words) {
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = allOptions(command).find(({ long, short }) => word === long || word === short);
      awaiting = option !== undefined && (option.required || option.optional) ? option : undefined;
      continue;
    }
    const sub = command.commands.find((one) => one.name() === word);
    if (sub === undefined) operands += 1;
    else {
      command = sub;
      operands = 0;
    }
  }
  return { command, operands, ...(awaiting === undefined ? {} : { awaiting }) };
}

function allOptions(command: Command): readonly Option[] {
  const own = command.options.filter(({ hidden }) => !hidden);
  return command.parent === null ? own : [...own, ...allOptions(command.parent)];
}

const optionsOf = (command: Command): Candidate[] => [
  ...allOptions(command).flatMap(({ long, description }) =>
    long === undefined || long === null ? [] : [{ text: long, about: description }],
  ),
  { text: '--help', about: 'display help for command' },
];

async function valuesOf(option: Option, known: Known): Promise<readonly Candidate[]> {
  if (option.argChoices !== undefined) return named(option.argChoices);
  if (option.long === '--account' || option.long === '--hot-key') return named(await known.accounts());
  if (option.long === '--model') return named(await known.models());
  if (option.long === '--log-level') return named(['debug', 'info', 'warn', 'error', 'silent']);
  return /<(file|folder|path|dir)>/.test(option.flags) ? FILES : [];
}

async function operandsOf(command: Command, operands: number, known: Known): Promise<readonly Candidate[]> {
  const subs = command.commands.filter((sub) => !sub.name().startsWith('_'));
  if (subs.length > 0 && operands === 0) return subs.map((sub) => ({ text: sub.name(), about: sub.description() }));
  const argument = command.registeredArguments[operands];
  if (argument === undefined) return [];
  if (argument.argChoices !== undefined) return named(argument.argChoices);
  if (argument.name() === 'model') return named(await known.models());
  return /file|what/.test(argument.name()) ? FILES : [];
}

const BASH = `# bash completion of assay: source <(assay completion bash)
_assay() {
  local IFS=$'\\n'
  COMPREPLY=($(assay __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [ "\${COMPREPLY[0]:-}" = :files ]; then
    COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  fi
}
complete -o filenames -F _assay assay
`;

const ZSH = `#compdef assay
# zsh completion of assay: assay completion zsh > "\${fpath[1]}/_assay"
_assay() {
  local -a found
  found=("\${(@f)$(assay __complete --about : -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${found[1]}" == :files ]]; then _files; else _describe assay found; fi
}
compdef _assay assay
`;

const FISH = `# fish completion of assay: assay completion fish > ~/.config/fish/completions/assay.fish
function __assay_complete
  set -l words (commandline -opc)[2..] (commandline -ct)
  set -l found (assay __complete --about \\t -- $words 2>/dev/null)
  if test "$found[1]" = ':files'
    __fish_complete_path (commandline -ct)
  else
    string join \\n -- $found
  end
end
complete -c assay -f -a '(__assay_complete)'
`;

/** A script for a shell. It asks the program itself, so it never grows old. */
export const completionScript = (shell: Shell): string => ({ bash: BASH, zsh: ZSH, fish: FISH })[shell];

// Writes docs/cli.md from the command definitions; `--check` fails when the committed page is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../node/cli/main.ts';

const target = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'docs', 'cli.md');

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

function pages(command: Command, path: readonly string[]): string[] {
  const name = [...path, command.name()];
  const visible = command.commands.filter((sub) => sub.name() !== 'help');
  const own = [`## ${name.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`];
  return [...own, ...visible.flatMap((sub) => pages(sub, name))];
}

const INTRO = `# The command line

Written by \`node scripts/docs.ts\` from the command definitions; a test fails when this page is stale. In a clone, run
commands as \`npm run assay -- <command>\`.

- **Results** go to standard output, progress to standard error. \`--json\` prints one JSON object; amounts are decimal
  strings of wei.
- **Settings**: flag over environment over \`<home>/config.json\` over default.
- **Exit codes**: 0 done, 1 a bug of ours, 2 wrong usage, 3 refused (the message says what, why and what to do), 4 not
  reachable now (the same call may work later), 5 recomputed and different, 128 + n ended by signal n.
- **Keys** are Web3 keystores in \`<home>/keys\`; the password comes from \`--password-file\`, never from the command line.

`;

const text = `${INTRO}${pages(createProgram(), []).join('\n')}`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/cli.md is stale: run `node scripts/docs.ts` and commit the result');
    process.exit(1);
  }
  console.log('docs/cli.md is fresh');
} else {
  writeFileSync(target, text);
  console.log('wrote docs/cli.md');
}

// Writes docs/cli.md and docs/schemas from the command definitions; `--check` fails when what is committed is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { createProgram } from '../node/cli/main.ts';
import { jsonSchemaOf, OUTPUT_SCHEMAS, schemaFile } from '../node/cli/schemas.ts';

const docs = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'docs');
const target = join(docs, 'cli.md');
const schemas = join(docs, 'schemas');

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
  const visible = command.commands.filter((sub) => sub.name() !== 'help' && !sub.name().startsWith('_'));
  const own = [`## ${name.join(' ')}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`];
  return [...own, ...visible.flatMap((sub) => pages(sub, name))];
}

const INTRO = `# The command line

Written by \`node scripts/docs.ts\` from the command definitions; a test fails when this page is stale. In a clone, run
commands as \`npm run assay -- <command>\`.

- **Results** go to standard output, progress to standard error. \`--json\` prints one JSON object; amounts are decimal
  strings of wei.
- **Settings**: flag over environment over \`<home>/config.json\` over the user's file over default (\`assay config explain\`).
- **Exit codes**: 0 done, 1 a bug of ours, 2 wrong usage, 3 refused (the message says what, why and what to do), 4 not
  reachable now (the same call may work later), 5 recomputed and different, 128 + n ended by signal n.
- **Keys** are Web3 keystores in \`<home>/keys\`; the password comes from \`--password-file\`, never from the command line.

`;

const files = new Map([[target, `${INTRO}${pages(createProgram(), []).join('\n')}`]]);
for (const command of ['error', ...Object.keys(OUTPUT_SCHEMAS)])
  files.set(join(schemas, schemaFile(command)), `${JSON.stringify(jsonSchemaOf(command), null, 2)}\n`);
const isStale = ([path, text]: readonly [string, string]): boolean =>
  !existsSync(path) || readFileSync(path, 'utf8') !== text;
const orphans = (existsSync(schemas) ? readdirSync(schemas) : [])
  .map((name) => join(schemas, name))
  .filter((path) => !files.has(path));
if (process.argv.includes('--check')) {
  const stale = [...[...files].filter(isStale).map(([path]) => path), ...orphans];
  if (stale.length > 0) {
    console.error(`${stale.join(', ')}: stale; run \`node scripts/docs.ts\` and commit the result`);
    process.exit(1);
  }
  console.log('docs/cli.md and docs/schemas are fresh');
} else {
  mkdirSync(schemas, { recursive: true });
  for (const path of orphans) rmSync(path);
  for (const [path, text] of files) writeFileSync(path, text);
  console.log(`wrote docs/cli.md and ${files.size - 1} schemas`);
}

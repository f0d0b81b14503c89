// Runs `assay demo` once in a temporary home and keeps what its terminal showed: docs/images/report.svg (progress and
// report, in colour) and the report in README.md as text.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PORT = '18545';

/** Classes of the SGR codes that the command line uses. */
const STYLES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};
const FONT = "'DejaVu Sans Mono', Menlo, Consolas, monospace";
const SHEET = `text { fill: #d6deeb; white-space: pre }
.bold { font-weight: bold; fill: #ffffff } .dim { fill: #8a94a6 } .red { fill: #ff6b6b } .green { fill: #5ad38a }
.yellow { fill: #f5c542 } .cyan { fill: #58c7f3 }`;

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** One line with its colours as tspans. */
function spans(line: string): string {
  let style = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts every SGR code
  return line.split(/(\x1b\[\d+m)/).reduce((text, part) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const code = /^\x1b\[(\d+)m$/.exec(part)?.[1];
    if (code !== undefined) {
      style = STYLES[code] ?? '';
      return text;
    }
    return part === '' ? text : `${text}<tspan${style === '' ? '' : ` class="${style}"`}>${escaped(part)}</tspan>`;
  }, '');
}

/** A terminal of `lines` as SVG: text stays text. */
function terminal(lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
  const [width, height] = [Math.ceil(columns * 7.85) + 32, lines.length * 19 + 32];
  const rows = lines.map((line, i) => `<text x="16" y="${30 + i * 19}" xml:space="preserve">${spans(line)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Output of npm run demo" font-family="${FONT}" font-size="13">
<style>${SHEET}</style>
<rect width="${width}" height="${height}" rx="8" fill="#0f1623"/>
${rows.join('\n')}
</svg>
`;
}

const home = mkdtempSync(join(tmpdir(), 'assay-report-'));
try {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'node/cli/main.ts'), 'demo', '--home', home, '--port', PORT],
    {
      encoding: 'utf8',
      env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined, NODE_DISABLE_COLORS: undefined },
    },
  );
  if (status !== 0) throw new Error(`demo ended with ${status}\n${stderr}`);
  const steps = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('stopping'));
  const report = stdout.trim().split('\n');
  writeFileSync(join(ROOT, 'docs/images/report.svg'), terminal(['$ npm run demo', ...steps, '', ...report]));
  const readme = join(ROOT, 'README.md');
  const text = stripVTControlCharacters(report.join('\n'));
  const updated = readFileSync(readme, 'utf8').replace(
    /(<!-- report:.*?-->)[\s\S]*?(<!-- \/report -->)/,
    (_, before: string, after: string) => `${before}\n\n\`\`\`text\n${text}\n\`\`\`\n\n${after}`,
  );
  writeFileSync(readme, updated);
  console.log(text);
} finally {
  rmSync(home, { recursive: true, force: true });
}

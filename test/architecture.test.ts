import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * The layout's rules (design: architecture 3, style 4) as checks. Each rule is a pure function from files to
 * complaints, so that every one of them is also shown to complain about a planted offence.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
interface File {
  /** Path from the root with forward slashes. */
  readonly path: string;
  readonly text: string;
}
type Rule = (files: readonly File[]) => string[];

const SKIPPED = new Set([
  'node_modules',
  '.git',
  '.tools',
  '.tsbuild',
  'artifacts',
  'cache',
  'coverage',
  '.assay',
  '.next',
  'out',
  'build',
  'vectors',
]);

function walk(folder: string): File[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(path);
    if (!/\.(ts|tsx|mjs|js|sol|md|json|yaml|yml|sh)$/.test(entry.name)) return [];
    return [{ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }];
  });
}
const files = walk(root);

const importsOf = (file: File): string[] =>
  [
    ...file.text.matchAll(
      /^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);

/** The target of a relative import as a path from the root; undefined for packages. */
function targetOf(file: File, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(root, resolve(root, dirname(file.path), specifier))
    .split(sep)
    .join('/');
}

/** The room of node/ a path belongs to: `core`, `ports`, `service`, an adapter, `gateway`, `cli`, or the file at the top. */
const roomOf = (path: string): string | undefined => /^node\/([^/]+)/.exec(path)?.[1];

const ADAPTERS = ['chain', 'ipfs', 'runtime', 'journal'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ['core'],
  ports: ['ports', 'core'],
  service: ['service', 'ports', 'core'],
  gateway: ['gateway', 'service', 'ports', 'core'],
  // cli/main.ts and the commands reach adapters only through compose.ts, which they import.
  cli: ['cli', 'gateway', 'service', 'ports', 'core', 'compose.ts', 'config.ts', 'daemon.ts'],
  'config.ts': ['core', 'ports'],
  'host.ts': ['core', 'ports'],
  'daemon.ts': ['compose.ts', 'config.ts', 'core', 'ports', 'service', 'gateway'],
  ...Object.fromEntries(ADAPTERS.map((adapter) => [adapter, [adapter, 'ports', 'core']])),
};
/** npm packages that each room may name; a room that is not listed may name any. */
const MAY_NAME: Readonly<Record<string, RegExp>> = {
  core: /^(@noble\/(hashes|curves)\/|protobufjs\/)/,
  ports: /^$/,
  service: /^$/,
};

const importDirections: Rule = (all) =>
  all.flatMap((file) => {
    const room = roomOf(file.path);
    if (room === undefined || !file.path.endsWith('.ts') || room === 'compose.ts' || room === 'tsconfig.json')
      return [];
    return importsOf(file).flatMap((specifier) => {
      const target = targetOf(file, specifier);
      if (target === undefined) {
        const named = MAY_NAME[room];
        return named === undefined || named.test(specifier)
          ? []
          : [`${file.path} names the package ${specifier}; ${room}/ may not`];
      }
      const to = roomOf(target);
      if (to === undefined) return [`${file.path} imports ${target}, outside node/`];
      return MAY_IMPORT[room]?.includes(to) ? [] : [`${file.path} imports ${target}: ${room} may not depend on ${to}`];
    });
  });

const SOLIDITY_MAY: Readonly<Record<string, readonly string[]>> = {
  types: ['types'],
  interfaces: ['interfaces', 'types'],
  libraries: ['libraries', 'types', 'interfaces'],
  periphery: ['periphery', 'libraries', 'types', 'interfaces'],
};
const solidityDirections: Rule = (all) =>
  all.flatMap((file) => {
    const room = /^contracts\/([^/]+)\//.exec(file.path)?.[1];
    if (room === undefined || !file.path.endsWith('.sol')) return [];
    const allowed = SOLIDITY_MAY[room] ?? [room, 'libraries', 'types', 'interfaces'];
    return [...file.text.matchAll(/^import\s+(\{[^}]*\}\s+from\s+)?["']([^"']+)["']/gm)].flatMap(([, named, path]) => {
      if (named === undefined) return [`${file.path}: import ${path} without names`];
      const to = /^contracts\/([^/]+)\//.exec(targetOf(file, path!) ?? '')?.[1];
      return to === undefined || allowed.includes(to)
        ? []
        : [`${file.path} imports ${path}: ${room} may not depend on ${to}`];
    });
  });

/** Code without comments and strings, so that prose may name what code may not use. */
const codeOf = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ').replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");

const forbid =
  (where: RegExp, what: RegExp, because: string, raw = false): Rule =>
  (all) =>
    all.flatMap((file) => {
      if (!where.test(file.path)) return [];
      const hit = what.exec(raw ? file.text : codeOf(file.text));
      return hit === null ? [] : [`${file.path}: ${JSON.stringify(hit[0])} ${because}`];
    });

const CORE = /^node\/core\/.*\.ts$/;
const SOURCE = /^(node|contracts|scripts|bench)\/.*\.(ts|sol|mjs)$/;
const NODE = /^node\/.*\.ts$/;

const errorNamesUnique: Rule = (all) => {
  const seen = new Map<string, string>();
  return all.flatMap((file) => {
    if (!NODE.test(file.path) && !/^contracts\/.*\.sol$/.test(file.path)) return [];
    const solidity = file.path.endsWith('.sol');
    const names = solidity
      ? [...codeOf(file.text).matchAll(/^\s*error\s+(\w+)\s*\(/gm)].map((m) => `error ${m[1]}`)
      : [
          ...[...file.text.matchAll(/\bcode\s*=\s*'([A-Z0-9_]+)'/g)].map((m) => `code ${m[1]}`),
          ...[...file.text.matchAll(/\bclass\s+(\w+)\s+extends\s+ProtocolError\b/g)].map((m) => `class ${m[1]}`),
        ];
    return names.flatMap((name) => {
      const other = seen.get(name);
      seen.set(name, file.path);
      return other === undefined ? [] : [`${name} is declared in ${other} and in ${file.path}`];
    });
  });
};

/** Every error is triggered by some test: its name (or code) occurs under test/. */
const errorsTested: Rule = (all) => {
  const tests = all
    .filter((file) => file.path.startsWith('test/') && file.path !== 'test/architecture.test.ts')
    .map((file) => file.text)
    .join('\n');
  return all.flatMap((file) => {
    if (/^contracts\/(?!mocks).*\.sol$/.test(file.path)) {
      return [...codeOf(file.text).matchAll(/^\s*error\s+(\w+)\s*\(/gm)].flatMap((m) =>
        tests.includes(m[1]!) ? [] : [`${file.path}: no test triggers ${m[1]}`],
      );
    }
    if (!NODE.test(file.path)) return [];
    return [
      ...file.text.matchAll(/\bclass\s+(\w+)\s+extends\s+ProtocolError\b[\s\S]*?\bcode\s*=\s*'([A-Z0-9_]+)'/g),
    ].flatMap((m) =>
      tests.includes(m[1]!) || tests.includes(m[2]!) ? [] : [`${file.path}: no test triggers ${m[1]}`],
    );
  });
};

const exactVersions: Rule = (all) =>
  all.flatMap((file) => {
    if (!/(^|\/)package\.json$/.test(file.path)) return [];
    const json = JSON.parse(file.text) as Record<string, Record<string, string>>;
    return ['dependencies', 'devDependencies'].flatMap((kind) =>
      Object.entries(json[kind] ?? {}).flatMap(([name, version]) =>
        /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ? [] : [`${file.path}: ${name} is not pinned (${version})`],
      ),
    );
  });

const lockfileClean: Rule = (all) =>
  all.flatMap((file) =>
    file.path === 'package-lock.json' && /"resolved":\s*"https?:/.test(file.text)
      ? ['package-lock.json names a registry']
      : [],
  );

const testsMirrorSources: Rule = (all) =>
  all.flatMap((file) => {
    const source = /^test\/(node\/.*)\.test\.ts$/.exec(file.path)?.[1];
    // Attacks are named after threats.md, not after one file.
    if (source === undefined || source.includes('/attacks/')) return [];
    // A test file is named after a source file or a source folder, optionally with `.<action>` behind it.
    const base = source.replace(/\.[\w-]+$/, '');
    const known = [source, base].some((name) => existsSync(join(root, `${name}.ts`)) || existsSync(join(root, name)));
    const route = existsSync(join(root, dirname(source), 'routes', `${source.split('/').at(-1)}.ts`));
    return known || route ? [] : [`${file.path} mirrors no source`];
  });

const dependenciesDocumented: Rule = (all) => {
  const doc = all.find((file) => file.path === 'docs/dependencies.md')?.text ?? '';
  return ['package.json', 'web/package.json', 'subgraph/package.json'].flatMap((path) => {
    const json = JSON.parse(all.find((file) => file.path === path)?.text ?? '{}') as Record<
      string,
      Record<string, string>
    >;
    return ['dependencies', 'devDependencies'].flatMap((kind) =>
      Object.entries(json[kind] ?? {}).flatMap(([name, version]) =>
        doc.includes(`\`${name}\` ${version}`) ? [] : [`docs/dependencies.md does not list \`${name}\` ${version}`],
      ),
    );
  });
};

/** The dApp may import itself and node/core (it verifies receipts); inside it, parts that know less import none that know more. */
const WEB_MAY: Readonly<Record<string, readonly string[]>> = {
  generated: ['generated'],
  lib: ['lib', 'generated'],
  components: ['components', 'lib', 'generated'],
  features: ['features', 'components', 'lib', 'generated'],
  app: ['app', 'features', 'components', 'lib', 'generated'],
};
const webDirections: Rule = (all) =>
  all.flatMap((file) => {
    const room = /^web\/([^/]+)\//.exec(file.path)?.[1];
    if (room === undefined || !/\.tsx?$/.test(file.path)) return [];
    return importsOf(file).flatMap((specifier) => {
      const target = targetOf(file, specifier);
      if (target === undefined || target.startsWith('node/core/')) return [];
      const to = /^web\/([^/]+)/.exec(target)?.[1];
      if (to === undefined) return [`${file.path} imports ${target}; web/ may import only itself and node/core`];
      return WEB_MAY[room]?.includes(to) === false
        ? [`${file.path} imports ${target}: ${room} may not depend on ${to}`]
        : [];
    });
  });

/** Mappings and runner stand alone: the subgraph deploys without this repository. */
const subgraphDirections: Rule = (all) =>
  all.flatMap((file) => {
    if (!file.path.startsWith('subgraph/') || !file.path.endsWith('.ts')) return [];
    return importsOf(file).flatMap((specifier) => {
      const target = targetOf(file, specifier);
      return target === undefined || target.startsWith('subgraph/')
        ? []
        : [`${file.path} imports ${target}, outside subgraph/`];
    });
  });

const WEB = /^web\/(app|components|features|lib)\/.*\.tsx?$/;
const WEB_VIEWS = /^web\/(app|components|features)\/.*\.tsx?$/;

/**
 * Links lead into this site by a path that begins with a literal letter (`//host` and `javascript:` cannot be spelled), or
 * out of it through SafeLink. A bare `href` is a parameter, which its caller spells.
 */
const linksAreSafe: Rule = (all) =>
  all.flatMap((file) => {
    if (!/^web\/.*\.tsx$/.test(file.path) || file.path === 'web/components/SafeLink.tsx') return [];
    return [...file.text.matchAll(/<(\w+)\b[^<>]*?\bhref=\{([^}]*)/g)].flatMap(([, tag, value]) =>
      tag === 'SafeLink' || /^(`\/[a-z]|'\/|"\/|href$|tryPath\(|\w+\.href$)/.test(value!.trim())
        ? []
        : [`${file.path}: href={${value}} outside SafeLink`],
    );
  });

interface Case {
  readonly name: string;
  readonly rule: Rule;
  /** A planted offence that the rule must name. */
  readonly offence: readonly File[];
}

const at = (path: string, text: string): File[] => [{ path, text }];
const CASES: readonly Case[] = [
  {
    name: 'imports go downward only',
    rule: importDirections,
    offence: at('node/core/x.ts', "import { a } from '../service/worker.ts';"),
  },
  {
    name: 'core names no package but its few',
    rule: importDirections,
    offence: at('node/core/x.ts', "import fs from 'node:fs';"),
  },
  {
    name: 'adapters do not know each other',
    rule: importDirections,
    offence: at('node/ipfs/x.ts', "import { a } from '../chain/y.ts';"),
  },
  {
    name: 'nothing in node/ imports tests',
    rule: importDirections,
    offence: at('node/cli/x.ts', "import { a } from '../../test/helpers/y.ts';"),
  },
  {
    name: 'contracts meet through interfaces and import by name',
    rule: solidityDirections,
    offence: at('contracts/market/A.sol', 'import {B} from "../workers/B.sol";'),
  },
  {
    name: 'core has no clock, no randomness, no I/O',
    rule: forbid(
      CORE,
      /\bMath\.random\b|\bDate\b|\bperformance\b|\bprocess\b|\bfetch\s*\(|\bsetTimeout\b|\bawait\b|\basync\b/,
      'does not belong in core',
    ),
    offence: at('node/core/x.ts', 'const now = Date.now();'),
  },
  {
    name: 'core/exact uses no inexact mathematics',
    rule: forbid(
      /^node\/core\/exact\//,
      /\bMath\.(exp|log\w*|pow|sqrt|cbrt|a?(sin|cos|tan)h?|atan2|expm1|hypot)\b|[\w)\]]\s\*\*\s(?!.*n\b)/,
      'is not exactly specified by ECMAScript',
    ),
    offence: at('node/core/exact/x.ts', 'const y = Math.exp(x);'),
  },
  {
    name: 'clocks and randomness only behind ports',
    rule: forbid(
      /^node\/(service|gateway)\/.*\.ts$/,
      /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)/,
      'must come through a port',
    ),
    offence: at('node/service/x.ts', 'const id = Math.random();'),
  },
  {
    name: 'no unfinished work',
    rule: forbid(SOURCE, /\b(TODO|FIXME|XXX|HACK)\b/, 'marks unfinished work', true),
    offence: at('node/x.ts', '// TODO later'),
  },
  {
    name: 'no bare errors outside the command line and scripts',
    rule: forbid(/^node\/(?!cli\/).*\.ts$/, /\bthrow new (Error|TypeError|RangeError)\b/, 'is not a ProtocolError'),
    offence: at('node/chain/x.ts', "throw new Error('no')"),
  },
  {
    name: 'no empty catch, no any',
    rule: forbid(NODE, /catch\s*(\(\w*\))?\s*\{\s*\}|\bas any\b|:\s*any\b/, 'hides a failure'),
    offence: at('node/x.ts', 'try { f(); } catch {}'),
  },
  {
    name: 'no address literals outside generated files',
    rule: forbid(
      /^(node|contracts)\/(?!chain\/generated).*\.(ts|sol)$/,
      /\b0x[0-9a-fA-F]{40}\b/,
      'is an address in code',
      true,
    ),
    offence: at('node/x.ts', "const a = '0x00000000000000000000000000000000000000aa';"),
  },
  {
    name: 'no owner keys in contracts',
    rule: forbid(
      /^contracts\/.*\.sol$/,
      /\bonlyOwner\b|\bOwnable\b|\btx\.origin\b|\bselfdestruct\b/,
      'gives a key power',
    ),
    offence: at('contracts/market/A.sol', 'function x() external onlyOwner {}'),
  },
  {
    name: 'only config.ts reads the environment',
    rule: forbid(/^node\/(?!config\.ts|runtime\/).*\.ts$/, /\bprocess\.env\b/, 'belongs in config.ts'),
    offence: at('node/gateway/x.ts', 'const port = process.env.PORT;'),
  },
  {
    name: 'onnxruntime runs in its own process alone',
    rule: forbid(
      /^node\/(?!runtime\/onnxruntime\/child\.ts).*\.ts$/,
      /from 'onnxruntime-node'|import\('onnxruntime-node'\)/,
      'loads native code into a process that holds keys',
      true,
    ),
    offence: at('node/gateway/x.ts', "import * as ort from 'onnxruntime-node';"),
  },
  {
    name: 'error names are unique',
    rule: errorNamesUnique,
    offence: [...at('node/chain/a.ts', "code = 'SAME'"), ...at('node/ipfs/b.ts', "code = 'SAME'")],
  },
  {
    name: 'every error is triggered by a test',
    rule: errorsTested,
    offence: at('node/chain/a.ts', "class Never extends ProtocolError { code = 'NEVER_SEEN_ANYWHERE' }"),
  },
  {
    name: 'dependencies are pinned',
    rule: exactVersions,
    offence: at('package.json', '{"dependencies":{"a":"^1.0.0"}}'),
  },
  {
    name: 'dependencies are documented',
    rule: dependenciesDocumented,
    offence: at('package.json', '{"dependencies":{"a":"1.0.0"}}'),
  },
  {
    name: 'the lockfile names no registry',
    rule: lockfileClean,
    offence: at('package-lock.json', '"resolved": "https://x/y.tgz"'),
  },
  {
    name: 'import directions in web/',
    rule: webDirections,
    offence: at('web/lib/x.ts', "import { y } from '../components/y.tsx';"),
  },
  {
    name: 'subgraph/ stands alone',
    rule: subgraphDirections,
    offence: at('subgraph/runner/x.ts', "import { y } from '../../node/core/errors.ts';"),
  },
  {
    name: 'the dApp writes no HTML and runs no text',
    rule: forbid(
      WEB,
      /\bdangerouslySetInnerHTML\b|\b(inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\.write\b|\beval\s*\(|\bnew Function\b/,
      'turns text into markup or code',
    ),
    offence: at('web/features/x/X.tsx', '<p dangerouslySetInnerHTML={{ __html: card }} />'),
  },
  {
    name: 'the dApp reaches servers only through web/lib',
    rule: forbid(
      WEB_VIEWS,
      /\bfetch\s*\(|\bXMLHttpRequest\b|\bWebSocket\b|\bEventSource\b|\bsendBeacon\b/,
      'belongs in web/lib',
    ),
    offence: at('web/features/x/useX.ts', 'await fetch(url)'),
  },
  {
    name: 'links of the dApp are safe',
    rule: linksAreSafe,
    offence: at('web/features/x/X.tsx', '<a href={worker.endpoint}>open</a>'),
  },
  {
    name: 'the dApp holds no data of its own',
    rule: forbid(
      WEB,
      /\b0x(?!0+\b)(?:[0-9a-f]{40}|[0-9a-f]{64})\b|\bMath\.random\b|\blorem\b|\b(mock|dummy)[A-Z]?\w*\b/i,
      'is shown without coming from chain, index or reader',
      true,
    ),
    offence: at('web/features/x/X.tsx', "const WORKERS = ['0x00000000000000000000000000000000000000aa'];"),
  },
  {
    name: 'the dApp has no unfinished work and hides no failure',
    rule: forbid(
      WEB,
      /\b(TODO|FIXME|XXX|HACK)\b|catch\s*(\(\w*\))?\s*\{\s*\}|\bas any\b|:\s*any\b/,
      'is not finished',
      true,
    ),
    offence: at('web/lib/x.ts', 'try { f(); } catch {}'),
  },
  { name: 'tests mirror sources', rule: testsMirrorSources, offence: at('test/node/core/nowhere.test.ts', '') },
];

describe('architecture', () => {
  for (const { name, rule, offence } of CASES) {
    it(name, () => assert.deepEqual(rule(files), []));
    it(`${name}: complains about a planted offence`, () => assert.notDeepEqual(rule(offence), []));
  }

  it('reads the whole repository', () => assert.ok(files.filter((file) => SOURCE.test(file.path)).length > 20));
});

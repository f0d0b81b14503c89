import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Config, type Loaded, loadConfig, type Origin } from '../config.ts';
import { nearest } from '../core/codec/nearest.ts';
import { ProtocolError } from '../core/errors.ts';

/** A key that no setting has. */
export class SettingUnknown extends ProtocolError {
  override readonly code = 'SETTING_UNKNOWN';
}

/** What is in the way of writing a setting. */
export class SettingsUnreadable extends ProtocolError {
  override readonly code = 'SETTINGS_UNREADABLE';
}

/** One setting with where its value came from. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly origin: Origin;
}

type Values = Record<string, unknown>;

/** Every setting as `worker.port`; nested keys have an origin of their own. */
export async function settingsOf({ config, origins }: Loaded): Promise<readonly Setting[]> {
  const file = await readSettings(config.home).catch(() => ({}) as Values);
  return flatten(config).map(([key, value]) => {
    const [group = '', name] = key.split('.');
    const origin = origins[group] ?? 'default';
    const inFile = name === undefined || Object.hasOwn((file[group] as Values | undefined) ?? {}, name);
    return { key, value, origin: name !== undefined && origin === 'file' && !inFile ? 'default' : origin };
  });
}

const flatten = (value: object, prefix = ''): [string, unknown][] =>
  Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flatten(item, `${prefix}${key}.`)
      : [[`${prefix}${key}`, item] as [string, unknown]],
  );

/** Keys that a file can have; `home` says where the file is. */
export const KEYS: readonly string[] = flatten(loadConfig({ home: '/' }, {}).config)
  .map(([key]) => key)
  .filter((key) => key !== 'home');

/** @throws {SettingUnknown} */
export function requireKey(key: string): void {
  if (KEYS.includes(key) || key === 'home') return;
  const meant = nearest(key, KEYS);
  throw new SettingUnknown({
    what: `There is no setting ${JSON.stringify(key)}`,
    why: `the settings are ${KEYS.join(', ')}`,
    fix: meant === undefined ? 'See `assay config list`.' : `Did you mean ${meant}?`,
    ...(meant === undefined ? {} : { meta: { meant } }),
  });
}

export const fileOf = (home: string): string => join(home, 'config.json');

async function readSettings(home: string): Promise<Values> {
  const text = await readFile(fileOf(home), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return JSON.parse(text) as Values;
}

/** Writes one key of `<home>/config.json`, or takes it out; what would be refused at the next start is refused now. */
export async function writeSetting(home: string, key: string, text: string | undefined): Promise<unknown> {
  requireKey(key);
  const values = await readSettings(home).catch((cause: unknown) => {
    throw new SettingsUnreadable({
      what: 'The setting was not written',
      why: `${fileOf(home)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'Correct the JSON there, or move the file away.',
      cause,
    });
  });
  const [group = '', name] = key.split('.');
  const value = text === undefined ? undefined : typedValue(key, text);
  if (name === undefined) assign(values, group, value);
  else {
    const inner = { ...((values[group] as Values | undefined) ?? {}) };
    assign(inner, name, value);
    assign(values, group, Object.keys(inner).length === 0 ? undefined : inner);
  }
  await requireValid(values);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const draft = `${fileOf(home)}.${process.pid}.new`;
  await mkdir(dirname(draft), { recursive: true });
  await writeFile(draft, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileOf(home));
  return value;
}

function assign(values: Values, key: string, value: unknown): void {
  if (value === undefined) delete values[key];
  else values[key] = value;
}

/** A text in the type that the setting has. */
function typedValue(key: string, text: string): unknown {
  const config: Config = loadConfig({ home: '/' }, {}).config;
  const now = flatten(config).find(([name]) => name === key)?.[1];
  if (Array.isArray(now)) return text.split(',').map((part) => part.trim());
  if (typeof now === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (typeof now === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}

/** @throws ConfigInvalid */
async function requireValid(values: Values): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-config-'));
  try {
    await writeFile(fileOf(folder), JSON.stringify(values));
    loadConfig({ home: folder }, {});
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

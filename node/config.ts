import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ProtocolError } from './core/errors.ts';

/** Folder of the package: data/ and scripts/ lie in it. */
export const PACKAGE_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const weiText = z.string().regex(/^\d{1,30}$/, 'an amount in wei, digits only');
const url = z.url({ protocol: /^https?$/ });

const schema = z.strictObject({
  /** Folder of everything this node keeps: keys, journal, blocks. */
  home: z.string().min(1),
  rpcUrls: z.array(url).min(1).max(8),
  /** Deployment file with chain id, genesis hash and addresses. */
  deployment: z.string().min(1),
  /** Name of the keystore in `<home>/keys` that signs. */
  account: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** File whose first line opens the keystores. */
  passwordFile: z.string().min(1),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  /** Fetch models from workers on loopback and private networks: for local networks only (threats N12). */
  privateProviders: z.boolean(),
  /** Where blocks lie: in this home, or in a Kubo node. */
  store: z.strictObject({
    kind: z.enum(['embedded', 'kubo']),
    /** Kubo's RPC. Never open to strangers: whoever reaches it owns the node. */
    url,
    /** MFS folder of this node's roots; two nodes that share a Kubo have two. */
    mfsFolder: z.string().regex(/^\/[\w/-]{1,200}$/, 'a path like /assay'),
  }),
  worker: z.strictObject({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    /** Price of one inference, in wei of the Assay token, for versions without a price of their own. */
    feeWei: weiText,
    /** Served but not yet settled money this worker risks at most (threats K7). */
    maxExposureWei: weiText,
    maxInFlight: z.int().min(1).max(10_000),
    /** Rows that one job, at one price, may have (threats K14). */
    maxRows: z.int().min(1).max(1_000_000),
    /** Versions served at the same time; each has processes of its own. */
    maxVersions: z.int().min(1).max(10_000),
    /** onnxruntime processes per version. */
    processes: z.int().min(1).max(64),
    /** Address-space cap of one onnxruntime process, MiB. */
    memoryMiB: z.int().min(2048).max(1_048_576),
    /** Quota of files that strangers may upload, MiB: versions that are neither served nor up for a vote make room. */
    maxStoreMiB: z.int().min(64).max(1_048_576),
    metrics: z.boolean(),
    /** File with the bearer token of whoever reads `/metrics` from another machine; empty: this machine only. */
    metricsTokenFile: z.string(),
  }),
});
export type Config = Readonly<z.infer<typeof schema>>;

/** Where each value came from, for `assay doctor` and for error messages. */
export type Origin = 'flag' | 'environment' | 'file' | 'user file' | 'default';

export class ConfigInvalid extends ProtocolError {
  override readonly code = 'CONFIG_INVALID';
}

/** Environment variables, one per key; the only place of the project that names them. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  ASSAY_HOME: 'home',
  ASSAY_RPC_URLS: 'rpcUrls',
  ASSAY_DEPLOYMENT: 'deployment',
  ASSAY_ACCOUNT: 'account',
  ASSAY_PASSWORD_FILE: 'passwordFile',
  ASSAY_LOG_LEVEL: 'logLevel',
};

const WORKER_DEFAULTS = {
  host: '127.0.0.1',
  port: 8701,
  feeWei: '1000000000000000',
  maxExposureWei: '1000000000000000000',
  maxInFlight: 64,
  maxRows: 64,
  maxVersions: 32,
  processes: 1,
  memoryMiB: 4096,
  maxStoreMiB: 4096,
  metrics: true,
  metricsTokenFile: '',
};

const STORE_DEFAULTS = { kind: 'embedded', url: 'http://127.0.0.1:5001', mfsFolder: '/assay' };

export interface Flags {
  readonly home?: string;
  readonly rpc?: readonly string[];
  readonly deployment?: string;
  readonly account?: string;
  readonly passwordFile?: string;
  readonly logLevel?: string;
  readonly worker?: Readonly<Record<string, unknown>>;
}

export interface Loaded {
  readonly config: Config;
  readonly origins: Readonly<Record<string, Origin>>;
}

function readFile(path: string): Record<string, unknown> {
  if (!existsSync(path)) return {};
  const text = readFileSync(path, 'utf8');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new SyntaxError('not an object');
  } catch (cause) {
    throw new ConfigInvalid({
      what: `The configuration file ${path} cannot be read`,
      why: String(cause),
      fix: 'Correct the JSON or delete the file to use the defaults.',
      cause,
    });
  }
}

/** The default home: the local network's folder inside the package. */
export const defaultHome = (): string => join(PACKAGE_ROOT, '.assay', 'dev');

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of a person for all homes: `assay/config.json` in the XDG folder for configuration. */
export function userConfigFile({ XDG_CONFIG_HOME, HOME }: Environment = process.env): string | undefined {
  const own = HOME === undefined || HOME === '' ? undefined : join(HOME, '.config');
  // The XDG specification: a path that is not absolute is to be ignored.
  const base = XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : own;
  return base === undefined ? undefined : join(base, 'assay', 'config.json');
}

/** The home that flags, environment or the user's file name, without reading any other setting. */
export function homeOf(flags: Pick<Flags, 'home'>, environment: Environment = process.env): string {
  const asked = flags.home ?? environment['ASSAY_HOME'];
  if (asked !== undefined) return absolute(asked, process.cwd());
  const userFile = userConfigFile(environment);
  const own = userFile === undefined ? undefined : readFile(userFile)['home'];
  return userFile !== undefined && typeof own === 'string' ? absolute(own, dirname(userFile)) : defaultHome();
}

/**
 * Flags over environment over `<home>/config.json` over the user's file over defaults, checked once and frozen.
 * @throws {ConfigInvalid} naming the key, its value's origin and the fix.
 */
export function loadConfig(flags: Flags = {}, environment: Environment = process.env): Loaded {
  const userFile = userConfigFile(environment);
  const user = userFile === undefined ? {} : readFile(userFile);
  const home = homeOf(flags, environment);
  const file = readFile(join(home, 'config.json'));
  const values: Record<string, unknown> = {
    home,
    rpcUrls: ['http://127.0.0.1:8545'],
    deployment: join(home, 'deployment.json'),
    account: 'consumer',
    passwordFile: join(home, 'password'),
    logLevel: 'info',
    privateProviders: false,
    store: STORE_DEFAULTS,
    worker: WORKER_DEFAULTS,
  };
  const origins: Record<string, Origin> = Object.fromEntries(Object.keys(values).map((key) => [key, 'default']));
  const set = (key: string, value: unknown, origin: Origin): void => {
    values[key] = value;
    origins[key] = origin;
  };
  const take = (settings: Readonly<Record<string, unknown>>, base: string, origin: Origin): void => {
    for (const [key, value] of Object.entries(settings)) {
      if (key === 'worker' || key === 'store')
        // What is no group is left for the schema to refuse.
        set(key, isGroup(value) ? { ...(values[key] as object), ...value } : value, origin);
      else if (key !== 'home')
        set(key, key === 'deployment' || key === 'passwordFile' ? absolute(String(value), base) : value, origin);
      else if (origin === 'user file' && (flags.home ?? environment['ASSAY_HOME']) === undefined)
        origins['home'] = origin;
    }
  };
  if (userFile !== undefined) take(user, dirname(userFile), 'user file');
  take(file, home, 'file');
  for (const [name, key] of Object.entries(ENVIRONMENT)) {
    const value = environment[name];
    if (value !== undefined && value !== '')
      set(key, key === 'rpcUrls' ? value.split(',') : key === 'home' ? home : value, 'environment');
  }
  const given: Record<string, unknown> = {
    rpcUrls: flags.rpc,
    deployment: flags.deployment,
    account: flags.account,
    passwordFile: flags.passwordFile,
    logLevel: flags.logLevel,
    worker: flags.worker && { ...(values['worker'] as object), ...flags.worker },
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) set(key, value, 'flag');
  if (flags.home !== undefined) origins['home'] = 'flag';
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const key = [...issue.path, ...unknown.slice(0, 1)].join('.');
    const origin = origins[String(issue.path[0] ?? key)] ?? 'file';
    throw new ConfigInvalid({
      what: unknown.length === 0 ? `The setting ${key} is not valid` : `There is no setting ${key}`,
      why: `${unknown.length === 0 ? issue.message : 'nothing of that name can be set'} (it came from the ${origin})`,
      fix:
        unknown.length === 0
          ? `Correct ${key} there, or remove it to use the default.`
          : 'Remove it there, or correct its name: `assay config list` shows all of them.',
      meta: { key, origin },
    });
  }
  return { config: Object.freeze(parsed.data), origins };
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const absolute = (path: string, base: string): string => (isAbsolute(path) ? path : resolve(base, path));

/** Whether a person may sit at a desktop of this machine: on Linux a display must be named. */
export const hasDesktop = (platform: string, env: NodeJS.ProcessEnv = process.env): boolean =>
  platform !== 'linux' || (env['DISPLAY'] ?? env['WAYLAND_DISPLAY']) !== undefined;

import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { type Address, isAddress } from '../../node/core/codec/hex.ts';
import { type Problem, ProblemError, problemOf } from './problem.ts';
import { endpointFault, readSettings, type Settings } from './settings.ts';

/** Contracts as node/chain/deployment.ts names them. */
const CONTRACTS = [
  'timelock',
  'token',
  'parameters',
  'models',
  'workers',
  'votingPower',
  'governor',
  'market',
  'jobCourt',
  'lens',
  'referee',
  'receiptCourt',
  'court',
  'arena',
  'beacon',
  'auditPool',
] as const;
export type ContractName = (typeof CONTRACTS)[number];

/** The network this site shows, with the reader's own endpoints laid over it. */
export interface SiteConfig {
  readonly chainId: number;
  readonly chainName: string;
  readonly rpcUrls: readonly string[];
  readonly subgraphUrl: string;
  readonly gateways: readonly string[];
  readonly contracts: Readonly<Record<ContractName, Address>>;
  /** Block of the first contract, decimal. */
  readonly deploymentBlock: string;
  readonly explorerUrl?: string;
  /** A chain on this machine: faucet, burner account and time travel are offered. */
  readonly local: boolean;
}

const faulty = (why: string): ProblemError =>
  new ProblemError({
    what: 'This site does not know its network',
    why,
    fix: 'Reload the page. If you host the site yourself, check the file assay.json next to its first page.',
  });

const isUrl = (value: unknown): value is string => typeof value === 'string' && endpointFault(value) === undefined;

function urlsOf(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || value.length > 64 || !value.every(isUrl))
    throw faulty(`${name} in assay.json is no list of http addresses`);
  return value;
}

function contractsOf(value: unknown): SiteConfig['contracts'] {
  const given = (value ?? {}) as Record<string, unknown>;
  const missing = CONTRACTS.find((name) => typeof given[name] !== 'string' || !isAddress(given[name] as string));
  if (missing !== undefined) throw faulty(`assay.json has no address for the contract ${missing}`);
  return Object.fromEntries(CONTRACTS.map((name) => [name, given[name]])) as SiteConfig['contracts'];
}

/** Checks `/assay.json`. @throws {ProblemError} */
export function parseConfig(value: unknown): SiteConfig {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { chainId, chainName, subgraphUrl, deploymentBlock, explorerUrl, local } = given;
  if (typeof chainId !== 'number' || !Number.isSafeInteger(chainId) || chainId < 1)
    throw faulty('assay.json has no chain id');
  if (!isUrl(subgraphUrl)) throw faulty('assay.json has no address of the index');
  if (typeof deploymentBlock !== 'string' || !/^\d{1,20}$/.test(deploymentBlock))
    throw faulty('assay.json has no deployment block');
  return {
    chainId,
    chainName: typeof chainName === 'string' ? chainName.slice(0, 40) : `Chain ${chainId}`,
    rpcUrls: urlsOf(given['rpcUrls'], 'rpcUrls'),
    subgraphUrl,
    gateways: urlsOf(given['gateways'], 'gateways'),
    contracts: contractsOf(given['contracts']),
    deploymentBlock,
    ...(isUrl(explorerUrl) ? { explorerUrl } : {}),
    local: local === true,
  };
}

/** The reader's own endpoints win over the site's. */
export const withSettings = (config: SiteConfig, settings: Settings): SiteConfig => ({ ...config, ...settings });

/** The site's own values, as its host set them. */
export async function fetchSiteConfig(signal?: AbortSignal): Promise<SiteConfig> {
  const response = await fetch('/assay.json', { cache: 'no-cache', ...(signal === undefined ? {} : { signal }) });
  if (!response.ok) throw faulty(`assay.json cannot be read (HTTP ${response.status})`);
  return parseConfig(await response.json());
}

const SITE = {
  queryKey: ['site-config'],
  queryFn: ({ signal }: { signal: AbortSignal }) => fetchSiteConfig(signal),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
};
const overlaid = (config: SiteConfig): SiteConfig => withSettings(config, readSettings());

const never = (): (() => void) => () => undefined;
/** False while React takes over exported HTML, which knows no network: parts of a page are taken over one by one. */
const useHydrated = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/** The network in use; undefined until it is loaded. */
export function useConfig(): SiteConfig | undefined {
  const { data } = useQuery({ ...SITE, select: overlaid });
  return useHydrated() ? data : undefined;
}

/** The network as the host of the site set it, without the reader's settings. */
export const useSiteDefaults = (): SiteConfig | undefined => useQuery(SITE).data;

/** Why the network is not known; undefined while everything is well. */
export function useConfigProblem(): { readonly problem: Problem; readonly retry: () => void } | undefined {
  const { error, refetch } = useQuery(SITE);
  return error === null ? undefined : { problem: problemOf(error), retry: () => void refetch() };
}

'use client';

import { useQuery } from '@tanstack/react-query';
import type { ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType } from 'viem';
import type { Abis } from './abis.ts';
import { type ContractName, type SiteConfig, useConfig } from './config.ts';
import { type Problem, problemOf } from './problem.ts';

type ViewName<contract extends ContractName> = ContractFunctionName<Abis[contract], 'pure' | 'view'>;
type ViewArgs<contract extends ContractName, name extends ViewName<contract>> = ContractFunctionArgs<
  Abis[contract],
  'pure' | 'view',
  name
>;
type ViewAnswer<contract extends ContractName, name extends ViewName<contract>> = ContractFunctionReturnType<
  Abis[contract],
  'pure' | 'view',
  name,
  ViewArgs<contract, name>
>;

export interface ReadRequest<contract extends ContractName, name extends ViewName<contract>> {
  readonly contract: contract;
  readonly functionName: name;
  readonly args?: ViewArgs<contract, name>;
  readonly refetchMs?: number;
  /** False while an argument is not known yet. */
  readonly enabled?: boolean;
}

export interface ReadResult<T> {
  readonly data?: T;
  readonly error?: Problem;
  readonly isLoading: boolean;
  refetch(): void;
}

/** Reads a view function at the newest block from the configured nodes, without a wallet. @throws {ProblemError} */
export async function readContract<const contract extends ContractName, const name extends ViewName<contract>>(
  site: SiteConfig,
  { contract, functionName, args }: ReadRequest<contract, name>,
  signal?: AbortSignal,
): Promise<ViewAnswer<contract, name>> {
  const { call } = await import('./contract.ts');
  return (await call(site, contract, functionName, (args ?? []) as readonly unknown[], signal)) as never;
}

/** {@link readContract} as a hook; the code that encodes calls is loaded with the first read. */
export function useRead<const contract extends ContractName, const name extends ViewName<contract>>(
  request: ReadRequest<contract, name>,
): ReadResult<ViewAnswer<contract, name>> {
  const site = useConfig();
  const { contract, functionName, args, refetchMs, enabled = true } = request;
  const spelled = JSON.stringify(args ?? [], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  const { data, error, isLoading, refetch } = useQuery({
    queryKey: ['read', site?.chainId, contract, functionName, spelled],
    queryFn: ({ signal }) => readContract(site!, request, signal),
    enabled: enabled && site !== undefined,
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  });
  return {
    ...(data === undefined ? {} : { data }),
    ...(error === null ? {} : { error: problemOf(error) }),
    isLoading: isLoading || (enabled && site === undefined),
    refetch: () => void refetch(),
  };
}

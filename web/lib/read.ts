'use client';

import { useQuery } from '@tanstack/react-query';
import type { Abi, ContractFunctionArgs, ContractFunctionName, ContractFunctionReturnType } from 'viem';
import type { Address } from '../../node/core/codec/hex.ts';
import { type SiteConfig, useConfig } from './config.ts';
import { type Problem, problemOf } from './problem.ts';
import type { ContractName } from './transactions/plan.ts';

type ViewName<abi extends Abi> = ContractFunctionName<abi, 'pure' | 'view'>;

export interface ReadRequest<abi extends Abi, name extends ViewName<abi>> {
  readonly contract: ContractName | Address;
  readonly abi: abi;
  readonly functionName: name;
  readonly args?: ContractFunctionArgs<abi, 'pure' | 'view', name>;
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
export async function readContract<const abi extends Abi, name extends ViewName<abi>>(
  site: SiteConfig,
  { contract, abi, functionName, args }: ReadRequest<abi, name>,
  signal?: AbortSignal,
): Promise<ContractFunctionReturnType<abi, 'pure' | 'view', name, ContractFunctionArgs<abi, 'pure' | 'view', name>>> {
  const { call } = await import('./contract.ts');
  return (await call(site, contract, abi, functionName, (args ?? []) as readonly unknown[], signal)) as never;
}

/** {@link readContract} as a hook; the code that encodes calls is loaded with the first read. */
export function useRead<const abi extends Abi, name extends ViewName<abi>>(
  request: ReadRequest<abi, name>,
): ReadResult<
  ContractFunctionReturnType<abi, 'pure' | 'view', name, ContractFunctionArgs<abi, 'pure' | 'view', name>>
> {
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

import { useQuery } from '@tanstack/react-query';
import { useConfig } from '../../lib/config.ts';
import { hasFile } from '../../lib/gateway.ts';

export interface Replica {
  readonly gateway: string;
  readonly state: 'has it' | 'does not have it' | 'does not answer';
}

/** Asks every configured gateway whether it holds the first block of a file. */
export function useReplicas(cid: string | undefined): { readonly replicas?: readonly Replica[]; refetch(): void } {
  const gateways = useConfig()?.gateways;
  const { data, refetch } = useQuery({
    queryKey: ['replicas', cid, gateways],
    queryFn: ({ signal }) =>
      Promise.all(
        gateways!.map(async (gateway): Promise<Replica> => {
          try {
            return { gateway, state: (await hasFile(gateway, cid!, signal)) ? 'has it' : 'does not have it' };
          } catch (error) {
            if (signal.aborted) throw error;
            return { gateway, state: 'does not answer' };
          }
        }),
      ),
    enabled: gateways !== undefined && cid !== undefined,
    refetchInterval: 60_000,
  });
  return { ...(data === undefined ? {} : { replicas: data }), refetch: () => void refetch() };
}

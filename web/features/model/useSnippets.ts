import { useQuery } from '@tanstack/react-query';
import type { Snippet } from '../../components/CodeBlock.tsx';
import { useConfig } from '../../lib/config.ts';
import { describeModel } from '../../lib/oip.ts';
import { type Problem, ProblemError, problemOf } from '../../lib/problem.ts';
import { snippetsFor } from './snippets.ts';

export interface SnippetsResult {
  readonly snippets?: readonly Snippet[];
  readonly error?: Problem;
}

const unsafe = (): ProblemError =>
  new ProblemError({
    what: 'No code can be written for this model',
    why: 'a name, an address or a size in it does not fit into a line of code',
    fix: 'The protocol is described in docs/consumers.md.',
  });

/** Code for the first configured gateway that serves the model. */
export function useSnippets(slug: string, priceWei: bigint | undefined): SnippetsResult {
  const config = useConfig();
  const { data, error } = useQuery({
    queryKey: ['snippets', slug, String(priceWei), config?.gateways],
    queryFn: async ({ signal }) => {
      const { gateways, chainId, contracts } = config!;
      const { endpoint, metadata } = await describeModel(gateways, slug, signal);
      const [input] = metadata.inputs;
      const facts = { endpoint, slug, chainId, token: contracts.token, maxWei: (priceWei ?? 0n) * 2n };
      const snippets = input === undefined ? undefined : snippetsFor({ ...facts, input });
      if (snippets === undefined) throw unsafe();
      return snippets;
    },
    enabled: config !== undefined && slug !== '',
    staleTime: 60_000,
  });
  return { ...(data === undefined ? {} : { snippets: data }), ...(error === null ? {} : { error: problemOf(error) }) };
}

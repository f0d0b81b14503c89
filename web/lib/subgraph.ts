import { useQuery } from '@tanstack/react-query';
import { type SiteConfig, useConfig } from './config.ts';
import { type Problem, ProblemError, problemOf } from './problem.ts';

const TIMEOUT_MS = 15_000;
/** A page of 1,000 entities is far below; more is no answer of an honest index. */
const MAX_ANSWER_CHARS = 16 * 1024 * 1024;

const failed = (why: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      what: 'The index does not answer',
      why,
      fix: 'It may be starting or catching up: try again. The address of the index is in the settings.',
    },
    cause,
  );

interface Answer<T> {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message?: unknown }[];
}

/**
 * Asks the index. An answer has the types of the schema, whoever gave it; its texts were written by strangers and are
 * hostile.
 * @throws {ProblemError} when it cannot be reached, refuses the query, or answers something else
 */
export async function querySubgraph<T>(
  config: Pick<SiteConfig, 'subgraphUrl'>,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<T> {
  // What checks the answer arrives while it is waited for.
  const checking = import('./indexAnswer.ts');
  checking.catch(() => undefined);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let text: string;
  try {
    const response = await fetch(config.subgraphUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw failed(timeout.aborted ? 'no answer came in time' : 'it cannot be reached', error);
  }
  if (text.length > MAX_ANSWER_CHARS) throw failed('its answer is too large');
  let answer: Answer<T>;
  try {
    answer = JSON.parse(text) as Answer<T>;
  } catch (error) {
    throw failed('its answer is no JSON', error);
  }
  const refusal = answer.errors?.[0]?.message;
  if (refusal !== undefined)
    throw new ProblemError({
      what: 'The index does not understand this page',
      why: `it answered: ${String(refusal).slice(0, 200)}`,
      fix: 'Index and site may be of different releases, or the index is starting: try again, or choose another one in the settings.',
    });
  if (answer.data === undefined || answer.data === null) throw failed('its answer is empty');
  (await checking).checkAnswer(query, answer.data);
  return answer.data;
}

export interface SubgraphResult<T> {
  readonly data?: T;
  readonly error?: Problem;
  /** True until there is data or an error: show skeletons. Later refreshes keep the old data on show. */
  readonly isLoading: boolean;
  refetch(): void;
}

export interface SubgraphOptions {
  /** Asks again after this many milliseconds; 0 never. Default 10 s. */
  readonly refetchMs?: number;
  /** False holds the question back, for instance until an id is known. */
  readonly enabled?: boolean;
}

/** A question to the index that stays fresh. Works without a wallet. */
export function useSubgraph<T>(
  query: string,
  variables?: Readonly<Record<string, unknown>>,
  { refetchMs = 10_000, enabled = true }: SubgraphOptions = {},
): SubgraphResult<T> {
  const config = useConfig();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['subgraph', config?.subgraphUrl, query, variables],
    queryFn: ({ signal }) => querySubgraph<T>(config!, query, variables, signal),
    enabled: enabled && config !== undefined,
    refetchInterval: refetchMs === 0 ? false : refetchMs,
    placeholderData: (previous, last) => (last?.queryKey[2] === query ? previous : undefined),
  });
  return {
    ...(data === undefined ? {} : { data }),
    ...(error === null ? {} : { error: problemOf(error) }),
    isLoading: enabled && isPending,
    refetch: () => void refetch(),
  };
}

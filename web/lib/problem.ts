/** What every failure tells its reader: what happened, why, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  /** The page where that can be done. */
  readonly link?: { readonly label: string; readonly href: `/${string}` };
}

/** A failure whose sentences are known. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(`${problem.what}: ${problem.why}`, cause === undefined ? undefined : { cause });
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** EIP-1193, EIP-1474 and EIP-5792 codes that wallets answer with. */
const WALLET: Readonly<Record<number, Problem>> = {
  4001: {
    what: 'You declined in your wallet',
    why: 'nothing was signed and nothing was sent',
    fix: 'Start again whenever you like.',
  },
  4100: {
    what: 'Your wallet does not share this account with the site',
    why: 'it says that the site is not authorised',
    fix: 'Connect the account again, or allow this site in the settings of your wallet.',
  },
  4200: {
    what: 'Your wallet cannot do this',
    why: 'it does not know the method that is needed',
    fix: 'Update the wallet, or use another one.',
  },
  4900: {
    what: 'Your wallet is offline',
    why: 'it reaches no network at all',
    fix: 'Check the connection in your wallet, then try again.',
  },
  4901: {
    what: 'Your wallet does not reach this network',
    why: 'it is connected, but not to this chain',
    fix: 'Check the RPC address of this network in your wallet.',
  },
  4902: {
    what: 'Your wallet does not know this network',
    why: 'the chain was never added to it',
    fix: 'Press “Switch network”: the site then offers the network to your wallet.',
  },
  [-32002]: {
    what: 'Your wallet still waits for an answer',
    why: 'an earlier request of this site is open in it',
    fix: 'Open the wallet and answer that request first.',
  },
  [-32003]: {
    what: 'The transaction was not accepted',
    why: 'the node refused it',
    fix: 'Check the balance for fees and the nonce in your wallet, then try again.',
  },
  [-32005]: {
    what: 'The node answers no more for now',
    why: 'too many requests were sent to it',
    fix: 'Wait a minute, or choose another RPC address in the settings.',
  },
};

/** Messages of nodes and wallets, as they are worded by geth, anvil, Erigon, Nethermind and MetaMask. */
const MESSAGES: readonly (readonly [RegExp, Problem])[] = [
  [/user (rejected|denied|cancel)|rejected by user|request rejected/i, WALLET[4001]!],
  [
    /insufficient funds|insufficient balance for (gas|transfer)|out of fund/i,
    {
      what: 'The account cannot pay the network fee',
      why: 'its balance of ether is smaller than fee and value together',
      fix: 'Send some ether to the account; on the local network the faucet gives it.',
    },
  ],
  [
    /nonce too low|already been used/i,
    {
      what: 'The transaction came too late',
      why: 'another one with the same number was mined before it',
      fix: 'Look into the activity list, then try again.',
    },
  ],
  [
    /replacement transaction underpriced|fee too low to replace/i,
    {
      what: 'The replacement pays too little',
      why: 'a transaction with the same number waits already, and a new one must pay at least a tenth more',
      fix: 'Raise the fee in your wallet.',
    },
  ],
  [
    /intrinsic gas too low|out of gas|exceeds (the )?(block )?gas limit|gas required exceeds/i,
    {
      what: 'The transaction needs more gas than it may use',
      why: 'it ran out of gas, or asks for more than a block holds',
      fix: 'Try with fewer items, or let the site estimate the gas again.',
    },
  ],
  [
    /chain ?id.*(mismatch|does not match|invalid)|does not match the target chain/i,
    {
      what: 'Your wallet is on another network',
      why: 'the chain it would send to is not the one of this site',
      fix: 'Switch the network in your wallet and try again.',
    },
  ],
  [/already pending/i, WALLET[-32002]!],
];

/** A part of the site that came not: Turbopack names such failures. */
const PART_MISSING: Problem = {
  what: 'A part of this site could not be loaded',
  why: 'the site was renewed since you opened this page, or its server does not answer',
  fix: 'Load the page again.',
};

const OFFLINE: Problem = {
  what: 'The server does not answer',
  why: 'the request did not get through',
  fix: 'Check your connection and the addresses in the settings, then try again.',
};

interface Clue {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly problem?: unknown;
  readonly what?: unknown;
  readonly why?: unknown;
  readonly fix?: unknown;
  readonly cause?: unknown;
  readonly data?: unknown;
  readonly shortMessage?: unknown;
}

/** True when code of the site is missing: only loading the page again brings it. */
export const isPartMissing = (error: unknown): boolean => (error as Clue | undefined)?.name === 'ChunkLoadError';

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' &&
  value !== null &&
  ['what', 'why', 'fix'].every((key) => typeof (value as Record<string, unknown>)[key] === 'string');

/** The error and what it was caused by, at most ten deep: a hostile wallet may hand out a ring. */
function chainOf(error: unknown): Clue[] {
  const clues: Clue[] = [];
  for (let at = error; typeof at === 'object' && at !== null && clues.length < 10; at = (at as Clue).cause)
    clues.push(at as Clue);
  return clues;
}

/** Cuts what a stranger wrote to one readable line. */
function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 240 ? `${line.slice(0, 239)}…` : line;
}

/**
 * Sentences for any failure: wallets (EIP-1193 codes), nodes, the index, gateways, and our own errors. Reverts of
 * contracts carry their sentences already: `lib/read.ts` and `lib/transactions.tsx` decode them where they occur.
 */
export function problemOf(error: unknown): Problem {
  const clues = chainOf(error);
  for (const clue of clues) {
    if (isProblem(clue.problem)) return clue.problem;
    if (isProblem(clue)) return { what: clue.what, why: clue.why, fix: clue.fix };
  }
  for (const clue of clues) {
    const known = typeof clue.code === 'number' ? WALLET[clue.code] : undefined;
    if (known !== undefined) return known;
  }
  for (const clue of clues) {
    if (isPartMissing(clue)) return PART_MISSING;
    const text = typeof clue.message === 'string' ? clue.message : '';
    const known = MESSAGES.find(([pattern]) => pattern.test(text));
    if (known !== undefined) return known[1];
    if (clue.name === 'AbortError')
      return {
        what: 'The request was given up',
        why: 'it was no longer needed',
        fix: 'Try again if you still need it.',
      };
    if (clue.name === 'TimeoutError') return { ...OFFLINE, why: 'no answer came in time' };
    if (clue instanceof TypeError && /fetch|network/i.test(text)) return OFFLINE;
  }
  const said = clues
    .map(({ shortMessage, message }) => shortMessage ?? message)
    .find((text) => typeof text === 'string');
  return {
    what: 'That did not work',
    why: clip(
      typeof said === 'string' && said !== '' ? said : typeof error === 'string' ? error : 'no reason was given',
    ),
    fix: 'Try again; if it happens again, report it with this text.',
  };
}

/** True when the user himself said no: that is no failure. */
export const isRejection = (error: unknown): boolean =>
  chainOf(error).some(
    ({ code, message }) => code === 4001 || (typeof message === 'string' && MESSAGES[0]![0].test(message)),
  );

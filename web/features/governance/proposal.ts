import type { Address, Hex } from '../../../node/core/codec/hex.ts';

/** One call that the timelock makes when a proposal is executed. */
export interface Action {
  readonly target: Address;
  /** Ether in wei. */
  readonly valueWei: bigint;
  readonly calldata: Hex;
}

export type ProposalStatus = 'CREATED' | 'QUEUED' | 'EXECUTED' | 'CANCELED';

/** What decides a proposal's state: what the chain recorded, and moments in Unix seconds. */
export interface ProposalRecord {
  readonly status: ProposalStatus;
  readonly snapshotAt: string;
  readonly deadlineAt: string;
  readonly etaAt: string | null;
  readonly forWei: string;
  readonly againstWei: string;
  readonly abstainWei: string;
}

/** As `IGovernor.ProposalState`. `ready` is a queued one whose delay is over. A queued proposal never expires here. */
export type ProposalState =
  | 'pending'
  | 'active'
  | 'succeeded'
  | 'defeated'
  | 'queued'
  | 'ready'
  | 'executed'
  | 'canceled';

export interface Tally {
  readonly forWei: bigint;
  readonly againstWei: bigint;
  readonly abstainWei: bigint;
  readonly totalWei: bigint;
  /** For and abstain: what the quorum counts. */
  readonly countedWei: bigint;
  readonly quorumWei: bigint;
  readonly quorumReached: boolean;
  /** More votes for than against. */
  readonly majority: boolean;
}

export function tallyOf(
  { forWei, againstWei, abstainWei }: Pick<ProposalRecord, 'forWei' | 'againstWei' | 'abstainWei'>,
  quorumWei: bigint,
): Tally {
  const [yes, no, neither] = [BigInt(forWei), BigInt(againstWei), BigInt(abstainWei)];
  return {
    forWei: yes,
    againstWei: no,
    abstainWei: neither,
    totalWei: yes + no + neither,
    countedWei: yes + neither,
    quorumWei,
    quorumReached: yes + neither >= quorumWei,
    majority: yes > no,
  };
}

/** A share between 0 and 1 with four digits; nothing of nothing is 0. */
export const shareOf = (partWei: bigint, wholeWei: bigint): number =>
  wholeWei <= 0n ? 0 : Number((partWei * 10_000n) / wholeWei) / 10_000;

/** State at a moment, by the rules of OpenZeppelin's Governor: at the snapshot still pending, at the deadline active. */
export function stateOf(proposal: ProposalRecord, nowSeconds: number, quorumWei: bigint): ProposalState {
  const { status, snapshotAt, deadlineAt, etaAt } = proposal;
  if (status === 'EXECUTED') return 'executed';
  if (status === 'CANCELED') return 'canceled';
  if (status === 'QUEUED') return etaAt !== null && nowSeconds >= Number(etaAt) ? 'ready' : 'queued';
  if (nowSeconds <= Number(snapshotAt)) return 'pending';
  if (nowSeconds <= Number(deadlineAt)) return 'active';
  const { quorumReached, majority } = tallyOf(proposal, quorumWei);
  return quorumReached && majority ? 'succeeded' : 'defeated';
}

/** States in which a vote or a transaction can still change what happens. */
export const isOpen = (state: ProposalState): boolean =>
  state === 'pending' || state === 'active' || state === 'succeeded' || state === 'queued' || state === 'ready';

/** `Governor` counts this line: nobody else can propose the same text first and cancel it (CVE-2023-34234). */
export const withProposer = (description: string, proposer: Address): string =>
  `${description.trimEnd()}\n\n#proposer=${proposer.toLowerCase()}`;

/** The description without the line for the contract. */
export const withoutProposer = (description: string): string =>
  description.replace(/\s*#proposer=0x[0-9a-fA-F]{40}\s*$/, '');

import type { Address, Digest, Hex } from '../core/codec/hex.ts';

export type ProposalState =
  | 'pending'
  | 'active'
  | 'canceled'
  | 'defeated'
  | 'succeeded'
  | 'queued'
  | 'expired'
  | 'executed';

/** One call that the timelock makes when a proposal executes. */
export interface Action {
  readonly target: Address;
  readonly valueWei: bigint;
  readonly calldata: Hex;
}

export interface Proposal {
  readonly id: bigint;
  readonly proposer: Address;
  readonly description: string;
  readonly actions: readonly Action[];
  /** Each action in words: `ModelRegistry.setLive(modelId 1, versionId 2)`. */
  readonly readable: readonly string[];
  readonly state: ProposalState;
  /** Unix seconds: votes count as held then; voting ends then; execution from then (0n: not queued). */
  readonly snapshot: bigint;
  readonly deadline: bigint;
  readonly eta: bigint;
  readonly forWei: bigint;
  readonly againstWei: bigint;
  readonly abstainWei: bigint;
  readonly quorumWei: bigint;
}

export type Support = 'against' | 'for' | 'abstain';

/** The DAO, as one account sees it. Writes resolve when confirmed. */
export interface Governance {
  proposals(): Promise<readonly Proposal[]>;
  /** @throws ProposalUnknown */
  proposal(id: bigint): Promise<Proposal>;
  propose(actions: readonly Action[], description: string): Promise<bigint>;
  /** Versions that an open vote, or one that passed and waits, would make live. */
  proposedVersions(): Promise<readonly bigint[]>;
  /** Builds the action that makes a version live. */
  setLiveAction(modelId: bigint, versionId: bigint): Action;
  /** Builds the action that lets every later vote last so many seconds. */
  votingPeriodAction(seconds: number): Action;
  vote(id: bigint, support: Support, reason: string): Promise<void>;
  queue(id: bigint): Promise<void>;
  execute(id: bigint): Promise<void>;
  delegate(to: Address): Promise<void>;
  votesOf(account: Address): Promise<bigint>;
  /** Transaction or proposal hash of the description, as the governor wants it. */
  descriptionHash(description: string): Digest;
}

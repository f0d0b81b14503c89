import {
  type AbiEvent,
  BaseError,
  decodeFunctionData,
  encodeFunctionData,
  keccak256,
  parseEventLogs,
  stringToBytes,
} from 'viem';
import { type Address, type Digest, type Hex, sameAddress } from '../../core/codec/hex.ts';
import { invariant, ProtocolError } from '../../core/errors.ts';
import type { Action, Governance, Proposal, ProposalState } from '../../ports/Governance.ts';
import type { Addresses } from '../deploy.ts';
import {
  assayGovernorAbi,
  assayTokenAbi,
  jobMarketAbi,
  modelRegistryAbi,
  parametersAbi,
  timelockControllerAbi,
  votingPowerAbi,
  workerRegistryAbi,
} from '../generated/contracts.ts';
import type { Reading, Writing } from './context.ts';

export class ProposalUnknown extends ProtocolError {
  override readonly code = 'PROPOSAL_UNKNOWN';
}

/** Index = `IGovernor.ProposalState`. */
const STATES: readonly ProposalState[] = [
  'pending',
  'active',
  'canceled',
  'defeated',
  'succeeded',
  'queued',
  'expired',
  'executed',
];
const SUPPORT = { against: 0, for: 1, abstain: 2 } as const;

type Reads = Pick<
  Governance,
  'proposals' | 'proposal' | 'proposedVersions' | 'setLiveAction' | 'votingPeriodAction' | 'votesOf' | 'descriptionHash'
>;

/** The DAO as anyone can read it. Proposals come from the governor's own events. */
export function readGovernance({ client, addresses }: Reading): Reads {
  const governor = { address: addresses.governor, abi: assayGovernorAbi } as const;
  const created = assayGovernorAbi.find((entry) => entry.type === 'event' && entry.name === 'ProposalCreated');
  invariant(created !== undefined, 'the governor announces its proposals');

  const complete = async (args: Created): Promise<Proposal> => {
    const id = args.proposalId;
    const [state, [againstWei, forWei, abstainWei], eta] = await Promise.all([
      client.readContract({ ...governor, functionName: 'state', args: [id] }),
      client.readContract({ ...governor, functionName: 'proposalVotes', args: [id] }),
      client.readContract({ ...governor, functionName: 'proposalEta', args: [id] }),
    ]);
    const started = state !== 0;
    const quorumWei = started
      ? await client.readContract({ ...governor, functionName: 'quorum', args: [args.voteStart] })
      : 0n;
    const actions = args.targets.map((target, i) => ({
      target,
      valueWei: args.values[i]!,
      calldata: args.calldatas[i]!,
    }));
    const deadline = await client.readContract({ ...governor, functionName: 'proposalDeadline', args: [id] });
    return {
      id,
      proposer: args.proposer,
      description: args.description,
      actions,
      readable: actions.map((action) => readable(action, addresses)),
      state: STATES[state]!,
      snapshot: args.voteStart,
      deadline,
      eta,
      forWei,
      againstWei,
      abstainWei,
      quorumWei,
    };
  };

  const all = async (): Promise<readonly Created[]> => {
    const logs = await client.getLogs({ address: addresses.governor, event: created as AbiEvent, fromBlock: 0n });
    return parseEventLogs({ abi: assayGovernorAbi, eventName: 'ProposalCreated', logs }).map(
      ({ args }) => args as Created,
    );
  };

  return {
    proposals: async () => await Promise.all((await all()).map(complete)),
    proposal: async (id) => {
      const found = (await all()).find(({ proposalId }) => proposalId === id);
      if (found !== undefined) return complete(found);
      throw new ProposalUnknown({
        what: `Proposal ${id} does not exist`,
        why: 'the governor never announced it',
        fix: 'See `assay gov list`.',
        meta: { id },
      });
    },
    proposedVersions: async () => {
      const open: bigint[] = [];
      for (const { proposalId, targets, calldatas } of await all()) {
        const state = await client.readContract({ ...governor, functionName: 'state', args: [proposalId] });
        if (!OPEN.has(STATES[state]!)) continue;
        for (const [i, target] of targets.entries())
          if (sameAddress(target, addresses.models)) open.push(...versionsIn(calldatas[i]!));
      }
      return open;
    },
    setLiveAction: (modelId, versionId) => ({
      target: addresses.models,
      valueWei: 0n,
      calldata: encodeFunctionData({ abi: modelRegistryAbi, functionName: 'setLive', args: [modelId, versionId] }),
    }),
    votingPeriodAction: (seconds) => ({
      target: addresses.governor,
      valueWei: 0n,
      calldata: encodeFunctionData({ abi: assayGovernorAbi, functionName: 'setVotingPeriod', args: [seconds] }),
    }),
    votesOf: (account) =>
      client.readContract({
        address: addresses.votingPower,
        abi: votingPowerAbi,
        functionName: 'getVotes',
        args: [account],
      }),
    descriptionHash: (description) => keccak256(stringToBytes(description)) as Digest,
  };
}

const OPEN: ReadonlySet<ProposalState> = new Set(['pending', 'active', 'succeeded', 'queued']);

/** The version that a call of the registry would make live; calldata is the proposer's and may be anything. */
function versionsIn(calldata: Hex): bigint[] {
  try {
    const { functionName, args } = decodeFunctionData({ abi: modelRegistryAbi, data: calldata });
    return functionName === 'setLive' ? [args[1]] : [];
  } catch (error) {
    if (error instanceof BaseError) return [];
    throw error;
  }
}

interface Created {
  readonly proposalId: bigint;
  readonly proposer: Address;
  readonly targets: readonly Address[];
  readonly values: readonly bigint[];
  readonly calldatas: readonly Address[];
  readonly voteStart: bigint;
  readonly description: string;
}

/** The DAO for one account. */
export function createGovernance(writing: Writing): Governance {
  const { addresses, account, send, fresh } = writing;
  const reads = readGovernance(writing);
  const to = addresses.governor;
  const arguments_ = async (id: bigint) => {
    const { actions, description } = await reads.proposal(id);
    return [
      actions.map(({ target }) => target),
      actions.map(({ valueWei }) => valueWei),
      actions.map(({ calldata }) => calldata),
      reads.descriptionHash(description),
    ] as const;
  };
  return {
    ...reads,
    propose: async (actions, description) => {
      // The suffix lets nobody else propose the same text first and cancel it (CVE-2023-34234).
      const text = `${description}\n\n#proposer=${account.toLowerCase()}`;
      const args = [
        actions.map(({ target }) => target),
        actions.map(({ valueWei }) => valueWei),
        actions.map(({ calldata }) => calldata),
        text,
      ] as const;
      const data = encodeFunctionData({ abi: assayGovernorAbi, functionName: 'propose', args });
      const { logs } = await send({ id: `propose ${fresh()}`, to, data, describe: 'propose' });
      const [event] = parseEventLogs({ abi: assayGovernorAbi, eventName: 'ProposalCreated', logs });
      invariant(event !== undefined, 'propose emits ProposalCreated');
      return event.args.proposalId;
    },
    vote: async (id, support, reason) => {
      const data = encodeFunctionData({
        abi: assayGovernorAbi,
        functionName: 'castVoteWithReason',
        args: [id, SUPPORT[support], reason],
      });
      await send({ id: `vote ${id} ${fresh()}`, to, data, describe: `vote ${support} on proposal ${id}` });
    },
    queue: async (id) => {
      const data = encodeFunctionData({ abi: assayGovernorAbi, functionName: 'queue', args: await arguments_(id) });
      await send({ id: `queue ${id} ${fresh()}`, to, data, describe: `queue proposal ${id}` });
    },
    execute: async (id) => {
      const data = encodeFunctionData({ abi: assayGovernorAbi, functionName: 'execute', args: await arguments_(id) });
      await send({ id: `execute ${id} ${fresh()}`, to, data, describe: `execute proposal ${id}` });
    },
    delegate: async (delegatee) => {
      const calls = [
        [addresses.token, assayTokenAbi],
        [addresses.workers, workerRegistryAbi],
      ] as const;
      await Promise.all(
        calls.map(([target, abi]) => {
          const data = encodeFunctionData({ abi, functionName: 'delegate', args: [delegatee] });
          const describe = `delegate to ${delegatee}`;
          return send({ id: `delegate ${target} ${fresh()}`, to: target, data, describe });
        }),
      );
    },
  };
}

/** An action in words, for people who vote; raw calldata when it is not one of our contracts. */
function readable({ target, calldata, valueWei }: Action, addresses: Addresses): string {
  const paying = valueWei === 0n ? '' : `, paying ${valueWei} wei of ether`;
  const known = [
    ['AssayToken', addresses.token, assayTokenAbi],
    ['TimelockController', addresses.timelock, timelockControllerAbi],
    ['ModelRegistry', addresses.models, modelRegistryAbi],
    ['Parameters', addresses.parameters, parametersAbi],
    ['WorkerRegistry', addresses.workers, workerRegistryAbi],
    ['JobMarket', addresses.market, jobMarketAbi],
    ['AssayGovernor', addresses.governor, assayGovernorAbi],
  ] as const;
  const match = known.find(([, address]) => sameAddress(address, target));
  if (match === undefined) return `${target} ${calldata}${paying}`;
  try {
    const { functionName, args } = decodeFunctionData({ abi: match[2], data: calldata });
    return `${match[0]}.${functionName}(${(args ?? []).map(shown).join(', ')})${paying}`;
  } catch (cause) {
    return `${match[0]} ${calldata} (${cause instanceof Error ? cause.name : 'unknown call'})${paying}`;
  }
}

/** An argument in words: texts in quotes, so that none of them can look like the next argument; structures in full. */
const shown = (arg: unknown): string =>
  typeof arg === 'string' && !/^0x[0-9a-fA-F]*$/.test(arg)
    ? JSON.stringify(arg)
    : typeof arg === 'object'
      ? JSON.stringify(arg, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
      : String(arg);

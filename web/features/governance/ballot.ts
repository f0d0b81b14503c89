import { type Address, type Hex, isAddress, sameAddress } from '../../../node/core/codec/hex.ts';
import { formatAssay, shortHex } from '../../lib/format.ts';
import type { SignaturePlan, TransactionPlan } from '../../lib/transactions/plan.ts';
import { SUPPORT, VERBS } from './plans.ts';
import type { VoteSupport } from './query.ts';

/**
 * A vote that is signed and not sent: whoever has it may bring it to the chain and pays the fee. It can be brought once,
 * to one chain, as it was signed, and not at all after its voter has voted or signed another that was brought first.
 */
export interface Ballot {
  readonly chainId: number;
  readonly governor: Address;
  readonly proposalId: bigint;
  readonly support: VoteSupport;
  readonly voter: Address;
  readonly reason: string;
  readonly signature: Hex;
}

type Unsigned = Omit<Ballot, 'signature'>;

export const MAX_BALLOT_CHARS = 16_384;
const TYPE = 'assay-ballot';
const MAX_REASON = 4000;

/** OpenZeppelin Governor's `ExtendedBallot`; `nonce` is the governor's for the voter. */
export function ballotPlan(ballot: Unsigned, nonce: bigint, weightWei: bigint): SignaturePlan {
  const { chainId, governor, proposalId, support, voter, reason } = ballot;
  return {
    title: 'Sign a ballot',
    summary: [
      {
        label: 'Your vote',
        before: 'none',
        after: `${formatAssay(weightWei)} ${VERBS[support]}, once somebody sends it`,
      },
      ...(reason === '' ? [] : [{ label: 'Your reason, public then', after: reason }]),
    ],
    typedData: {
      domain: { name: 'Assay Governor', version: '1', chainId, verifyingContract: governor },
      types: {
        ExtendedBallot: [
          { name: 'proposalId', type: 'uint256' },
          { name: 'support', type: 'uint8' },
          { name: 'voter', type: 'address' },
          { name: 'nonce', type: 'uint256' },
          { name: 'reason', type: 'string' },
          { name: 'params', type: 'bytes' },
        ],
      },
      primaryType: 'ExtendedBallot',
      message: { proposalId, support: SUPPORT[support], voter, nonce, reason, params: '0x' },
    },
  };
}

/** Text to hand on. */
export const encodeBallot = ({ proposalId, ...rest }: Ballot): string =>
  JSON.stringify({ type: TYPE, ...rest, proposalId: String(proposalId) }, undefined, 2);

/** Reads a ballot that somebody handed on; undefined when it is none. Whether it counts, only the chain can tell. */
export function parseBallot(text: string): Ballot | undefined {
  if (text.length > MAX_BALLOT_CHARS) return undefined;
  try {
    const given = JSON.parse(text) as Record<string, unknown>;
    const { chainId, governor, proposalId, support, voter, reason, signature } = given;
    const isSound =
      given['type'] === TYPE &&
      Number.isSafeInteger(chainId) &&
      typeof governor === 'string' &&
      isAddress(governor) &&
      typeof proposalId === 'string' &&
      /^\d{1,78}$/.test(proposalId) &&
      typeof support === 'string' &&
      Object.hasOwn(SUPPORT, support) &&
      typeof voter === 'string' &&
      isAddress(voter) &&
      typeof reason === 'string' &&
      reason.length <= MAX_REASON &&
      typeof signature === 'string' &&
      /^0x([0-9a-f]{2}){65,2000}$/i.test(signature);
    return isSound ? ({ ...unsignedOf(given), proposalId: BigInt(proposalId), signature } as Ballot) : undefined;
  } catch {
    // No JSON, no ballot.
    return undefined;
  }
}

const unsignedOf = ({ chainId, governor, support, voter, reason }: Record<string, unknown>) => ({
  chainId,
  governor,
  support,
  voter,
  reason,
});

/** Why a ballot does not belong here; undefined when it does. */
export function ballotFault(
  ballot: Ballot,
  place: Pick<Ballot, 'chainId' | 'governor' | 'proposalId'>,
): string | undefined {
  if (ballot.chainId !== place.chainId) return `It is for chain ${ballot.chainId}, and this is chain ${place.chainId}.`;
  if (!sameAddress(ballot.governor, place.governor)) return 'It is for another DAO.';
  return ballot.proposalId === place.proposalId ? undefined : 'It is for another proposal.';
}

/** Brings a ballot to the chain. */
export function castPlan({ proposalId, support, voter, reason, signature }: Ballot): TransactionPlan {
  return {
    title: `Send the ballot of ${shortHex(voter)}`,
    summary: [
      { label: `The vote of ${voter}`, before: 'none', after: `${VERBS[support]}, for good` },
      ...(reason === '' ? [] : [{ label: 'Its reason, public', after: reason }]),
      { label: 'Your own vote', after: 'is not affected' },
    ],
    to: 'governor',
    functionName: 'castVoteWithReasonAndParamsBySig',
    args: [proposalId, SUPPORT[support], voter, reason, '0x', signature],
  };
}

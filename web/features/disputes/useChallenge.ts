import { useState } from 'react';
import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import { useConfig } from '../../lib/config.ts';
import { readContract, useRead } from '../../lib/read.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useWallet } from '../../lib/wallet.tsx';
import { challengePlan, type GameRules, permitPlan } from './plans.ts';

/** How long a permit counts: enough to send it, too short to be forgotten about. */
const PERMIT_SECONDS = 3600n;

export interface Challenge {
  /** Undefined until read. */
  readonly rules?: GameRules;
  readonly isBusy: boolean;
  /** Asks for the bond's permit and opens the game: one signature, one transaction. */
  start(target: { readonly claimId?: Hex; readonly job?: { readonly id: Hex; readonly deliverable: Hex } }): void;
}

export function useChallenge(): Challenge {
  const site = useConfig();
  const { address, connect } = useWallet();
  const { send, sign } = useTransactions();
  const [isBusy, setBusy] = useState(false);
  const { data: rules } = useRead({ contract: 'parameters', functionName: 'gameRules' });

  const permit = async (owner: Address, bondWei: bigint): Promise<PermitAnswer> => {
    const token = { contract: 'token' } as const;
    const allowed = await readContract(site!, {
      ...token,
      functionName: 'allowance',
      args: [owner, site!.contracts.court],
    });
    if (allowed >= bondWei) return {};
    const nonce = await readContract(site!, { ...token, functionName: 'nonces', args: [owner] });
    const now = await readContract(site!, { ...token, functionName: 'clock', args: [] });
    const deadline = BigInt(now) + PERMIT_SECONDS;
    const signature = await sign(permitPlan(site!, owner, bondWei, nonce, deadline));
    return signature === undefined ? undefined : { permit: { amountWei: bondWei, deadline, signature } };
  };

  const run: Challenge['start'] = ({ claimId, job }) => {
    if (address === undefined) {
      connect();
      return;
    }
    if (site === undefined || rules === undefined) return;
    setBusy(true);
    void (async () => {
      const given = await permit(address, rules.bondWei);
      if (given === undefined) return;
      const { challengeCalls, claimIdOf } = await import('./challengeCalls.ts');
      const calls = challengeCalls({
        claimId: claimId ?? claimIdOf(job!.id, job!.deliverable),
        ...(claimId === undefined && job !== undefined
          ? { job: { id: job.id, subject: site.contracts.jobCourt } }
          : {}),
        ...given,
      });
      await send(challengePlan(site, rules, calls, claimId === undefined));
    })().finally(() => setBusy(false));
  };
  return { ...(rules === undefined ? {} : { rules }), isBusy, start: run };
}

type PermitAnswer =
  | { readonly permit?: { readonly amountWei: bigint; readonly deadline: bigint; readonly signature: Hex } }
  | undefined;

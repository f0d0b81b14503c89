'use client';

import type { ReactNode } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useTransactions } from '../../lib/transactions.tsx';
import { CREDITS, claimPlan } from './plans.ts';
import type { StakingAccount } from './useStakingAccount.ts';

/** What an account has earned and not taken yet. */
export function CreditsCard({ account }: { readonly account: StakingAccount }): ReactNode {
  const { send } = useTransactions();
  return (
    <Card title="Earned, not claimed yet">
      <ul className="divide-y divide-line text-sm">
        {CREDITS.map(({ id, label }) => (
          <li key={id} className="flex flex-wrap items-center justify-between gap-3 py-2.5 first:pt-0 last:pb-0">
            <span>{label}</span>
            <span className="flex items-center gap-3">
              <TokenAmount wei={account.credits[id]} />
              <Button
                size="small"
                aria-label={`Claim: ${label}`}
                disabled={account.credits[id] === 0n}
                onClick={() => void send(claimPlan(account, id))}
              >
                Claim
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

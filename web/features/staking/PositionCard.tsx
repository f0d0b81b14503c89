'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { Link } from '../../components/Link.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssay, formatTime } from '../../lib/format.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { withdrawPlan } from './plans.ts';
import type { StakingAccount } from './useStakingAccount.ts';

/** What an account has at stake, what of it is free, and what is on its way out. */
export function PositionCard({ account }: { readonly account: StakingAccount }): ReactNode {
  const { isRegistered, isActive, stakeWei, lockedWei, freeWei, minStakeWei, address, stakedDelegate } = account;
  return (
    <Card
      title="Your stake"
      actions={
        isRegistered ? (
          <Badge tone={isActive ? 'positive' : 'caution'}>
            {isActive ? 'Takes jobs' : 'Below the minimum: takes no jobs'}
          </Badge>
        ) : (
          <Badge>Not a worker</Badge>
        )
      }
    >
      <div className="space-y-5">
        <StatList>
          <Stat
            label="Active stake"
            value={<TokenAmount wei={stakeWei} unit={false} />}
            detail={`minimum ${formatAssay(minStakeWei)}`}
          />
          <Stat
            label="Behind open claims"
            value={<TokenAmount wei={lockedWei} unit={false} />}
            detail="until they are settled"
          />
          <Stat label="Free" value={<TokenAmount wei={freeWei} unit={false} />} detail="can be asked back" />
        </StatList>
        <Thaw account={account} />
        {isRegistered && (
          <p className="text-sm text-muted">
            Staked tokens keep their votes, thawing ones too. They count for{' '}
            {stakedDelegate.toLowerCase() === address.toLowerCase() ? (
              'you'
            ) : (
              <AddressTag address={stakedDelegate} copy={false} />
            )}
            .{' '}
            <Link href="/governance/" className="link">
              Delegate them
            </Link>{' '}
            ·{' '}
            <Link href={`/worker/?id=${address.toLowerCase()}`} className="link">
              Your worker’s page
            </Link>
          </p>
        )}
        {isRegistered && (
          <p className="text-sm text-muted">
            It answers once it runs on its machine, with the hot key in its home:{' '}
            <code className="whitespace-nowrap">assay worker run --account hot</code>
          </p>
        )}
      </div>
    </Card>
  );
}

function Thaw({ account }: { readonly account: StakingAccount }): ReactNode {
  const { send } = useTransactions();
  const now = useNow(1000);
  const { thawingWei, thawEndsAt, thawSeconds } = account;
  if (thawingWei === 0n) return null;
  const left = now === undefined ? thawSeconds : Math.max(0, thawEndsAt - now);
  return (
    <div className="space-y-2 rounded-md border border-line bg-sunken p-4 text-sm">
      <p className="flex flex-wrap items-baseline justify-between gap-2">
        <span>
          <TokenAmount wei={thawingWei} /> {left > 0 ? 'thaws' : 'has thawed'}
        </span>
        <span data-figures className="font-medium">
          {left > 0 ? <Countdown until={thawEndsAt} /> : 'ready'}
        </span>
      </p>
      <ProgressBar label="Thaw" value={thawSeconds === 0 ? 1 : Math.min(1, 1 - left / thawSeconds)} />
      <p className="flex flex-wrap items-center justify-between gap-2">
        <span className="text-muted">Free at {formatTime(thawEndsAt)}; still at risk until withdrawn.</span>
        <Button
          size="small"
          variant={left > 0 ? 'secondary' : 'primary'}
          disabled={left > 0}
          onClick={() => void send(withdrawPlan(account))}
        >
          Withdraw
        </Button>
      </p>
    </div>
  );
}

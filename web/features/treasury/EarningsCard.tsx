'use client';

import type { ReactNode } from 'react';
import type { Address } from '../../../node/core/codec/hex.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useRead } from '../../lib/read.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { collectPlan, type TreasurySource } from './plans.ts';

/** What the treasury has earned and nobody has brought in yet. */
export function EarningsCard({ treasury }: { readonly treasury: Address }): ReactNode {
  const request = { functionName: 'creditOf', args: [treasury], refetchMs: 10_000 } as const;
  const market = useRead({ contract: 'market', ...request });
  const court = useRead({ contract: 'court', ...request });
  return (
    <Card title="Earned by the treasury, not brought in yet">
      <ul className="divide-y divide-line text-sm">
        <Line source="market" label="Its share of fees" creditWei={market.data} treasury={treasury} />
        <Line source="court" label="Its share of lost bonds" creditWei={court.data} treasury={treasury} />
      </ul>
      <p className="mt-3 text-xs text-muted">Anybody may bring it in. It can go nowhere else.</p>
    </Card>
  );
}

function Line({
  source,
  label,
  creditWei,
  treasury,
}: {
  readonly source: TreasurySource;
  readonly label: string;
  readonly creditWei: bigint | undefined;
  readonly treasury: Address;
}): ReactNode {
  const { send } = useTransactions();
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2.5 first:pt-0 last:pb-0">
      <span>{label}</span>
      <span className="flex items-center gap-3">
        {creditWei === undefined ? '–' : <TokenAmount wei={creditWei} />}
        <Button
          size="small"
          aria-label={`Bring in: ${label}`}
          disabled={creditWei === undefined || creditWei === 0n}
          onClick={() => void send(collectPlan(source, treasury, creditWei ?? 0n))}
        >
          Bring in
        </Button>
      </span>
    </li>
  );
}

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatPercent } from '../../lib/format.ts';
import type { ProtocolRow } from './query.ts';

interface Share {
  readonly name: string;
  readonly wei: string;
  readonly tone: string;
}

const sharesOf = ({ workerFeesWei, authorFeesWei, treasuryFeesWei }: ProtocolRow): readonly Share[] => [
  { name: 'Workers', wei: workerFeesWei, tone: 'fill-chart-1 bg-chart-1' },
  { name: 'Authors', wei: authorFeesWei, tone: 'fill-chart-2 bg-chart-2' },
  { name: 'Treasury', wei: treasuryFeesWei, tone: 'fill-chart-3 bg-chart-3' },
];

/** Share of a whole as a number; wei exceed what a number holds exactly, a picture does not. */
const part = (wei: string, whole: bigint): number => Number((BigInt(wei) * 1_000_000n) / whole) / 1_000_000;

/** Who got the fees. */
export function FeeSplit({
  protocol,
  isLoading,
}: {
  readonly protocol: ProtocolRow | undefined;
  readonly isLoading: boolean;
}): ReactNode {
  const shares = protocol === undefined ? [] : sharesOf(protocol);
  const whole = shares.reduce((sum, { wei }) => sum + BigInt(wei), 0n);
  return (
    <Card title="Where the fees went">
      {isLoading ? (
        <Skeleton className="h-28 w-full" />
      ) : whole === 0n ? (
        <EmptyState title="No fee was paid yet" />
      ) : (
        <>
          <Bar shares={shares} whole={whole} />
          <dl className="mt-4 space-y-2 text-sm">
            {shares.map(({ name, wei, tone }) => (
              <div key={name} className="flex items-center gap-2">
                <span aria-hidden className={`size-2.5 shrink-0 rounded-xs ${tone}`} />
                <dt>{name}</dt>
                <dd className="ml-auto">
                  <TokenAmount wei={wei} />{' '}
                  <span data-figures className="text-muted">
                    · {formatPercent(part(wei, whole), 0)}
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}

function Bar({ shares, whole }: { readonly shares: readonly Share[]; readonly whole: bigint }): ReactNode {
  let x = 0;
  return (
    <svg aria-hidden viewBox="0 0 100 4" preserveAspectRatio="none" className="h-2.5 w-full rounded-xs">
      {shares.map(({ name, wei, tone }) => {
        const [at, width] = [x, part(wei, whole) * 100];
        x += width;
        return <rect key={name} x={at} y="0" width={Math.max(0, width - 0.6)} height="4" className={tone} />;
      })}
    </svg>
  );
}

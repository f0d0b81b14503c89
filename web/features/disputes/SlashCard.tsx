import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { ProgressBar } from '../../components/ProgressBar.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatPercent } from '../../lib/format.ts';
import type { ClaimDetail } from './query.ts';

/** Where the taken stake went. The three parts add up to it. */
export function SlashCard({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const { slashedWei, burnedWei, beneficiaryWei, challengersWei, winners } = claim;
  if (slashedWei === '0') return null;
  const parts = [
    ['Burned', burnedWei],
    ['To the client', beneficiaryWei],
    [`To ${winners === 1 ? 'the challenger' : `${winners ?? 'the'} challengers`}`, challengersWei],
  ] as const;
  return (
    <Card title="Stake taken from the worker">
      <p className="text-xl font-semibold">
        <TokenAmount wei={slashedWei} />
      </p>
      {burnedWei === null ? (
        <p className="mt-2 text-sm text-muted">It is divided when the last game has ended and the claim is ended.</p>
      ) : (
        <div className="mt-4 space-y-3">
          {parts.map(([label, wei]) => {
            const share = Number(wei ?? 0) / Number(slashedWei);
            return (
              <ProgressBar
                key={label}
                label={label}
                value={share}
                detail={
                  <>
                    <TokenAmount wei={wei ?? '0'} /> ({formatPercent(share)})
                  </>
                }
              />
            );
          })}
        </div>
      )}
    </Card>
  );
}

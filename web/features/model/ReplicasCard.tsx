import type { ReactNode } from 'react';
import { Badge, type Tone } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { safeText } from '../../lib/safeText.ts';
import type { Replica } from './useReplicas.ts';

const TONES: Readonly<Record<Replica['state'], Tone>> = {
  'has it': 'positive',
  'does not have it': 'neutral',
  'does not answer': 'caution',
};

/** Which of the reader's gateways hold the file now. */
export function ReplicasCard({ replicas }: { readonly replicas: readonly Replica[] | undefined }): ReactNode {
  return (
    <Card title="Copies">
      {replicas === undefined ? (
        <SkeletonRows rows={3} className="h-7" />
      ) : (
        <ul className="-my-1.5 divide-y divide-line text-sm">
          {replicas.map(({ gateway, state }) => (
            <li key={gateway} className="flex flex-wrap items-center justify-between gap-2 py-1.5">
              <span className="min-w-0 break-all">{safeText(hostOf(gateway), 60)}</span>
              <Badge tone={TONES[state]}>{state}</Badge>
            </li>
          ))}
        </ul>
      )}
      <p className="mt-3 text-xs text-muted">Asked of the gateways in your settings, not of the whole network.</p>
    </Card>
  );
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import type { AnswerVerdict } from '../../lib/inference/checkAnswer.ts';

/** What a check came to. An answer that could not be recomputed is called neither right nor false. */
export function VerdictBadge({ verdict }: { readonly verdict: AnswerVerdict }): ReactNode {
  if (!verdict.genuine) return <Badge tone="critical">The receipt does not hold</Badge>;
  if (verdict.right === undefined) return <Badge tone="caution">Not recomputed</Badge>;
  return verdict.right ? (
    <Badge tone="positive" stamp>
      Verified
    </Badge>
  ) : (
    <Badge tone="critical">The answer is false</Badge>
  );
}

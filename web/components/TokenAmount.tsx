import type { ReactNode } from 'react';
import { formatAssay, formatAssayExact } from '../lib/format.ts';
import { InUnit } from './InUnit.tsx';

/** An amount of ASSAY, rounded down for the eye; the exact amount is in the title. Without its unit it stands in a narrow place, alone. */
export function TokenAmount({
  wei,
  unit = true,
}: {
  readonly wei: bigint | string;
  readonly unit?: boolean;
}): ReactNode {
  return (
    <>
      <span data-figures title={`${formatAssayExact(wei)} ASSAY`} className="whitespace-nowrap">
        {formatAssay(wei, { unit: false })}
        {unit && <span className="text-muted"> ASSAY</span>}
      </span>
      {unit && <InUnit wei={wei} />}
    </>
  );
}

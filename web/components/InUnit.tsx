'use client';

import type { ReactNode } from 'react';
import { inUnit, useDisplayUnit } from '../lib/displayUnit.ts';

/** An amount once more in the money that the reader chose in the settings; nothing when he chose none. */
export function InUnit({
  wei,
  money = 'assay',
}: {
  readonly wei: bigint | string;
  readonly money?: 'assay' | 'coin';
}): ReactNode {
  const text = inUnit(useDisplayUnit(), wei, money);
  if (text === undefined) return null;
  return (
    <>
      {' '}
      <span data-figures data-unit className="inline-block text-[0.85em] font-normal whitespace-nowrap text-muted">
        ≈{'\u00a0'}
        {text.replaceAll(' ', '\u00a0')}
      </span>
    </>
  );
}

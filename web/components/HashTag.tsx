import type { ReactNode } from 'react';
import { shortHex } from '../lib/format.ts';
import { safeText } from '../lib/safeText.ts';
import { CopyButton } from './CopyButton.tsx';

/** A hash, CID or other long identifier: short to the eye, whole in the clipboard. */
export function HashTag({
  value,
  label,
  full = false,
}: {
  readonly value: string;
  /** What it is, for the copy button: `programRoot`, `CID`, `transaction`. */
  readonly label: string;
  /** Shows every character, broken over lines. */
  readonly full?: boolean;
}): ReactNode {
  const text = safeText(value, 200);
  return (
    <span className="inline-flex max-w-full items-center gap-1 align-middle">
      <code title={text} className={`font-mono text-[0.8125rem] ${full ? 'min-w-0 break-all' : 'whitespace-nowrap'}`}>
        {full ? text : shortHex(text, 10, 6)}
      </code>
      <CopyButton value={value} label={label} />
    </span>
  );
}

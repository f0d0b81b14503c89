'use client';

import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { formatAssay, formatAssayExact, parseAssay } from '../../lib/format.ts';

/** An amount of ASSAY up to what there is, and one button. */
export function AmountForm({
  label,
  action,
  maxWei,
  maxLabel,
  note,
  onSubmit,
}: {
  readonly label: string;
  readonly action: string;
  readonly maxWei: bigint;
  /** What the most is: "in your account". */
  readonly maxLabel: string;
  readonly note?: ReactNode;
  readonly onSubmit: (amountWei: bigint) => Promise<boolean>;
}): ReactNode {
  const [text, setText] = useState('');
  const [isBusy, setBusy] = useState(false);
  const wei = text.trim() === '' ? undefined : parseAssay(text);
  const error =
    text.trim() === ''
      ? undefined
      : wei === undefined
        ? 'Type an amount with at most 18 decimals.'
        : wei === 0n
          ? 'The amount must be more than zero.'
          : wei > maxWei
            ? `That is more than there is: ${formatAssay(maxWei)} ${maxLabel}.`
            : undefined;
  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (wei === undefined || error !== undefined) return;
    setBusy(true);
    if (await onSubmit(wei)) setText('');
    setBusy(false);
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="space-y-3">
      <NumberInput
        label={label}
        unit="ASSAY"
        value={text}
        onChange={setText}
        hint={`${formatAssay(maxWei)} ${maxLabel}`}
        {...(error === undefined ? {} : { error })}
      />
      {note !== undefined && <p className="text-sm text-muted">{note}</p>}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={isBusy} disabled={wei === undefined || error !== undefined}>
          {action}
        </Button>
        <Button
          variant="quiet"
          disabled={maxWei === 0n}
          onClick={() => setText(formatAssayExact(maxWei).replaceAll(',', ''))}
        >
          All of it
        </Button>
      </div>
    </form>
  );
}

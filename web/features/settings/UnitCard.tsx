'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { type DisplayUnit, inUnit, MAX_UNIT_NAME, rateFault, setDisplayUnit } from '../../lib/displayUnit.ts';

const NONE: DisplayUnit = { name: '', perAssay: '', perCoin: '' };
const EXAMPLE_WEI = 100n * 10n ** 18n;

/** Amounts once more in the reader's own money. */
export function UnitCard({ unit }: { readonly unit: DisplayUnit | undefined }): ReactNode {
  const [draft, setDraft] = useState<DisplayUnit>(unit ?? NONE);
  const change = (part: Partial<DisplayUnit>): void => setDraft({ ...draft, ...part });
  const faultOf = (rate: string): { error?: string } => {
    const fault = rate === '' ? undefined : rateFault(rate);
    return fault === undefined ? {} : { error: fault };
  };
  const isSound =
    draft.name.trim() !== '' &&
    rateFault(draft.perAssay) === undefined &&
    (draft.perCoin === '' || rateFault(draft.perCoin) === undefined);
  return (
    <Card title="Amounts in your money">
      <p className="mb-4 max-w-prose text-sm text-muted">
        Shown beside amounts of ASSAY and beside fees, at the rates you state. Nothing is fetched: this site asks no
        market for prices, and the rates stay in this browser.
      </p>
      <form
        className="grid items-start gap-3 sm:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isSound) setDisplayUnit({ ...draft, name: draft.name.trim() });
        }}
      >
        <TextInput
          label="Currency"
          value={draft.name}
          maxLength={MAX_UNIT_NAME}
          placeholder="EUR"
          onChange={(name) => change({ name })}
        />
        <TextInput
          label="One ASSAY is worth"
          inputMode="decimal"
          value={draft.perAssay}
          maxLength={40}
          placeholder="0.25"
          onChange={(perAssay) => change({ perAssay: perAssay.trim() })}
          {...faultOf(draft.perAssay)}
        />
        <TextInput
          label="One ETH is worth (optional)"
          inputMode="decimal"
          value={draft.perCoin}
          maxLength={40}
          placeholder="2500"
          onChange={(perCoin) => change({ perCoin: perCoin.trim() })}
          {...faultOf(draft.perCoin)}
        />
        <div className="flex flex-wrap gap-2 sm:col-span-3">
          <Button type="submit" disabled={!isSound}>
            Show amounts in it
          </Button>
          {unit !== undefined && (
            <Button
              variant="quiet"
              onClick={() => {
                setDisplayUnit(undefined);
                setDraft(NONE);
              }}
            >
              Do not show it
            </Button>
          )}
        </div>
      </form>
      <p role="status" className="mt-3 text-sm">
        {unit === undefined ? '' : `100 ASSAY ≈ ${inUnit(unit, EXAMPLE_WEI)}`}
      </p>
    </Card>
  );
}

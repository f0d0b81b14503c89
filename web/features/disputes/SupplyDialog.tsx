'use client';

import { type ReactNode, useState } from 'react';
import { Dialog } from '../../components/Dialog.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Field } from '../../components/Field.tsx';
import { formatNumber } from '../../lib/format.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import type { ClaimDetail, DemandRow } from './query.ts';

/** Reads the input from a file of the reader's and publishes the piece that is demanded. */
export function SupplyDialog({
  claim,
  demand,
  onClose,
}: {
  readonly claim: ClaimDetail;
  readonly demand: DemandRow;
  readonly onClose: () => void;
}): ReactNode {
  const { send } = useTransactions();
  const [problem, setProblem] = useState<Problem>();
  const read = async (file: File): Promise<void> => {
    const { MAX_FILE_BYTES, supplyPlan } = await import('./supply.ts');
    if (file.size > MAX_FILE_BYTES) {
      setProblem({ what: 'This file is too large', why: 'no input has its size', fix: 'Choose the saved answer.' });
      return;
    }
    const plan = supplyPlan(claim, demand, await file.text());
    onClose();
    await send(plan);
  };
  return (
    <Dialog open onClose={onClose} title={`Publish piece ${formatNumber(demand.leaf)} of the input`}>
      <div className="space-y-4 text-sm">
        <p>
          Choose the saved answer, or the input as a worker hands it out. It is checked here against the receipt; only
          the demanded piece of at most 1,024 bytes is published, for good.
        </p>
        <Field label="File with the input">
          {(control) => (
            <input
              {...control}
              type="file"
              accept="application/json,.json"
              className="block w-full text-sm"
              onChange={({ target }) => {
                const file = target.files?.[0];
                if (file !== undefined) void read(file).catch((error: unknown) => setProblem(problemOf(error)));
              }}
            />
          )}
        </Field>
        {problem !== undefined && <ErrorState problem={problem} />}
      </div>
    </Dialog>
  );
}

import { type ReactNode, useState } from 'react';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { InUnit } from '../../components/InUnit.tsx';
import { Select } from '../../components/Select.tsx';
import { formatAssay, shortHex } from '../../lib/format.ts';
import { readOutput } from '../../lib/inference/readOutput.ts';
import { isPermitted } from '../../lib/policy.ts';
import type { OfferRow } from './query.ts';
import { Scores } from './Scores.tsx';
import type { LocalModel } from './useLocalModel.ts';
import type { PaidAnswer, Stage } from './usePaidAnswer.ts';

const STAGES: Readonly<Record<Stage, string>> = {
  idle: '',
  signing: 'Waiting for your signature',
  asking: 'The worker computes',
  checking: 'Checking the answer here',
  done: '',
};

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'no address');

/** Asks a worker of the network, who is paid and signs what he says. */
export function NetworkCard({
  offers,
  model,
  slug,
  input,
  paid,
}: {
  readonly offers: readonly OfferRow[];
  readonly model: LocalModel | undefined;
  readonly slug: string;
  readonly input: Tensor | undefined;
  readonly paid: PaidAnswer;
}): ReactNode {
  const [chosen, setChosen] = useState<string | undefined>();
  const reachable = offers.filter(({ worker }) => isPermitted(worker.endpoint));
  const offer = reachable.find(({ worker }) => worker.id === chosen) ?? reachable[0];
  const isBusy = paid.stage !== 'idle' && paid.stage !== 'done';
  return (
    <Card title="On the network">
      <div className="space-y-4">
        <p className="text-sm text-muted">
          A staked worker computes it and signs a receipt. A false answer costs the worker stake, and you are refunded.
        </p>
        {offer === undefined ? (
          <p className="text-sm">
            {offers.length === 0
              ? 'No worker serves this version now.'
              : 'The workers of this version are not among your gateways: add one in the settings.'}
          </p>
        ) : (
          <>
            <Select
              label="Worker"
              value={offer.worker.id}
              options={reachable.map(({ worker, feeWei }) => ({
                value: worker.id,
                label: `${formatAssay(feeWei)} · ${hostOf(worker.endpoint)} · ${shortHex(worker.id)}`,
              }))}
              onChange={setChosen}
            />
            <Button
              variant="primary"
              busy={isBusy}
              disabled={model === undefined || input === undefined || isBusy}
              onClick={() => paid.ask(model!, slug, offer, input!)}
            >
              {BigInt(offer.feeWei) === 0n ? 'Ask for free' : `Pay ${formatAssay(offer.feeWei)} and ask`}
            </Button>
            <InUnit wei={offer.feeWei} />
          </>
        )}
        <p aria-live="polite" className="min-h-5 text-sm text-muted">
          {STAGES[paid.stage]}
          {paid.milliseconds !== undefined &&
            paid.stage === 'done' &&
            `Answered in ${Math.round(paid.milliseconds)} ms`}
        </p>
        {paid.answer !== undefined && model !== undefined && (
          <Scores label="The network says" reading={readOutput(model.program.output, paid.answer.output)} />
        )}
        {paid.problem !== undefined && <ErrorState problem={paid.problem} />}
      </div>
    </Card>
  );
}

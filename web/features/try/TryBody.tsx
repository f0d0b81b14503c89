'use client';

import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { toHex } from '../../../node/core/codec/hex.ts';
import { type Tensor, tensorBytes } from '../../../node/core/tensor/tensor.ts';
import { Card } from '../../components/Card.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { encodeValues, inputShapeOf } from '../../lib/inference/inputShape.ts';
import { readOutput } from '../../lib/inference/readOutput.ts';
import { problemOf } from '../../lib/problem.ts';
import { safeText } from '../../lib/safeText.ts';
import { InputCard } from './InputCard.tsx';
import { type LocalAnswer, LocalCard } from './LocalCard.tsx';
import type { OfferRow } from './query.ts';
import { type LocalModel, useLocalModel } from './useLocalModel.ts';
import { usePaidAnswer } from './usePaidAnswer.ts';
import { useSamples } from './useSamples.ts';
import { LEAD, TITLE } from './words.ts';

const ReceiptCard = later(
  () => import('./ReceiptCard.tsx').then((file) => file.ReceiptCard),
  <Skeleton className="h-80 w-full" />,
);

const NetworkCard = later(
  () => import('./NetworkCard.tsx').then((file) => file.NetworkCard),
  <Skeleton className="h-64 w-full" />,
);

const keyOf = (input: Tensor | undefined): string => (input === undefined ? '' : toHex(tensorBytes(input)));

/** A model to be tried: input, the answer of this browser, and the paid one. */
export function TryBody({
  slug,
  modelId,
  versionId,
  offers,
}: {
  readonly slug: string;
  readonly modelId: string;
  readonly versionId: string;
  readonly offers: readonly OfferRow[];
}): ReactNode {
  const local = useLocalModel(versionId);
  const paid = usePaidAnswer();
  const [given, setGiven] = useState<{ values: readonly number[]; drawn: boolean } | undefined>();
  const spec = local.model?.program.input;
  const shape = useMemo(() => (spec === undefined ? undefined : inputShapeOf(spec)), [spec]);
  const values = given?.values ?? Array.from({ length: shape?.elements ?? 0 }, () => Math.max(0, shape?.least ?? 0));
  const input = useMemo(
    () => (spec === undefined || given === undefined ? undefined : encodeValues(spec, given.values)),
    [spec, given],
  );
  const samples = useSamples(slug, shape?.elements ?? 0);
  const { answer, output } = useLocalAnswer(local.model, input);
  const isSame =
    paid.answer === undefined || output === undefined || keyOf(paid.answer.input) !== keyOf(input)
      ? undefined
      : keyOf(paid.answer.output) === keyOf(output);
  return (
    <>
      <PageHeader
        title={`${TITLE}: ${safeText(slug, 40)}`}
        lead={LEAD}
        back={{ href: `/model/?id=${modelId}`, label: 'The model' }}
      />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        {shape === undefined ? (
          <Card title="Your input">
            <Skeleton className="h-72 w-full" />
          </Card>
        ) : (
          <InputCard
            shape={shape}
            values={values}
            isDrawn={given?.drawn ?? false}
            samples={samples}
            onValues={(next, drawn) => {
              setGiven(next.every((value) => value === Math.max(0, shape.least)) ? undefined : { values: next, drawn });
              if (paid.stage === 'done' || paid.problem !== undefined) paid.clear();
            }}
          />
        )}
        <div className="space-y-6">
          <LocalCard state={local} answer={answer} isEmpty={given === undefined} />
          <NetworkCard offers={offers} model={local.model} slug={slug} input={input} paid={paid} />
        </div>
        {paid.answer !== undefined && (
          <div className="lg:col-span-2">
            <ReceiptCard paid={paid} answer={paid.answer} sameAsHere={isSame} />
          </div>
        )}
      </div>
    </>
  );
}

/** Computes whenever the input changes; an answer that comes late is for nobody. */
function useLocalAnswer(
  model: LocalModel | undefined,
  input: Tensor | undefined,
): { readonly answer: LocalAnswer; readonly output: Tensor | undefined } {
  const [found, setFound] = useState<{ answer: LocalAnswer; output: Tensor | undefined }>({
    answer: {},
    output: undefined,
  });
  useEffect(() => {
    if (model === undefined || input === undefined) return setFound({ answer: {}, output: undefined });
    let isOver = false;
    model.engine.run(input).then(
      ({ output, milliseconds }) => {
        if (!isOver) setFound({ answer: { reading: readOutput(model.program.output, output), milliseconds }, output });
      },
      (error: unknown) => {
        if (!isOver) setFound({ answer: { problem: problemOf(error) }, output: undefined });
      },
    );
    return () => {
      isOver = true;
    };
  }, [model, input]);
  return found;
}

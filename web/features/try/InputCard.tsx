import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { CONTROL, Field } from '../../components/Field.tsx';
import { NumberInput } from '../../components/NumberInput.tsx';
import { type Tab, Tabs } from '../../components/Tabs.tsx';
import { formatNumber } from '../../lib/format.ts';
import { type InputShape, parseValues } from '../../lib/inference/inputShape.ts';
import { DrawingPad } from './DrawingPad.tsx';
import { PixelGrid } from './PixelGrid.tsx';
import type { Sample } from './useSamples.ts';

/** More fields than this nobody fills in one by one. */
const MOST_FIELDS = 64;

export interface InputCardProps {
  readonly shape: InputShape;
  readonly values: readonly number[];
  /** Values that did not come from the pad wipe it. */
  readonly isDrawn: boolean;
  readonly samples: readonly Sample[];
  onValues(values: readonly number[], drawn: boolean): void;
}

/** An input as the model's own metadata asks for it: drawn, picked, typed, or pasted. */
export function InputCard(props: InputCardProps): ReactNode {
  const { shape, values, isDrawn, samples, onValues } = props;
  const { picture, least, most, elements } = shape;
  const empty = Array.from({ length: elements }, () => Math.max(0, least));
  const tabs: Tab[] = [
    ...(picture === undefined
      ? []
      : [
          {
            id: 'draw',
            label: 'Draw',
            panel: (
              <div className="grid grid-cols-2 gap-4">
                <DrawingPad
                  cells={picture.width}
                  least={Math.max(0, least)}
                  most={most}
                  isEmpty={!isDrawn}
                  onValues={(drawn) => onValues(drawn, true)}
                  onClear={() => onValues(empty, false)}
                />
                <div className="space-y-2">
                  <PixelGrid
                    width={picture.width}
                    values={values}
                    least={Math.max(0, least)}
                    most={most}
                    onValues={(next) => onValues(next, isDrawn)}
                  />
                  <p className="text-sm text-muted">What the model sees</p>
                </div>
              </div>
            ),
          },
        ]),
    ...(elements <= MOST_FIELDS ? [{ id: 'numbers', label: 'Numbers', panel: <Numbers {...props} /> }] : []),
    { id: 'list', label: 'List', panel: <List {...props} /> },
  ];
  return (
    <Card title="Your input">
      <div className="space-y-4">
        <Tabs label="Ways to give the input" tabs={tabs} />
        {samples.length > 0 && (
          <div className="space-y-2">
            <p className="text-sm text-muted">Real examples that the model has not been trained on</p>
            <div className="flex flex-wrap gap-1.5">
              {samples.map((sample, i) => (
                <Button
                  // biome-ignore lint/suspicious/noArrayIndexKey: samples never move
                  key={i}
                  size="small"
                  variant="secondary"
                  aria-label={`Use a real ${sample.label}`}
                  onClick={() => onValues(sample.values, false)}
                >
                  {sample.label}
                </Button>
              ))}
            </div>
          </div>
        )}
      </div>
    </Card>
  );
}

const within = ({ least, most }: InputShape): string => `${formatNumber(least, 3)} to ${formatNumber(most, 3)}`;

function Numbers({ shape, values, onValues }: InputCardProps): ReactNode {
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  return (
    <div className="space-y-3">
      <p className="text-sm text-muted">
        Each between {within(shape)}; what lies beyond counts as the end of the range.
      </p>
      <div className="grid max-h-80 grid-cols-2 gap-3 overflow-y-auto sm:grid-cols-4">
        {values.map((value, i) => {
          const text = typed[i] ?? String(value);
          const isNumber = text.trim() !== '' && Number.isFinite(Number(text));
          return (
            <NumberInput
              // biome-ignore lint/suspicious/noArrayIndexKey: a value is its place
              key={i}
              label={String(i + 1)}
              value={text}
              {...(isNumber ? {} : { error: 'No number' })}
              onChange={(next) => {
                setTyped((old) => ({ ...old, [i]: next }));
                if (next.trim() === '' || !Number.isFinite(Number(next))) return;
                onValues(
                  values.map((old, k) => (k === i ? Number(next) : old)),
                  false,
                );
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

function List({ shape, values, onValues }: InputCardProps): ReactNode {
  const [text, setText] = useState<string | undefined>();
  const error =
    text !== undefined && parseValues(text, shape.elements) === undefined
      ? `Give ${shape.elements} numbers, separated by commas or spaces.`
      : undefined;
  return (
    <Field
      label={`${shape.elements} numbers`}
      hint={`Each between ${within(shape)}. Paste a row of a table, or a JSON list.`}
      {...(error === undefined ? {} : { error })}
    >
      {(control) => (
        <textarea
          {...control}
          rows={6}
          spellCheck={false}
          className={`${CONTROL} font-mono text-sm`}
          value={text ?? values.join(', ')}
          onChange={(event) => {
            setText(event.target.value);
            const read = parseValues(event.target.value, shape.elements);
            if (read !== undefined) onValues(read, false);
          }}
        />
      )}
    </Field>
  );
}

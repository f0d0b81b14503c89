import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { formatNumber } from '../../lib/format.ts';

const STEPS = 4;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What the model sees, cell by cell. Arrow keys move, space darkens, delete empties: drawing without a pointer. */
export function PixelGrid({
  width,
  values,
  least,
  most,
  onValues,
}: {
  readonly width: number;
  readonly values: readonly number[];
  readonly least: number;
  readonly most: number;
  readonly onValues: (values: readonly number[]) => void;
}): ReactNode {
  const [at, setAt] = useState(0);
  const cells = useRef<(HTMLButtonElement | null)[]>([]);
  const height = values.length / width;
  const set = (index: number, value: number): void => onValues(values.map((old, i) => (i === index ? value : old)));
  const darken = (index: number): void => {
    const next = values[index]! + (most - least) / STEPS;
    set(index, next > most + 1e-9 ? least : next);
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    const move = ARROWS[event.key];
    if (move !== undefined) {
      const x = Math.min(width - 1, Math.max(0, (index % width) + move[0]));
      const y = Math.min(height - 1, Math.max(0, Math.floor(index / width) + move[1]));
      setAt(y * width + x);
      cells.current[y * width + x]?.focus();
    } else if (event.key === 'Delete' || event.key === 'Backspace') set(index, least);
    else return;
    event.preventDefault();
  };
  return (
    <fieldset
      className="grid aspect-square w-full gap-px overflow-hidden rounded-lg border border-line bg-line"
      style={{ gridTemplateColumns: `repeat(${width}, 1fr)` }}
    >
      <legend className="sr-only">
        What the model sees, {width} by {height} cells. Arrow keys move, space darkens a cell, delete empties it.
      </legend>
      {values.map((value, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          key={index}
          ref={(element) => {
            cells.current[index] = element;
          }}
          type="button"
          tabIndex={index === at ? 0 : -1}
          aria-label={`Row ${Math.floor(index / width) + 1}, column ${(index % width) + 1}: ${formatNumber(value)}`}
          className="relative bg-raised focus-visible:z-10"
          onFocus={() => setAt(index)}
          onClick={() => darken(index)}
          onKeyDown={(event) => onKey(event, index)}
        >
          <span
            aria-hidden
            className="absolute inset-0 bg-ink"
            style={{ opacity: Math.min(1, Math.max(0, (value - least) / (most - least || 1))) }}
          />
        </button>
      ))}
    </fieldset>
  );
}

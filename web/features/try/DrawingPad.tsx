import { type PointerEvent, type ReactNode, useEffect, useRef } from 'react';
import { Button } from '../../components/Button.tsx';
import { cellsOf } from './picture.ts';

const SIDE = 256;
/** Of the pad's side: as thick as a pen in the data's frames. */
const BRUSH = 0.11;

/**
 * Draw with mouse, pen or finger. What it gives is the model's own picture: cropped, centred and reduced to its cells.
 * The grid beside it does the same by keyboard.
 */
export function DrawingPad({
  cells,
  least,
  most,
  isEmpty,
  onValues,
  onClear,
}: {
  readonly cells: number;
  readonly least: number;
  readonly most: number;
  /** The input was cleared or came from elsewhere: the strokes go. */
  readonly isEmpty: boolean;
  readonly onValues: (values: readonly number[]) => void;
  readonly onClear: () => void;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<{ x: number; y: number } | undefined>(undefined);
  useEffect(() => {
    if (isEmpty) canvas.current?.getContext('2d')?.clearRect(0, 0, SIDE, SIDE);
  }, [isEmpty]);

  const at = (event: PointerEvent): { x: number; y: number } => {
    const frame = event.currentTarget.getBoundingClientRect();
    return {
      x: ((event.clientX - frame.left) / frame.width) * SIDE,
      y: ((event.clientY - frame.top) / frame.height) * SIDE,
    };
  };
  const stroke = (to: { x: number; y: number }): void => {
    const context = canvas.current?.getContext('2d');
    if (context == null) return;
    const from = last.current ?? to;
    context.strokeStyle = getComputedStyle(canvas.current!).color;
    context.lineWidth = SIDE * BRUSH;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x + 0.01, to.y);
    context.stroke();
    last.current = to;
  };
  const read = (): void => {
    const pixels = canvas.current?.getContext('2d')?.getImageData(0, 0, SIDE, SIDE).data;
    if (pixels === undefined) return;
    const ink = Float32Array.from({ length: SIDE * SIDE }, (_, i) => pixels[4 * i + 3]! / 255);
    onValues(cellsOf({ side: SIDE, ink }, cells, least, most));
  };
  const end = (): void => {
    if (last.current === undefined) return;
    last.current = undefined;
    read();
  };

  return (
    <div className="relative space-y-2">
      {isEmpty && (
        <p aria-hidden className="pointer-events-none absolute inset-x-0 top-3 text-center text-sm text-muted">
          Draw here
        </p>
      )}
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        aria-label="Drawing pad: draw with mouse, pen or finger. By keyboard use the grid of cells."
        role="img"
        data-testid="drawing-pad"
        className="aspect-square w-full touch-none rounded-lg border border-line-strong bg-raised text-ink"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          stroke(at(event));
        }}
        onPointerMove={(event) => {
          if (last.current !== undefined) stroke(at(event));
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <Button
        size="small"
        variant="quiet"
        onClick={() => {
          canvas.current?.getContext('2d')?.clearRect(0, 0, SIDE, SIDE);
          onClear();
        }}
      >
        Clear
      </Button>
    </div>
  );
}

import type { ReactNode } from 'react';

const SIZE = 5;
const TONES = ['fill-chart-1', 'fill-chart-2', 'fill-chart-3', 'fill-chart-4', 'fill-chart-5'] as const;

/** Bits of an address without its prefix, as a picture that is the same left and right. */
function cellsOf(address: string): readonly (readonly [number, number])[] {
  const digits = address.slice(2).toLowerCase();
  const half = Math.ceil(SIZE / 2);
  return Array.from({ length: SIZE * half }, (_, at) => at)
    .filter((at) => Number.parseInt(digits[at] ?? '0', 16) % 2 === 1)
    .flatMap((at) => {
      const [x, y] = [at % half, Math.floor(at / half)];
      return x === SIZE - 1 - x
        ? ([[x, y]] as const)
        : ([
            [x, y],
            [SIZE - 1 - x, y],
          ] as const);
    });
}

/** A small picture that tells addresses apart at a glance. It proves nothing: short hashes can be imitated. */
export function Identicon({
  address,
  className = 'size-4',
}: {
  readonly address: string;
  readonly className?: string;
}): ReactNode {
  const tone = TONES[Number.parseInt(address.slice(-2), 16) % TONES.length] ?? TONES[0];
  return (
    <svg aria-hidden viewBox="-1 -1 7 7" className={`hallmark shrink-0 bg-sunken ${tone} ${className}`}>
      {cellsOf(address).map(([x, y]) => (
        <rect key={`${x}${y}`} x={x} y={y} width="1" height="1" />
      ))}
    </svg>
  );
}

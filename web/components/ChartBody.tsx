import type { ReactNode } from 'react';
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Legend,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { ChartProps } from './Chart.tsx';

const AXIS = { stroke: 'var(--line-strong)', tick: { fill: 'var(--muted)', fontSize: 11 }, tickLine: false } as const;
const TOOLTIP = {
  background: 'var(--raised)',
  border: '1px solid var(--line)',
  borderRadius: 6,
  color: 'var(--ink)',
  fontSize: 12,
} as const;

/** The drawing; import {@link Chart} instead. */
export function ChartBody({ kind, points, xKey, series, formatX, formatY, stacked }: ChartProps): ReactNode {
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={[...points]} margin={{ top: 4, right: 8, bottom: 0, left: 0 }}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey={xKey} tickFormatter={formatX} minTickGap={24} {...AXIS} />
        <YAxis tickFormatter={formatY} width="auto" {...AXIS} />
        <Tooltip
          contentStyle={TOOLTIP}
          labelFormatter={(x) => formatX(Number(x))}
          formatter={(y) => formatY(Number(y))}
          isAnimationActive={false}
        />
        {series.length > 1 && <Legend iconType="plainline" wrapperStyle={{ fontSize: 12 }} />}
        {series.map(({ key, label }, at) => mark(kind, key, label, `var(--chart-${(at % 5) + 1})`, stacked === true))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function mark(kind: ChartProps['kind'], key: string, label: string, colour: string, stacked: boolean): ReactNode {
  const shared = { dataKey: key, name: label, isAnimationActive: false, ...(stacked ? { stackId: 'all' } : {}) };
  if (kind === 'bar') return <Bar key={key} {...shared} fill={colour} maxBarSize={28} />;
  if (kind === 'area')
    return <Area key={key} {...shared} type="linear" stroke={colour} fill={colour} fillOpacity={0.16} />;
  return <Line key={key} {...shared} type="linear" stroke={colour} strokeWidth={1.75} dot={false} />;
}

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const MONITORING = resolve(import.meta.dirname, '../../deploy/monitoring');
const read = (name: string): string => readFileSync(join(MONITORING, name), 'utf8');

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
interface Panel {
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets: readonly { readonly expr: string }[];
}

const { groups } = parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] };
export const RULES: readonly Rule[] = groups.flatMap((group) => group.rules);
export const { panels: PANELS } = JSON.parse(read('dashboard.json')) as { readonly panels: readonly Panel[] };
/** Every query of alerts and dashboard, with where it stands. */
export const QUERIES: readonly (readonly [where: string, expression: string])[] = [
  ...RULES.map(({ alert, expr }) => [alert, expr] as const),
  ...PANELS.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

export type Series = ReadonlyMap<string, ReadonlySet<string>>;

/** Series that one exposition in Prometheus' text format gives: names with the labels each may have. */
export function seriesOf(text: string): Series {
  const series = new Map<string, Set<string>>();
  for (const [, name, labels] of text.matchAll(/^([a-z_:][\w:]*)(?:\{(.*)\})? \S+$/gim)) {
    const known = series.get(name!) ?? new Set(['job', 'instance']);
    for (const [, label] of (labels ?? '').matchAll(/(\w+)="/g)) known.add(label!);
    series.set(name!, known);
  }
  return series.set('up', new Set(['job', 'instance']));
}

/** Metrics, and labels of them, that a query names and the series do not have. */
export function unknownIn(expression: string, series: Series): string[] {
  const named = expression.matchAll(/\b((?:assay|process|nodejs)_\w+|up)\b(?:\{([^}]*)\})?/g);
  return [...named].flatMap(([, name, labels]) => {
    const known = series.get(name!);
    if (known === undefined) return [name!];
    const asked = [...(labels ?? '').matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map((match) => match[1]!);
    return asked.filter((label) => !known.has(label)).map((label) => `${name}{${label}}`);
  });
}

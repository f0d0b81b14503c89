import { safeText } from '../../lib/safeText.ts';

/** A model card: Hugging Face's front matter, and the text behind it. Every part was written by a stranger. */
export interface Card {
  readonly body: string;
  /** `pipeline_tag`: what the model does, as Hugging Face names tasks. */
  readonly task?: string;
  readonly tags: readonly string[];
  readonly datasets: readonly string[];
  /** `model-index`: measurements as the author states them. */
  readonly results: readonly CardMeasurement[];
  /** First paragraph of the text, for lists. */
  readonly summary: string;
}

export interface CardMeasurement {
  readonly metric: string;
  readonly value: string;
  readonly dataset: string;
}

export const MAX_CARD_BYTES = 512 * 1024;
const MAX_WORD = 60;
const MAX_WORDS = 16;
const MAX_SUMMARY = 240;

const unquote = (text: string): string => text.trim().replace(/^(['"])(.*)\1$/, '$2');
const word = (text: string): string => safeText(unquote(text), MAX_WORD);

/** The few forms that cards use: `key: value`, `key: [a, b]`, and a dashed list below its key. */
function frontMatter(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let last: string[] = [];
  for (const line of lines.slice(0, 200)) {
    const entry = /^([\w-]{1,40}):\s*(.*)$/.exec(line);
    const item = /^\s*-\s+(.+)$/.exec(line);
    if (entry !== null) {
      const list = /^\[(.*)\]$/.exec(entry[2]!);
      const text = list === null ? [entry[2]!] : list[1]!.split(',');
      last = text.map(word).filter((value) => value !== '');
      found.set(entry[1]!, last);
    } else if (item !== null) last.push(word(item[1]!));
  }
  return found;
}

/** Metrics of Hugging Face's `model-index`: each has a type and a value, and belongs to the data set named before it. */
function measurements(lines: readonly string[]): readonly CardMeasurement[] {
  const start = lines.findIndex((line) => line.startsWith('model-index:'));
  const found: CardMeasurement[] = [];
  let [dataset, metric, part] = ['', '', ''];
  for (const line of start === -1 ? [] : lines.slice(start + 1, start + 200)) {
    if (/^\S/.test(line) && !line.startsWith('-')) break;
    const entry = /^\s*(?:-\s+)?(task|dataset|metrics|type|name|value):\s*(.*)$/.exec(line);
    if (entry === null) continue;
    const [, key, text] = entry as unknown as [string, string, string];
    if (text === '') part = key;
    else if (part === 'dataset' && key === 'name') dataset = word(text);
    else if (part === 'metrics' && (key === 'type' || key === 'name')) metric = word(text);
    else if (part === 'metrics' && key === 'value' && found.length < MAX_WORDS)
      found.push({ metric, value: word(text), dataset });
  }
  return found;
}

const plain = (paragraph: string): string =>
  paragraph
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`>]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

function summaryOf(body: string): string {
  const paragraph = body.split(/\n\s*\n/).find((part) => part.trim() !== '' && !/^\s*(#|\||```|---|<)/.test(part));
  return safeText(plain((paragraph ?? '').slice(0, 2000)), MAX_SUMMARY);
}

/** Reads a card. Anything unexpected is left out; nothing throws. */
export function parseCard(text: string): Card {
  const clean = text.replaceAll('\r\n', '\n');
  const matter = /^---\n([\s\S]*?)\n---\s*(?:\n|$)/.exec(clean);
  const body = clean.slice(matter?.[0].length ?? 0).trim();
  const entries = frontMatter(matter?.[1]?.split('\n') ?? []);
  const task = entries.get('pipeline_tag')?.[0];
  return {
    body,
    ...(task === undefined ? {} : { task }),
    // Authors tend to repeat the task among the tags.
    tags: [...new Set(entries.get('tags') ?? [])].filter((tag) => tag !== task).slice(0, MAX_WORDS),
    datasets: (entries.get('datasets') ?? []).slice(0, MAX_WORDS),
    results: measurements(matter?.[1]?.split('\n') ?? []),
    summary: summaryOf(body),
  };
}

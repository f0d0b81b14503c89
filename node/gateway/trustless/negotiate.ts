import type { DagScope } from '../../ports/Store.ts';
import { RequestMalformed } from '../errors.ts';
import { FormatNotOffered } from './errors.ts';

export const RAW_TYPE = 'application/vnd.ipld.raw';
export const CAR_TYPE = 'application/vnd.ipld.car';

/** What a client asked for, in the terms of the trustless gateway specification. */
export type Wanted = { readonly format: 'raw' } | { readonly format: 'car'; readonly scope: DagScope };

/** The parts of a request that decide the form of its answer. */
export interface Wishes {
  query(name: string): string | undefined;
  readonly accept: string | undefined;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const SCOPES: readonly string[] = ['block', 'entity', 'all'];

/**
 * Chooses the response format; `format` beats `Accept` (IPIP-0523).
 * @throws {RequestMalformed} no format, an unknown one, or a parameter with an unknown value
 * @throws {FormatNotOffered}
 */
export function negotiate(wishes: Wishes): Wanted {
  const format = wishes.query('format');
  const ranges = acceptedRanges(wishes);
  if (format === 'raw') return { format };
  if (format === 'car')
    return carWith(wishes, ranges.find(({ type }) => type === CAR_TYPE)?.parameters ?? asked(wishes));
  if (format !== undefined)
    throw new RequestMalformed(`format is ${JSON.stringify(format.slice(0, 40))}`, 'Use format=raw or format=car.');
  const range = ranges.find(
    ({ type, parameters }) => type === RAW_TYPE || (type === CAR_TYPE && isOffered(parameters)),
  );
  if (range !== undefined) return range.type === RAW_TYPE ? { format: 'raw' } : carWith(wishes, range.parameters);
  if (ranges.every(({ type }) => type === '*/*'))
    throw new RequestMalformed(
      'it names no format, and this gateway gives verifiable bytes only',
      'Add ?format=raw (one block) or ?format=car (everything).',
    );
  throw new FormatNotOffered(`Accept is ${JSON.stringify(wishes.accept?.slice(0, 120))}`);
}

function carWith(wishes: Wishes, parameters: ReadonlyMap<string, string>): Wanted {
  if (!isOffered(parameters))
    throw new FormatNotOffered(
      `a CAR with ${[...parameters]
        .map(([name, value]) => `${name}=${value}`)
        .join('; ')
        .slice(0, 120)} is asked for`,
    );
  if (wishes.query('entity-bytes') !== undefined)
    throw new RequestMalformed(
      'entity-bytes is not supported',
      'Ask for the whole entity, or for single blocks with format=raw.',
    );
  const scope = wishes.query('dag-scope') ?? 'all';
  if (!SCOPES.includes(scope))
    throw new RequestMalformed(
      `dag-scope is ${JSON.stringify(scope.slice(0, 40))}`,
      `Use one of ${SCOPES.join(', ')}.`,
    );
  return { format: 'car', scope: scope as DagScope };
}

/** The CAR parameters in the query, which beat those of the media type. */
const asked = (wishes: Wishes): ReadonlyMap<string, string> =>
  new Map(
    ['version', 'order', 'dups'].flatMap((name): [string, string][] => {
      const value = wishes.query(`car-${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** What every CAR of ours is: version 1, depth first, no duplicates. `unk` means that any order will do. */
const isOffered = (parameters: ReadonlyMap<string, string>): boolean =>
  ['1', undefined].includes(parameters.get('version')) &&
  ['dfs', 'unk', undefined].includes(parameters.get('order')) &&
  ['n', undefined].includes(parameters.get('dups'));

/** Media ranges of the Accept header by falling quality (RFC 9110, 12.5.1); refused ones (q=0) are left out. */
function acceptedRanges(wishes: Wishes): readonly MediaRange[] {
  return (wishes.accept ?? '')
    .split(',')
    .slice(0, 32)
    .map((text) => parseRange(text, asked(wishes)))
    .filter(({ type, quality }) => type !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseRange(text: string, asked: ReadonlyMap<string, string>): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim(), value.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
  const quality = Number(parameters.get('q') ?? '1');
  return { type, parameters: new Map([...parameters, ...asked]), quality: Number.isNaN(quality) ? 0 : quality };
}

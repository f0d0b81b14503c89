/** What a query asks of one entity: by the name it will have in the answer, the field and what is asked of it in turn. */
export type Selection = ReadonlyMap<string, SelectedField>;

export interface SelectedField {
  readonly field: string;
  /** Undefined for a value. */
  readonly selection?: Selection;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|\.\.\.|[{}()[\]:$!=]|[^\s{}()[\]:$!=,"]+/g;

/**
 * Reads what our own queries select: fields, aliases, arguments (skipped) and fragments by name. The queries are part of
 * this site, so nothing here is checked that GraphQL would refuse anyway.
 */
export function selectionOf(query: string): Selection {
  const tokens = query.match(TOKEN) ?? [];
  const fragments = new Map<string, readonly Entry[]>();
  let root: readonly Entry[] = [];
  let at = 0;
  const skipTo = (token: string): void => {
    while (tokens[at] !== token) at++;
  };
  const skipArguments = (): void => {
    for (let depth = 0; ; at++) {
      if (tokens[at] === '(') depth++;
      if (tokens[at] === ')' && --depth === 0) break;
    }
    at++;
  };
  const entries = (): readonly Entry[] => {
    const found: Entry[] = [];
    for (at++; tokens[at] !== '}'; ) {
      if (tokens[at] === '...') {
        found.push({ fragment: tokens[at + 1]! });
        at += 2;
        continue;
      }
      const name = tokens[at++]!;
      const isAlias = tokens[at] === ':';
      const field = isAlias ? tokens[at + 1]! : name;
      if (isAlias) at += 2;
      if (tokens[at] === '(') skipArguments();
      found.push({ name, field, ...(tokens[at] === '{' ? { entries: entries() } : {}) });
    }
    at++;
    return found;
  };
  while (at < tokens.length) {
    const name = tokens[at] === 'fragment' ? tokens[at + 1] : undefined;
    skipTo('{');
    if (name === undefined) root = entries();
    else fragments.set(name, entries());
  }
  const spread = (list: readonly Entry[]): Selection =>
    new Map(
      list.flatMap((entry): (readonly [string, SelectedField])[] => {
        if ('fragment' in entry) return [...spread(fragments.get(entry.fragment) ?? [])];
        const { name, field, entries: inner } = entry;
        return [[name, inner === undefined ? { field } : { field, selection: spread(inner) }]];
      }),
    );
  return spread(root);
}

type Entry =
  | { readonly fragment: string }
  | { readonly name: string; readonly field: string; readonly entries?: readonly Entry[] };

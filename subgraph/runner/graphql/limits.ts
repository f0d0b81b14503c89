import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import type { Deadline } from './deadline.ts';
import { QueryError } from './queryError.ts';

const MAX_DEPTH = 25;
/** Selected fields, with fragments written out. */
const MAX_FIELDS = 5_000;
export const MAX_TOKENS = 10_000;
/** Rows and statements that one request may cost. */
const MAX_ROWS = 200_000;
const MAX_STATEMENTS = 20_000;
/** Characters of an answer. */
export const MAX_ANSWER = 16 * 2 ** 20;

/**
 * Refuses documents that are too deep or, with their fragments written out, too large. Runs before validation, whose
 * cost grows with the document, and so before fragment cycles are known to be absent.
 * @throws QueryError
 */
export function checkShape(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  let fields = 0;
  const visit = (set: SelectionSetNode, depth: number, open: ReadonlySet<string>): void => {
    if (depth > MAX_DEPTH) throw new QueryError(`the query is nested more than ${MAX_DEPTH} deep`);
    for (const node of set.selections) {
      fields += 1;
      if (fields > MAX_FIELDS) throw new QueryError(`the query selects more than ${MAX_FIELDS} fields`);
      if (node.kind === Kind.FRAGMENT_SPREAD) {
        const name = node.name.value;
        const fragment = fragments.get(name);
        // Validation names cycles and unknown fragments.
        if (fragment !== undefined && !open.has(name)) visit(fragment.selectionSet, depth, new Set([...open, name]));
      } else if (node.selectionSet !== undefined)
        visit(node.selectionSet, node.kind === Kind.FIELD ? depth + 1 : depth, open);
    }
  };
  for (const node of document.definitions)
    if (node.kind === Kind.OPERATION_DEFINITION) visit(node.selectionSet, 1, new Set());
}

/** What a request has cost so far. */
export class Budget {
  readonly #deadline: Deadline;
  #rows = 0;
  #statements = 0;

  constructor(deadline: Deadline) {
    this.#deadline = deadline;
  }

  /** @throws QueryError */
  spend(rows: number): void {
    this.#deadline.check();
    this.#statements += 1;
    this.#rows += rows;
    if (this.#rows > MAX_ROWS) throw new QueryError(`the query reads more than ${MAX_ROWS} entities`);
    if (this.#statements > MAX_STATEMENTS) throw new QueryError(`the query needs more than ${MAX_STATEMENTS} look-ups`);
  }
}

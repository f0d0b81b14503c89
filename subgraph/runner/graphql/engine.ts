import type { DatabaseSync } from 'node:sqlite';
import {
  buildSchema,
  type DocumentNode,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  parse,
  recommendedRules,
  specifiedRules,
  validate,
} from 'graphql';
import type { EntityType, Schema } from '../schema/schema.ts';
import { getMeta } from '../store/database.ts';
import { Deadline } from './deadline.ts';
import { checkShape, MAX_TOKENS } from './limits.ts';
import { pluralName, singularName } from './names.ts';
import { QueryError } from './queryError.ts';
import { Reader, resolveField, Statements } from './resolve.ts';
import { queryValue, teachScalars } from './scalars.ts';
import { apiSchema } from './sdl.ts';
import type { ListArguments } from './select.ts';

export interface QueryRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | null;
  readonly operationName?: string | null;
}

interface BlockHeight {
  readonly hash?: string | null;
  readonly number?: number | null;
  readonly number_gte?: number | null;
}

interface BlockRow {
  readonly number: number;
  readonly hash: string;
  readonly parent: string;
  readonly timestamp: number;
}

const MAX_QUERY = 100_000;
const MAX_KNOWN = 200;
/** Longer documents are read anew each time: two hundred of the longest would take all memory. */
const MAX_KNOWN_QUERY = 20_000;
/** What a request may take. */
export const QUERY_MS = 5_000;

/** Answers GraphQL requests from one database. */
export class QueryEngine {
  readonly #db: DatabaseSync;
  readonly #schema: Schema;
  readonly #api: GraphQLSchema;
  readonly #statements: Statements;
  readonly #deadline: Deadline;
  readonly #root: Readonly<Record<string, unknown>>;
  /** Documents that passed validation: pages ask the same again and again. */
  readonly #known = new Map<string, DocumentNode>();

  constructor(db: DatabaseSync, schema: Schema, milliseconds = QUERY_MS) {
    this.#db = db;
    this.#schema = schema;
    this.#api = buildSchema(apiSchema(schema));
    teachScalars(this.#api);
    this.#statements = new Statements(db);
    this.#deadline = new Deadline(db, milliseconds);
    this.#root = this.#resolvers();
  }

  /** The API schema in the schema language. */
  get sdl(): string {
    return apiSchema(this.#schema);
  }

  /** Never throws: what is wrong is in `errors`. */
  run(request: QueryRequest): FormattedExecutionResult {
    this.#deadline.start();
    try {
      const document = this.#document(request.query);
      return this.#execute(document, request);
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error.toJSON()] };
      if (error instanceof Invalid) return { errors: error.errors.map((one) => one.toJSON()) };
      throw error;
    }
  }

  #document(query: string): DocumentNode {
    const known = this.#known.get(query);
    if (known !== undefined) return known;
    if (query.length > MAX_QUERY) throw new QueryError(`a query may have ${MAX_QUERY} characters at most`);
    const document = parse(query, { maxTokens: MAX_TOKENS });
    checkShape(document);
    const errors = validate(this.#api, document, [...new Set([...specifiedRules, ...recommendedRules])], {
      maxErrors: 20,
    });
    if (errors.length > 0) throw new Invalid(errors);
    if (query.length > MAX_KNOWN_QUERY) return document;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(query, document);
    return document;
  }

  #execute(document: DocumentNode, request: QueryRequest): FormattedExecutionResult {
    // All reads of a request see one state.
    const own = !this.#db.isTransaction;
    if (own) this.#db.exec('BEGIN');
    try {
      const result = execute({
        schema: this.#api,
        document,
        rootValue: this.#root,
        contextValue: new Reader(this.#schema, this.#statements, this.#deadline),
        variableValues: request.variables ?? {},
        operationName: request.operationName ?? null,
        fieldResolver: (source, args, context, info) =>
          source === this.#root
            ? (this.#root[info.fieldName] as Resolver)(args, context as Reader)
            : resolveField(source, args, context as Reader, info),
        options: { maxCoercionErrors: 20 },
      });
      if (result instanceof Promise) throw new TypeError('a resolver was asynchronous');
      return format(result as { data?: Record<string, unknown> | null; errors?: readonly GraphQLError[] });
    } finally {
      if (own) this.#db.exec('COMMIT');
    }
  }

  #resolvers(): Record<string, unknown> {
    const root: Record<string, Resolver> = {
      _meta: (args) => this.#meta(args['block'] as BlockHeight | null | undefined),
    };
    for (const type of this.#schema.entities.values()) {
      root[singularName(type.name)] = (args, reader) => this.#one(type, args, reader);
      root[pluralName(type.name)] = (args, reader) =>
        reader.list(type, args as ListArguments, this.#historic(args['block'] as BlockHeight | null | undefined));
    }
    return root;
  }

  #one(type: EntityType, args: Readonly<Record<string, unknown>>, reader: Reader): unknown {
    const block = this.#historic(args['block'] as BlockHeight | null | undefined);
    return reader.one(type, queryValue(type.stored[0]!.scalar, args['id']), block);
  }

  #tip(): BlockRow | undefined {
    return this.#statements.prepare('SELECT * FROM blocks ORDER BY number DESC LIMIT 1').get() as BlockRow | undefined;
  }

  /** @returns the block to read at; undefined for the last one. @throws QueryError */
  #historic(height: BlockHeight | null | undefined): number | undefined {
    const block = this.#resolveBlock(height);
    return block === undefined || block.number === this.#tip()?.number ? undefined : block.number;
  }

  #resolveBlock(height: BlockHeight | null | undefined): { number: number; hash: string | null } | undefined {
    const given = Object.entries(height ?? {}).filter(([, value]) => value !== null && value !== undefined);
    if (given.length === 0) return undefined;
    if (given.length > 1) throw new QueryError('`block` takes one of `hash`, `number` and `number_gte`');
    const tip = this.#tip();
    const { hash, number, number_gte: least } = height!;
    if (typeof hash === 'string') return this.#byHash(hash);
    const wanted = (number ?? least)!;
    if (wanted < 0 || tip === undefined || wanted > tip.number)
      throw new QueryError(
        `Failed to decode \`block.number\` value: the index has only come to block ${tip?.number ?? 'none'}, and data for block number ${wanted} is therefore not yet available`,
      );
    if (number === null || number === undefined) return undefined;
    const row = this.#statements.prepare('SELECT * FROM blocks WHERE number = ?').get(wanted) as BlockRow | undefined;
    return { number: wanted, hash: row?.hash ?? null };
  }

  #byHash(hash: string): { number: number; hash: string } {
    const row = this.#statements.prepare('SELECT * FROM blocks WHERE hash = ?').get(queryValue('Bytes', hash)) as
      | BlockRow
      | undefined;
    if (row === undefined)
      throw new QueryError('Failed to decode `block.hash` value: the index has no block with this hash');
    return { number: row.number, hash: row.hash };
  }

  #meta(height: BlockHeight | null | undefined): unknown {
    const asked = this.#resolveBlock(height);
    const row = (
      asked === undefined
        ? this.#tip()
        : this.#statements.prepare('SELECT * FROM blocks WHERE number = ?').get(asked.number)
    ) as BlockRow | undefined;
    return {
      deployment: getMeta(this.#db, 'deployment') ?? '',
      hasIndexingErrors: getMeta(this.#db, 'failure') !== undefined,
      block: {
        number: row?.number ?? asked?.number ?? 0,
        hash: row?.hash ?? null,
        parentHash: row?.parent ?? null,
        timestamp: row?.timestamp ?? null,
      },
    };
  }
}

type Resolver = (args: Readonly<Record<string, unknown>>, reader: Reader) => unknown;

class Invalid extends Error {
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super('the query is not valid');
    this.errors = errors;
  }
}

/** Errors of our own making tell what happened; of anything else only that something did. */
function format({
  data,
  errors,
}: {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLError[];
}): FormattedExecutionResult {
  if (errors === undefined || errors.length === 0) return { data: data ?? null };
  const safe = errors.map((error) => {
    const { originalError } = error;
    return originalError === undefined || originalError === null || originalError instanceof GraphQLError
      ? error.toJSON()
      : { ...error.toJSON(), message: 'the index failed to answer' };
  });
  return data === undefined ? { errors: safe } : { data, errors: safe };
}

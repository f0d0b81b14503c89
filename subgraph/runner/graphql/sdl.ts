import type { EntityType, Field, Schema } from '../schema/schema.ts';
import { pluralName, singularName } from './names.ts';
import { operatorsOf } from './operators.ts';

const COMMON = `
scalar BigInt
scalar BigDecimal
scalar Bytes
scalar Int8
"Microseconds since 1970, as text."
scalar Timestamp
enum OrderDirection { asc desc }
enum _SubgraphErrorPolicy_ { "Data is returned even if the subgraph has indexing errors" allow "If the subgraph has indexing errors, data is omitted" deny }
input BlockChangedFilter { number_gte: Int! }
input Block_height { hash: Bytes number: Int number_gte: Int }
type _Block_ { hash: Bytes number: Int! timestamp: Int parentHash: Bytes }
type _Meta_ {
  "The block that the answer is of; the last indexed one unless another was asked for"
  block: _Block_!
  deployment: String!
  hasIndexingErrors: Boolean!
}
`;

const named = (field: Field): string => field.entity ?? field.enumeration ?? field.scalar;
const wrap = (type: string, { list, required }: Field): string => `${list ? `[${type}!]` : type}${required ? '!' : ''}`;

const LIST_ARGUMENTS = (type: string): string =>
  `skip: Int = 0, first: Int = 100, orderBy: ${type}_orderBy, orderDirection: OrderDirection, where: ${type}_filter`;

function objectType(type: EntityType): string {
  const fields = [...type.fields.values()].map((field) => {
    const args = field.list && field.entity !== undefined ? `(${LIST_ARGUMENTS(field.entity)})` : '';
    return `  ${field.name}${args}: ${wrap(named(field), field)}`;
  });
  return `type ${type.name} {\n${fields.join('\n')}\n}`;
}

function filterType(type: EntityType): string {
  const lines: string[] = [];
  for (const field of type.fields.values()) {
    if (field.derivedFrom === undefined) {
      const scalar = field.entity !== undefined ? 'String' : (field.enumeration ?? field.scalar);
      for (const operator of operatorsOf(field)) {
        const many = field.list || operator === '_in' || operator === '_not_in';
        lines.push(`  ${field.name}${operator}: ${many ? `[${scalar}!]` : scalar}`);
      }
    }
    if (field.entity !== undefined) lines.push(`  ${field.name}_: ${field.entity}_filter`);
  }
  lines.push('  "Entities that changed in this block or later"\n  _change_block: BlockChangedFilter');
  lines.push(`  and: [${type.name}_filter]`, `  or: [${type.name}_filter]`);
  return `input ${type.name}_filter {\n${lines.join('\n')}\n}`;
}

/** Columns one can order by; those of a referenced entity as `author__name`. */
function orderType(type: EntityType, schema: Schema): string {
  const names = type.stored.flatMap((field) => {
    if (field.entity === undefined || field.list) return [field.name];
    const target = schema.entities.get(field.entity)!;
    const nested = target.stored.filter((other) => !other.list && other.entity === undefined);
    return [field.name, ...nested.map((other) => `${field.name}__${other.name}`)];
  });
  return `enum ${type.name}_orderBy { ${names.join(' ')} }`;
}

const AT = 'block: Block_height, subgraphError: _SubgraphErrorPolicy_! = deny';

/** The API schema: graph-node's, for the entities of `schema.graphql`. */
export function apiSchema(schema: Schema): string {
  const types = [...schema.entities.values()];
  const enums = [...schema.enums].map(([name, values]) => `enum ${name} { ${values.join(' ')} }`);
  const queries = types.flatMap(({ name }) => [
    `  ${singularName(name)}(id: ID!, ${AT}): ${name}`,
    `  ${pluralName(name)}(${LIST_ARGUMENTS(name)}, ${AT}): [${name}!]!`,
  ]);
  return [
    COMMON,
    ...enums,
    ...types.map(objectType),
    ...types.map(filterType),
    ...types.map((type) => orderType(type, schema)),
    `type Query {\n${queries.join('\n')}\n  "Access to the state of the index"\n  _meta(block: Block_height): _Meta_\n}`,
  ].join('\n\n');
}

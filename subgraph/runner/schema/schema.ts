import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, parse, type TypeNode } from 'graphql';
import { ManifestError, messageOf } from '../errors.ts';

export const SCALARS = [
  'ID',
  'String',
  'Bytes',
  'Boolean',
  'Int',
  'Int8',
  'BigInt',
  'BigDecimal',
  'Timestamp',
] as const;
export type Scalar = (typeof SCALARS)[number];

export interface Field {
  readonly name: string;
  /** How the value is kept: references by the id of what they name, enums as strings. */
  readonly scalar: Scalar;
  readonly list: boolean;
  /** Never null. Items of lists never are. */
  readonly required: boolean;
  /** Name of the entity it refers to. */
  readonly entity?: string;
  readonly enumeration?: string;
  /** Not kept: the entities whose field of this name refers to this one. */
  readonly derivedFrom?: string;
}

export interface EntityType {
  readonly name: string;
  /** Written in one block, never changed in a later one. */
  readonly immutable: boolean;
  readonly fields: ReadonlyMap<string, Field>;
  /** Those with a column of their own, `id` first. */
  readonly stored: readonly Field[];
}

export interface Schema {
  readonly entities: ReadonlyMap<string, EntityType>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

interface Shape {
  readonly name: string;
  readonly list: boolean;
  readonly required: boolean;
}

function shapeOf(type: TypeNode, required = false): Shape {
  if (type.kind === Kind.NON_NULL_TYPE) return shapeOf(type.type, true);
  if (type.kind === Kind.NAMED_TYPE) return { name: type.name.value, list: false, required };
  const inner = shapeOf(type.type);
  if (inner.list) throw new ManifestError('the schema has a list of lists, which the runner does not keep');
  return { name: inner.name, list: true, required };
}

const argumentOf = (
  node: { readonly arguments?: undefined | readonly { name: { value: string }; value: unknown }[] },
  name: string,
) =>
  (node.arguments?.find((argument) => argument.name.value === name)?.value as { value?: unknown } | undefined)?.value;

const directiveOf = (node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: string) =>
  node.directives?.find((directive) => directive.name.value === name);

/**
 * Reads `schema.graphql` as graph-cli accepts it. Interfaces, aggregations and full-text search are refused.
 * @throws ManifestError
 */
export function parseSchema(text: string): Schema {
  let document: ReturnType<typeof parse>;
  try {
    document = parse(text, { noLocation: true, maxTokens: 200_000 });
  } catch (error) {
    throw new ManifestError(`schema.graphql: ${messageOf(error)}`, error);
  }
  const enums = new Map<string, readonly string[]>();
  const objects: ObjectTypeDefinitionNode[] = [];
  for (const node of document.definitions) {
    if (node.kind === Kind.ENUM_TYPE_DEFINITION)
      enums.set(
        node.name.value,
        (node.values ?? []).map((value) => value.name.value),
      );
    else if (node.kind === Kind.OBJECT_TYPE_DEFINITION && directiveOf(node, 'entity') !== undefined) objects.push(node);
    else if (node.kind !== Kind.OBJECT_TYPE_DEFINITION || node.name.value !== '_Schema_')
      throw new ManifestError(`schema.graphql: the runner does not host a ${node.kind}`);
  }
  const byName = new Map(objects.map((node) => [node.name.value, node]));
  const entities = new Map(objects.map((node) => [node.name.value, readEntity(node, byName, enums)]));
  for (const entity of entities.values()) checkDerived(entity, entities);
  return { entities, enums };
}

function readEntity(
  node: ObjectTypeDefinitionNode,
  objects: ReadonlyMap<string, ObjectTypeDefinitionNode>,
  enums: ReadonlyMap<string, readonly string[]>,
): EntityType {
  const name = node.name.value;
  if ((node.interfaces ?? []).length > 0) throw new ManifestError(`${name} implements an interface; none is hosted`);
  const fields = new Map(
    (node.fields ?? []).map((field) => [field.name.value, readField(name, field, objects, enums)]),
  );
  const id = fields.get('id');
  if (id === undefined || id.list || !['ID', 'String', 'Bytes', 'Int8'].includes(id.scalar))
    throw new ManifestError(`${name} needs an id of type ID, String, Bytes or Int8`);
  const stored = [id, ...[...fields.values()].filter((field) => field !== id && field.derivedFrom === undefined)];
  const entity = directiveOf(node, 'entity')!;
  return { name, immutable: argumentOf(entity, 'immutable') === true, fields, stored };
}

function readField(
  owner: string,
  node: FieldDefinitionNode,
  objects: ReadonlyMap<string, ObjectTypeDefinitionNode>,
  enums: ReadonlyMap<string, readonly string[]>,
): Field {
  const name = node.name.value;
  const shape = shapeOf(node.type);
  const base = { name, list: shape.list, required: shape.required };
  if ((SCALARS as readonly string[]).includes(shape.name)) return { ...base, scalar: shape.name as Scalar };
  if (enums.has(shape.name)) return { ...base, scalar: 'String', enumeration: shape.name };
  const target = objects.get(shape.name);
  if (target === undefined) throw new ManifestError(`${owner}.${name} has the unknown type ${shape.name}`);
  const id = target.fields?.find((field) => field.name.value === 'id');
  const scalar = (id === undefined ? 'ID' : shapeOf(id.type).name) as Scalar;
  const derived = directiveOf(node, 'derivedFrom');
  const derivedFrom = derived === undefined ? undefined : String(argumentOf(derived, 'field'));
  return { ...base, scalar, entity: shape.name, ...(derivedFrom === undefined ? {} : { derivedFrom }) };
}

function checkDerived(entity: EntityType, entities: ReadonlyMap<string, EntityType>): void {
  for (const field of entity.fields.values()) {
    if (field.derivedFrom === undefined) continue;
    const source = entities.get(field.entity!)?.fields.get(field.derivedFrom);
    if (source?.entity !== entity.name)
      throw new ManifestError(`${entity.name}.${field.name} is derived from a field that does not refer to it`);
  }
}

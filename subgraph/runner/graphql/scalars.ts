import { type GraphQLScalarType, type GraphQLSchema, isScalarType, Kind } from 'graphql';
import { parseBigDecimal } from '../number/bigDecimal.ts';
import type { Scalar } from '../schema/schema.ts';
import { atomToSql, type SqlValue } from '../store/columns.ts';
import { QueryError } from './queryError.ts';

const MAX_TEXT = 10_000;
const INTEGER = /^-?\d{1,1000}$/;

function integer(value: unknown, scalar: string): bigint {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'string' || !INTEGER.test(value))
    throw new QueryError(
      `${scalar} cannot be ${JSON.stringify(value).slice(0, 100)}: an integer is needed, as text when large`,
    );
  return BigInt(value as string);
}

/** Bytes as they are kept: with `0x`, in lower case. */
function hex(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/^0x/, '').toLowerCase() : 'none';
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text))
    throw new QueryError(`Bytes cannot be ${JSON.stringify(value).slice(0, 100)}: hex is needed`);
  return `0x${text}`;
}

/** A value of a query as the column keeps it. @throws QueryError */
export function queryValue(scalar: Scalar, value: unknown): SqlValue {
  switch (scalar) {
    case 'BigInt':
      return atomToSql('BigInt', integer(value, scalar));
    case 'Int8':
    case 'Timestamp': {
      const wide = integer(value, scalar);
      if (BigInt.asIntN(64, wide) !== wide) throw new QueryError(`${scalar} cannot be ${wide}: it has 64 bits`);
      return wide;
    }
    case 'BigDecimal':
      try {
        return atomToSql('BigDecimal', parseBigDecimal(String(value)));
      } catch {
        throw new QueryError(`BigDecimal cannot be ${JSON.stringify(value).slice(0, 100)}`);
      }
    case 'Bytes':
      return hex(value);
    case 'Boolean':
      return value === true ? 1 : 0;
    case 'Int':
      return Number(value);
    default: {
      const text = String(value);
      if (text.length > MAX_TEXT) throw new QueryError(`a filter may have ${MAX_TEXT} characters at most`);
      return text;
    }
  }
}

const CUSTOM = ['BigInt', 'BigDecimal', 'Bytes', 'Int8', 'Timestamp'];

/** Values pass as they are written: a large integer must not become a rounded number on the way. */
export function teachScalars(schema: GraphQLSchema): void {
  for (const name of CUSTOM) {
    const type = schema.getType(name);
    if (!isScalarType(type)) continue;
    const scalar = type as GraphQLScalarType;
    scalar.coerceOutputValue = (value) => value;
    scalar.coerceInputValue = (value) => checkPlain(name, value);
    scalar.coerceInputLiteral = (node) => {
      if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT && node.kind !== Kind.STRING)
        throw new QueryError(`${name} cannot be a ${node.kind}`);
      return checkPlain(name, node.value);
    };
  }
}

function checkPlain(name: string, value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new QueryError(`${name} cannot be a ${typeof value}`);
  queryValue(name as Scalar, value);
  return value;
}

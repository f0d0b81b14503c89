import type { DType, Tensor } from '../tensor/tensor.ts';

/**
 * The part of an ONNX ModelProto (IR versions 3 to 13) that this project accepts, already checked: every value is
 * bounded, every name is a string, no external data, no sparse tensors, no functions, no training info.
 * Source of the field meanings: ONNX IR specification (docs/IR.md) and onnx.proto field numbers.
 */
export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsets: readonly OpsetImport[];
  readonly graph: Graph;
  /** metadata_props; keys are unique. */
  readonly metadata: ReadonlyMap<string, string>;
}

export interface OpsetImport {
  /** '' is the default domain ai.onnx. */
  readonly domain: string;
  readonly version: number;
}

export interface Graph {
  readonly name: string;
  /** Topologically sorted (IR requirement; checked). */
  readonly nodes: readonly Node[];
  /** Inputs that are fed, without initializers: IR <= 3 repeated them here, later IRs allow it to give a default. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: ReadonlyMap<string, Tensor>;
}

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  /** '' marks an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** int64 attributes are numbers: the reader refuses values beyond 2^53. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

/** A dimension is a size, a symbolic name (`'N'`), or null when the file says nothing. */
export type Dim = number | string | null;

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** null when the file gives no shape at all. */
  readonly dims: readonly Dim[] | null;
}

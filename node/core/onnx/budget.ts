/** Bounds within which a file is read. Every bound is checked before the memory it bounds is allocated. */
export interface ModelBudget {
  /** Bytes of the file. */
  readonly maxBytes: number;
  /** Nodes of all graphs together. */
  readonly maxNodes: number;
  /** Levels of subgraphs below the main graph. */
  readonly maxDepth: number;
  /** Inputs, outputs and initializers of all graphs, and the inputs and outputs of all nodes, together. */
  readonly maxValues: number;
  /** Attributes of all nodes together. */
  readonly maxAttributes: number;
  /** Elements of all list attributes together, and of tensors that are not written in one piece. */
  readonly maxAttributeValues: number;
  /** Elements of one tensor. */
  readonly maxTensorElements: number;
  /** Bytes of all tensors together, as held in memory. */
  readonly maxTensorBytes: number;
  /** Dimensions of one tensor or value. */
  readonly maxDims: number;
  /** UTF-8 bytes of one name. */
  readonly maxNameBytes: number;
  /** UTF-8 bytes of one string attribute or metadata value. */
  readonly maxTextBytes: number;
  /** Entries of the model's metadata. */
  readonly maxMetadata: number;
  /** Operator sets that the model imports. */
  readonly maxOpsets: number;
}

const MIB = 2 ** 20;

/**
 * Room for every network this project trains or imports, with a peak of about three times `maxBytes` in memory. 64 MiB
 * is also what the wire formats between workers and what the runtime's load time allow.
 */
export const DEFAULT_BUDGET: ModelBudget = {
  maxBytes: 64 * MIB,
  maxNodes: 20_000,
  maxDepth: 4,
  maxValues: 200_000,
  maxAttributes: 200_000,
  maxAttributeValues: 100_000,
  maxTensorElements: 64 * MIB,
  maxTensorBytes: 64 * MIB,
  maxDims: 8,
  maxNameBytes: 1_024,
  maxTextBytes: 65_536,
  maxMetadata: 4_352,
  maxOpsets: 32,
};

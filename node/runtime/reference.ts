import { setImmediate } from 'node:timers/promises';
import { ProtocolError } from '../core/errors.ts';
import { runProgram } from '../core/exact/interpreter.ts';
import { programFromModel } from '../core/exact/load.ts';
import { isDeclaredExact } from '../core/exact/metadata.ts';
import { decodeModel } from '../core/onnx/decode.ts';
import type { Model, ValueInfo } from '../core/onnx/model.ts';
import { checkOperators } from '../core/onnx/opset.ts';
import { evaluateModel } from '../core/ops/evaluate.ts';
import { supportedOperators } from '../core/ops/table.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { Runtime, Session } from '../ports/Runtime.ts';
import { checkInputs } from './checkInputs.ts';
import { RuntimeClosed, RuntimeLoadFailed, RuntimeRunFailed } from './errors.ts';

type Inputs = ReadonlyMap<string, Tensor>;
type Evaluate = (inputs: Inputs) => ReadonlyMap<string, Tensor>;

/** Exact models by the integer interpreter, all others by the float evaluator. */
function evaluatorOf(model: Model): Evaluate {
  if (!isDeclaredExact(model.metadata)) {
    checkOperators(model, supportedOperators);
    return (inputs) => evaluateModel(model, inputs);
  }
  const program = programFromModel(model);
  return (inputs) => new Map([[program.output.name, runProgram(program, inputs.get(program.input.name)!).output]]);
}

/** What core complains of, in the words of the port; bugs pass. */
function translate(error: unknown, into: new (why: string, cause: unknown) => ProtocolError): unknown {
  return error instanceof ProtocolError ? new into(error.message, error) : error;
}

class ReferenceSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly #evaluate: Evaluate;
  readonly #isClosed: () => boolean;
  /** Ends with the last accepted run: runs are one after the other, like in a process. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(model: Model, isClosed: () => boolean) {
    this.inputs = model.graph.inputs;
    this.outputs = model.graph.outputs;
    this.#evaluate = evaluatorOf(model);
    this.#isClosed = isClosed;
  }

  async run(inputs: Inputs, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Inputs> {
    if (this.#closed || this.#isClosed()) throw new RuntimeClosed();
    signal?.throwIfAborted();
    checkInputs(inputs, this.inputs);
    const answer = this.#last.then(async () => {
      await setImmediate();
      signal?.throwIfAborted();
      return this.#compute(inputs);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  #compute(inputs: Inputs): Inputs {
    if (this.#isClosed()) throw new RuntimeClosed();
    try {
      return this.#evaluate(inputs);
    } catch (error) {
      throw translate(error, RuntimeRunFailed);
    }
  }
}

/**
 * The TypeScript of node/core as a runtime: slow, in this very process, and the arbiter of doubt. It needs no native
 * code. Budgets of node/core bound memory and work; the time limits of a load do not apply.
 */
export function createReferenceRuntime(): Runtime {
  let closed = false;
  return {
    runtimeClass: 'assay-reference/1',
    async load(bytes) {
      if (closed) throw new RuntimeClosed();
      try {
        return new ReferenceSession(decodeModel(bytes), () => closed);
      } catch (error) {
        throw translate(error, RuntimeLoadFailed);
      }
    },
    async close() {
      closed = true;
    },
  };
}

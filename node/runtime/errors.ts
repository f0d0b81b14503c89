import { ProtocolError } from '../core/errors.ts';

export type Phase = 'load' | 'run';

/** The runtime refused a model, or died of it. */
export class RuntimeLoadFailed extends ProtocolError {
  override readonly code = 'RUNTIME_LOAD_FAILED';
  constructor(why: string, cause?: unknown) {
    super({
      what: 'The runtime cannot load the model',
      why,
      fix: 'Check that the file is a valid ONNX model whose operators the runtime supports; it is not served until it loads.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The model answered with an error, or with something that is not an answer. */
export class RuntimeRunFailed extends ProtocolError {
  override readonly code = 'RUNTIME_RUN_FAILED';
  constructor(why: string, cause?: unknown) {
    super({
      what: 'The model failed on this input',
      why,
      fix: 'Check the input against the model card; the same input will fail again.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** A load or a run took longer than its limit; its process was killed. */
export class RuntimeTimeout extends ProtocolError {
  override readonly code = 'RUNTIME_TIMEOUT';
  constructor(phase: Phase, limitMs: number) {
    super({
      what: phase === 'load' ? 'The model took too long to load' : 'The model took too long to answer',
      why: `the ${phase} was stopped at the limit of ${limitMs} ms`,
      fix: `Use a smaller ${phase === 'load' ? 'model' : 'input or model'}, or raise the ${phase} limit.`,
      meta: { phase, limitMs },
    });
  }
}

/** The process died under a run. It is being replaced; the same call may succeed. */
export class RuntimeCrashed extends ProtocolError {
  override readonly code = 'RUNTIME_CRASHED';
  override readonly retryable = true;
  constructor(why: string, cause?: unknown) {
    super({
      what: 'The process that ran the model died',
      why,
      fix: 'Try again: the process is replaced. When the same input kills it again, the model is at fault.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** The model wanted more memory than its process may have. */
export class RuntimeOutOfMemory extends ProtocolError {
  override readonly code = 'RUNTIME_OUT_OF_MEMORY';
  constructor(phase: Phase, memoryBytes: number, why: string) {
    super({
      what: phase === 'load' ? 'The model does not fit into memory' : 'The model ran out of memory on this input',
      why: `its process may use ${memoryBytes} bytes of address space: ${why}`,
      fix: `Use a smaller ${phase === 'load' ? 'model' : 'input or model'}, or raise the memory limit.`,
      meta: { phase, memoryBytes },
    });
  }
}

/** Inputs that the model does not take: found before anything runs. */
export class RuntimeInputInvalid extends ProtocolError {
  override readonly code = 'RUNTIME_INPUT_INVALID';
  constructor(why: string) {
    super({
      what: 'The model does not take this input',
      why,
      fix: 'Send every input of the model metadata, with its type and shape, and no other.',
    });
  }
}

/** The session or its runtime was closed. */
export class RuntimeClosed extends ProtocolError {
  override readonly code = 'RUNTIME_CLOSED';
  override readonly retryable = true;
  constructor() {
    super({
      what: 'The model is no longer loaded here',
      why: 'its session was closed',
      fix: 'Ask again: the node has moved to another version or is shutting down.',
    });
  }
}

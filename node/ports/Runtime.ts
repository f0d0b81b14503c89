import type { ValueInfo } from '../core/onnx/model.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** Executes ONNX models. Implementations: `runtime/onnxruntime` (killable processes) and `runtime/reference` (TypeScript). */
export interface Runtime {
  /** What a receipt may say of the machine: runtime name, version, architecture, providers. No host name, no path. */
  readonly runtimeClass: string;
  /**
   * Loads a model that has already passed `core/onnx` checks. Each call gives an independent session.
   * @throws RuntimeLoadFailed the runtime refused or died; RuntimeTimeout; RuntimeOutOfMemory
   */
  load(model: Uint8Array, options?: LoadOptions): Promise<Session>;
  /** Kills every process that is still alive. Idempotent. */
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Wall-clock limit of the load, ms. @default 15000 */
  readonly loadTimeoutMs?: number;
  /** Wall-clock limit of one run, ms. @default 15000 */
  readonly runTimeoutMs?: number;
  /** Address-space cap of one process, bytes. @default 4 GiB */
  readonly memoryBytes?: number;
  /** Processes that share the load. @default 1 */
  readonly processes?: number;
  /** Intra-op threads of each process. @default 1 */
  readonly threads?: number;
  /** @default 'all' */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
}

export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * One run; runs queue when every process is busy. A process that dies is replaced; its run fails, the others do not.
   * @throws RuntimeRunFailed; RuntimeTimeout; RuntimeCrashed (retryable)
   */
  run(
    inputs: ReadonlyMap<string, Tensor>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReadonlyMap<string, Tensor>>;
  close(): Promise<void>;
}

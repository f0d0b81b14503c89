import * as ort from 'onnxruntime-web/wasm';
import type { DType, Tensor } from '../../node/core/tensor/tensor.ts';

export type Optimization = 'disabled' | 'basic' | 'extended' | 'all';

/**
 * One run on onnxruntime-web's WASM build in this process. The `/wasm` entry matters: the package's Node entry shares
 * its registry with onnxruntime-node and would silently run that one.
 */
export async function runWasm(
  file: Uint8Array,
  feeds: ReadonlyMap<string, Tensor>,
  optimization: Optimization = 'all',
): Promise<Map<string, Tensor>> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: optimization,
    logSeverityLevel: 3,
  });
  try {
    const given = [...feeds].map(([name, { dtype, data, dims }]) => [name, new ort.Tensor(dtype, data as never, dims)]);
    const results = await session.run(Object.fromEntries(given));
    return new Map(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { dtype: type as DType, dims, data: data as Tensor['data'] },
      ]),
    );
  } finally {
    await session.release();
  }
}

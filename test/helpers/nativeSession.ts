import * as ort from 'onnxruntime-node';
import type { DType, Tensor } from '../../node/core/tensor/tensor.ts';
import type { Optimization } from './wasmSession.ts';

/** One run on onnxruntime-node in this process. */
export async function runNative(
  file: Uint8Array,
  feeds: ReadonlyMap<string, Tensor>,
  optimization: Optimization = 'all',
  threads = 1,
): Promise<Map<string, Tensor>> {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: optimization,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
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

import * as ort from 'onnxruntime-node';
import type { ValueInfo } from '../../node/core/onnx/model.ts';
import type { DType, Tensor } from '../../node/core/tensor/tensor.ts';
import type { Session } from '../../node/ports/Runtime.ts';

export interface LocalModel {
  readonly file: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Onnxruntime inside this process: real answers for tests that do not need the process pool's protection. */
export async function localSession({ file, inputs, outputs }: LocalModel): Promise<Session> {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return {
    inputs,
    outputs,
    run: async (feeds) => {
      const given = Object.fromEntries(
        [...feeds].map(([name, { dtype, data, dims }]) => [name, new ort.Tensor(dtype, data as never, dims)]),
      );
      const results = await session.run(given);
      return new Map(
        outputs.map(({ name }) => {
          const { type, dims, data } = results[name]!;
          return [name, { dtype: type as DType, dims, data: data as Tensor['data'] }];
        }),
      );
    },
    close: () => session.release(),
  };
}

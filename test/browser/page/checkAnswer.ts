import * as ort from 'onnxruntime-web/wasm';
import { decodeAnswer } from '../../../node/core/codec/answerFile.ts';
import type { Digest } from '../../../node/core/codec/hex.ts';
import { type ClaimVerdict, judgeClaim, type OpenClaim, openClaim } from '../../../node/core/dispute/verifyClaim.ts';
import { ProtocolError } from '../../../node/core/errors.ts';
import { runProgram } from '../../../node/core/exact/interpreter.ts';
import { programRoot } from '../../../node/core/exact/program.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';

/** What the page found out; the text of `#verdict` as JSON. */
export interface PageVerdict {
  readonly state: 'true' | 'false' | 'refused' | 'broken';
  readonly programRoot?: Digest;
  readonly verdict?: ClaimVerdict;
  /** Both recomputations, onnxruntime-web's and the interpreter's, came to the same verdict. */
  readonly agreed?: boolean;
  readonly code?: string;
  readonly why?: string;
}

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/ort/';

/** The claimed run on onnxruntime-web. */
async function runOnnx({ claim, program }: OpenClaim): Promise<Tensor> {
  const session = await ort.InferenceSession.create(claim.artifact, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  try {
    const { dtype, data, dims } = claim.input;
    const results = await session.run({ [program.input.name]: new ort.Tensor(dtype, data as never, dims) });
    const output = results[program.output.name]!;
    return { dtype: output.type as Tensor['dtype'], dims: output.dims, data: output.data as Tensor['data'] };
  } finally {
    await session.release();
  }
}

async function check(answerText: string, artifact: Uint8Array): Promise<PageVerdict> {
  const answer = decodeAnswer(answerText);
  const open = openClaim({ ...answer, artifact, signer: answer.hotKey });
  const isRun = open.refused === undefined;
  const verdict = judgeClaim(open, isRun ? await runOnnx(open) : undefined);
  const again = judgeClaim(open, isRun ? runProgram(open.program, answer.input).output : undefined);
  return {
    state: verdict.equal ? 'true' : 'false',
    programRoot: programRoot(open.program),
    verdict,
    agreed: JSON.stringify(verdict) === JSON.stringify(again),
  };
}

const fileOf = (id: string): File | undefined => (document.getElementById(id) as HTMLInputElement).files?.[0];

async function answer(): Promise<PageVerdict> {
  const [saved, model] = [fileOf('answer'), fileOf('model')];
  if (saved === undefined || model === undefined) return { state: 'broken', why: 'choose both files' };
  try {
    return await check(await saved.text(), new Uint8Array(await model.arrayBuffer()));
  } catch (error) {
    if (error instanceof ProtocolError) return { state: 'refused', code: error.code, why: error.why };
    return { state: 'broken', why: String(error) };
  }
}

document.getElementById('check')?.addEventListener('click', async () => {
  const verdict = document.getElementById('verdict')!;
  verdict.textContent = '';
  verdict.textContent = JSON.stringify(await answer(), undefined, 2);
});

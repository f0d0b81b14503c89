/**
 * Runs in a Web Worker: proves a model, runs it with onnxruntime-web, and recomputes claims. A hostile model can at worst
 * keep this worker busy, and the page ends it.
 */
import * as ort from 'onnxruntime-web/wasm';
import { decodeAnswer } from '../../../node/core/codec/answerFile.ts';
import { judgeClaim, openClaim } from '../../../node/core/dispute/verifyClaim.ts';
import { ProtocolError } from '../../../node/core/errors.ts';
import { runProgram } from '../../../node/core/exact/interpreter.ts';
import { programFromModel } from '../../../node/core/exact/load.ts';
import { type Program, programRoot } from '../../../node/core/exact/program.ts';
import { decodeModel } from '../../../node/core/onnx/decode.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { type Problem, problemOf } from '../problem.ts';
import type { Envelope, Judgement, LocalRun, OpenedProgram, Question, Replies } from './messages.ts';

// One thread needs no special headers, so this also runs from a gateway of IPFS.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/ort/';

interface Opened {
  readonly program: Program;
  readonly session: Promise<ort.InferenceSession>;
}
let opened: Opened | undefined;

const openSession = (artifact: Uint8Array): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(artifact, { executionProviders: ['wasm'], logSeverityLevel: 3 });

function open(artifact: Uint8Array): OpenedProgram {
  // The same code that every worker of the network runs: the file is hostile until every proof has been repeated.
  const program = programFromModel(decodeModel(artifact));
  opened = { program, session: openSession(artifact) };
  opened.session.catch(() => undefined);
  const { input, output, steps } = program;
  return { input, output, programRoot: programRoot(program), steps: steps.length };
}

async function runOn(session: ort.InferenceSession, program: Program, input: Tensor): Promise<Tensor> {
  const feeds = { [program.input.name]: new ort.Tensor(input.dtype, input.data as never, input.dims) };
  const results = await session.run(feeds);
  const output = results[program.output.name]!;
  return { dtype: output.type as Tensor['dtype'], dims: output.dims, data: output.data as Tensor['data'] };
}

async function run(input: Tensor): Promise<LocalRun> {
  if (opened === undefined) throw new Error('no model is open');
  const session = await opened.session;
  const begun = performance.now();
  const output = await runOn(session, opened.program, input);
  return { output, milliseconds: performance.now() - begun };
}

async function judge(text: string, artifact: Uint8Array): Promise<Judgement> {
  const answer = decodeAnswer(text);
  const claim = openClaim({ ...answer, artifact, signer: answer.hotKey });
  if (claim.refused !== undefined) return { equal: false, agreed: true, refused: claim.refused.why };
  const session = await openSession(artifact);
  try {
    const verdict = judgeClaim(claim, await runOn(session, claim.program, answer.input));
    const again = judgeClaim(claim, runProgram(claim.program, answer.input).output);
    const { equal, divergence } = again;
    const agreed = verdict.equal === equal && verdict.computedRoot === again.computedRoot;
    return { equal, agreed, ...(divergence === undefined ? {} : { divergence }) };
  } finally {
    await session.release();
  }
}

function answer(question: Question): Promise<Replies[keyof Replies]> | Replies[keyof Replies] {
  if (question.kind === 'open') return open(question.artifact);
  return question.kind === 'run' ? run(question.input) : judge(question.answer, question.artifact);
}

const told = (error: unknown): Problem =>
  error instanceof ProtocolError ? { what: error.what, why: error.why, fix: error.fix } : problemOf(error);

globalThis.addEventListener('message', async ({ data }: MessageEvent<Envelope>) => {
  try {
    postMessage({ id: data.id, value: await answer(data.question) });
  } catch (error) {
    postMessage({ id: data.id, problem: told(error) });
  }
});

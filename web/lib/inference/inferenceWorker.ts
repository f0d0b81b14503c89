/**
 * Runs in a Web Worker: proves a model, runs it with onnxruntime-web, and recomputes claims. A hostile model can at worst
 * keep this worker busy, and the page ends it.
 */
import * as ort from 'onnxruntime-web/wasm';
import { decodeAnswer } from '../../../node/core/codec/answerFile.ts';
import { judgeClaim, openClaim } from '../../../node/core/dispute/verifyClaim.ts';
import { runProgram } from '../../../node/core/exact/interpreter.ts';
import type { Program } from '../../../node/core/exact/program.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { answerQuestions } from './answering.ts';
import type { Judgement, LocalRun, OpenedProgram, Question } from './messages.ts';
import { proveArtifact } from './proveArtifact.ts';

// One thread needs no special headers, so this also runs from a gateway of IPFS.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = `/ort/${ort.env.versions.web}/`;

interface Opened {
  readonly program: Program;
  readonly session: Promise<ort.InferenceSession>;
}
let opened: Opened | undefined;

const openSession = (artifact: Uint8Array): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(artifact, { executionProviders: ['wasm'], logSeverityLevel: 3 });

function open(artifact: Uint8Array): OpenedProgram {
  const { program, programRoot } = proveArtifact(artifact);
  opened = { program, session: openSession(artifact) };
  opened.session.catch(() => undefined);
  const { input, output, steps } = program;
  return { input, output, programRoot, steps: steps.length };
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

answerQuestions((question: Question) => {
  if (question.kind === 'open') return open(question.artifact);
  return question.kind === 'run' ? run(question.input) : judge(question.answer, question.artifact);
});

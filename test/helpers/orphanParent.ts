import { guarded } from '../../node/runtime/onnxruntime/confinement.ts';
import { createOnnxRuntime } from '../../node/runtime/onnxruntime/pool.ts';
import { childPids } from './childProcesses.ts';
import { HOSTILE_MODELS } from './hostileModels.ts';

/** A node that is busy with an endless model: `orphanParent.ts [guarded]` prints the id of its runtime process. */
const runtime = createOnnxRuntime(process.argv[2] === 'guarded' ? { confinement: guarded } : {});
const { file, feeds } = HOSTILE_MODELS.find(({ name }) => name === 'endless: Loop without a trip count')!;
const session = await runtime.load(file, { runTimeoutMs: 60_000 });
const run = session.run(feeds);
process.stdout.write(`${childPids().join(' ')}\n`);
await run;

// Runs models on one machine, real or emulated, and prints what came out. Plain JavaScript with no dependency but the
// runtime: under an emulator Node runs without JIT, so without WebAssembly, so without TypeScript.
// Usage: node child.mjs <folder with manifest.json> <file URL of the runtime's entry point>
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, entry] = process.argv.slice(2);
const { InferenceSession, Tensor, env } = await import(entry).then((module) => module.default ?? module);
const isWasm = entry.includes('onnxruntime-web');
if (isWasm) env.wasm.numThreads = 1;

/** Outputs up to this many bytes are printed whole, so that wrong elements can be counted. */
const SMALL = 65_536;
const ARRAYS = { uint8: Uint8Array, int8: Int8Array, int32: Int32Array };
const bytesOf = ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

for (const { name, model, inputs } of JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))) {
  const session = await InferenceSession.create(new Uint8Array(readFileSync(join(folder, model))), {
    executionProviders: [isWasm ? 'wasm' : 'cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const feeds = inputs.map(({ name: input, dtype, dims, file }) => {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    return [input, new Tensor(dtype, new ARRAYS[dtype](bytes.buffer), dims)];
  });
  const results = await session.run(Object.fromEntries(feeds));
  const outputs = Object.entries(results).map(([output, tensor]) => {
    const { type, dims } = tensor;
    const bytes = bytesOf(tensor);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const base64 = bytes.length <= SMALL ? Buffer.from(bytes).toString('base64') : undefined;
    return { name: output, dtype: type, dims, sha256, base64 };
  });
  await session.release();
  process.stdout.write(`${JSON.stringify({ name, outputs })}\n`);
}

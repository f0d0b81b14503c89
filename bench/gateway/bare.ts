// What onnxruntime-node does by itself: one session in this process, one run after another, for the given seconds.
// Prints runs per second. Arguments: width, layers, seconds.
import * as ort from 'onnxruntime-node';
import { denseModel } from '../../test/helpers/denseModel.ts';

const [width, layers, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const session = await ort.InferenceSession.create(denseModel(width, layers).file, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
});
const feeds = { x: new ort.Tensor('float32', new Float32Array(width).fill(0.5), [1, width]) };
for (let i = 0; i < 100; i++) await session.run(feeds);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const started = performance.now();
  let runs = 0;
  while (performance.now() - started < seconds * 1000) {
    await session.run(feeds);
    runs++;
  }
  process.stdout.write(`runs/s ${runs / ((performance.now() - started) / 1000)}\n`);
  process.exit();
});

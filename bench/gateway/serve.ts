// The gateway as a worker runs it: process pool, native hashing and signing, metrics. Prints its port.
// Arguments: width, layers, runtime processes.
import { createGateway } from '../../node/gateway/app.ts';
import { createMetrics } from '../../node/gateway/metrics.ts';
import { listen } from '../../node/gateway/server.ts';
import { createLog } from '../../node/host.ts';
import { createOnnxRuntime } from '../../node/runtime/onnxruntime/pool.ts';
import { batching } from '../../node/service/worker/batching.ts';
import { denseModel } from '../../test/helpers/denseModel.ts';
import { inferenceFixture } from '../../test/helpers/inferenceFixture.ts';
import { testSigner } from '../../test/helpers/testSigner.ts';

const [width, layers, processes] = process.argv.slice(2).map(Number) as [number, number, number];
const log = createLog('warn');
const runtime = createOnnxRuntime({ log });
const loaded = await runtime.load(denseModel(width, layers).file, { processes });
// As a worker does (node/service/worker/versions.ts).
const session = batching(loaded, { inFlight: processes });
const gateway = createGateway({
  inference: inferenceFixture([{ model: 'dense', session }], testSigner('bench')),
  log,
  info: { name: 'assay', version: 'bench' },
  metrics: createMetrics(),
});
const server = await listen(gateway, { port: 0 });
process.stdout.write(`port ${server.port}\n`);
process.stdin.once('data', async () => {
  await server.drain(1000);
  await runtime.close();
  process.exit();
});

import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../../node/gateway/server.ts';
import { gatewayOver, realInference } from './gatewayFixture.ts';

/** A gateway as a process of its own: tells its port and each inference on stdout, drains on SIGTERM. */
const real = await realInference();
const infer: typeof real.infer = async (request) => {
  process.stdout.write('infer\n');
  await delay(400);
  return real.infer(request);
};
const server = await listen(gatewayOver({ ...real, infer }), { port: 0 });
process.stdout.write(`port ${server.port}\n`);
process.once('SIGTERM', async () => {
  process.stdout.write('draining\n');
  const { finished, cut } = await server.drain(5000);
  process.stdout.write(`drained ${finished} ${cut}\n`);
  process.exitCode = finished ? 0 : 1;
});

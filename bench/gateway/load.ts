// Load generator for machines without wrk: keeps `connections` requests open on node:http for the given seconds.
// Prints the same three figures that are read from wrk. Arguments: url, seconds, connections, body, JSON length, pause.
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [url, seconds, connections, bodyHex, jsonLength, pauseMs] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const body = Buffer.from(bodyHex, 'hex');
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const options = {
  method: 'POST',
  agent,
  headers: { 'content-length': body.length, 'inference-header-content-length': jsonLength },
};
const end = performance.now() + Number(seconds) * 1000;
const latencies: number[] = [];
let refused = 0;
let failed = 0;

const one = (): Promise<void> =>
  new Promise((resolve) => {
    const started = performance.now();
    const sent = request(url, options, (response) => {
      response.resume().once('end', () => {
        latencies.push(performance.now() - started);
        if (response.statusCode !== 200) refused++;
        resolve();
      });
    });
    sent.once('error', () => {
      failed++;
      resolve();
    });
    sent.end(body);
  });

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (performance.now() < end) {
      if (Number(pauseMs) > 0) await delay(Number(pauseMs));
      await one();
    }
  }),
);
agent.destroy();
latencies.sort((a, b) => a - b);
const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
process.stdout.write(
  `${JSON.stringify({ requests: latencies.length, refused, failed, seconds: Number(seconds), p99Ms: p99 })}\n`,
);

import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../helpers/anvilRpc.ts';
import { type CliProcess, jsonOf, startCli } from '../helpers/cli.ts';
import { type DigitsLive, digitsLive } from '../helpers/digitsLive.ts';
import { type Kubo, kuboBinary, startKubo } from '../helpers/kubo.ts';
import { freePorts, removeFolder, startNetwork, type TestNetwork, temporaryFolder } from '../helpers/network.ts';

const binary = kuboBinary();
const skip = binary === undefined ? 'no `ipfs` here: install Kubo or name it in ASSAY_IPFS' : false;

describe('a worker whose blocks lie in Kubo', { skip }, () => {
  let network: TestNetwork;
  let digits: DigitsLive;
  let kubo: Kubo;
  let home: string;
  let port: number;
  let worker: CliProcess | undefined;

  before(async () => {
    [network, kubo] = await Promise.all([startNetwork({ workers: 1 }), startKubo(binary!)]);
    digits = await digitsLive(network);
    home = await temporaryFolder('kubo');
    port = await freePorts(1);
    const init = ['worker', 'init', '--endpoint', `http://127.0.0.1:${port}`, '--hot-key', 'spare'];
    const made = await network.cli([...init, '--account', 'voter-2']);
    assert.equal(made.code, 0, made.stdout);
    await network.as('consumer').fundEther([jsonOf<{ hotKey: `0x${string}` }>(made).hotKey]);
    for (const [from, to] of [
      ['deployment.json', 'deployment.json'],
      ['password', 'password'],
      ['keys/spare.json', 'keys/hot.json'],
    ] as const)
      await cp(join(network.home, from), join(home, to));
    const settings = {
      rpcUrls: [network.rpcUrl],
      account: 'hot',
      privateProviders: true,
      store: { kind: 'kubo', url: kubo.url, mfsFolder: '/assay/worker' },
      worker: { port },
    };
    await writeFile(join(home, 'config.json'), JSON.stringify(settings));
  });
  after(async () => {
    worker?.process.kill('SIGKILL');
    await Promise.all([network?.stop(), kubo?.stop()]);
    await removeFolder(home);
    await removeFolder(network?.home ?? '');
  });

  it('fetches the live version from another worker into Kubo, serves it, and hands it on', async () => {
    worker = startCli(['worker', 'run', '--home', home]);
    const url = `http://127.0.0.1:${port}`;
    await until(
      () =>
        fetch(`${url}/v2/models/digits/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
      'the worker serves digits',
      60_000,
    );
    const { cid } = digits.version;
    assert.equal(kubo.ipfs('files', 'ls', '/assay/worker').trim(), cid);
    assert.match(kubo.ipfs('block', 'stat', '--offline', cid), /Size: \d+/);
    const handed = await fetch(`${url}/ipfs/${cid}?format=raw`);
    assert.equal(handed.status, 200);
    assert.equal(Buffer.compare(Buffer.from(await handed.arrayBuffer()), Buffer.from(digits.exact.bytes)), 0);
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });
});

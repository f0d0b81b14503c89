import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTokens } from '../print.ts';
import type { Shell } from '../shell.ts';
import { ask, type NamedProbe, type Probe, unfit } from './probe.ts';

const MAX_SKEW_SECONDS = 30;
const LOCAL_CHAIN = 31337n;
const POST = { method: 'POST', headers: { 'content-type': 'application/json' } } as const;

/** Every endpoint for itself: one that is behind or of another chain hides behind the others. */
const rpc: Probe = async ({ assay }) => {
  const found = await Promise.all(
    assay.config.rpcUrls.map(async (url) => {
      const started = performance.now();
      const answer = await ask(url, { ...POST, body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}' });
      const reply = answer?.ok === true ? ((await answer.json()) as { result?: string }) : undefined;
      return { url, chainId: Number(reply?.result), milliseconds: Math.round(performance.now() - started) };
    }),
  );
  const silent = found.filter(({ chainId }) => !Number.isInteger(chainId));
  if (silent.length > 0)
    throw unfit(
      `${silent.map(({ url }) => url).join(', ')} gives no answer`,
      'Start the local network (`assay up`), or take it out: `assay config set rpcUrls URL,URL`.',
    );
  const { chainId: wanted } = await assay.deployment();
  const other = found.find(({ chainId }) => chainId !== wanted);
  if (other !== undefined)
    throw unfit(
      `${other.url} is chain ${other.chainId}, the contracts are on ${wanted}`,
      'Give an endpoint of that chain with `assay config set rpcUrls URL`.',
    );
  return found.map(({ url, milliseconds }) => `${url} in ${milliseconds} ms`).join(', ');
};

const chain: Probe = async ({ assay }) => {
  const { reading } = await assay.chain();
  return `chain ${reading.chainId}, block ${await reading.client.getBlockNumber()}`;
};

const clock: Probe = async ({ assay }) => {
  const { settlement } = await assay.chain();
  const skew = Math.round(Date.now() / 1000 - Number(await settlement.chainTime()));
  if (Math.abs(skew) > MAX_SKEW_SECONDS)
    throw unfit(
      `this clock and the chain's differ by ${skew} s`,
      'Set the clock (NTP); the protocol uses chain time, receipts carry yours. An idle local chain may lag by seconds.',
    );
  return `${skew} s from the chain's`;
};

const account: Probe = async ({ assay }) => {
  const { address, reading, settlement } = await assay.account();
  const [ether, tokens] = await Promise.all([reading.client.getBalance({ address }), settlement.balanceOf(address)]);
  if (ether === 0n)
    throw unfit(
      `${address} has no ether for gas`,
      'Send it some; paying for inferences needs none, staking and voting do.',
    );
  return `${address}: ${formatTokens(ether)} ether, ${formatTokens(tokens)} ASSAY`;
};

/** The worker that the account owns or serves. */
async function ownWorker({ assay }: Shell) {
  const { stakesView } = await assay.chain();
  const owner = await stakesView.workerOf(await assay.keys.addressOf(assay.config.account));
  return owner === undefined ? undefined : await stakesView.position(owner);
}

const registration: Probe = async (shell) => {
  const position = await ownWorker(shell);
  if (position === undefined) return { skipped: 'the account is no worker: `assay worker init` makes it one' };
  const { worker, stakeWei, active } = position;
  if (!active)
    throw unfit(
      `${worker} has ${formatTokens(stakeWei)} ASSAY at stake, less than the minimum`,
      'Add some with the owner’s account: `assay stake add`.',
    );
  return `${worker}, ${formatTokens(stakeWei)} ASSAY at stake`;
};

const gateway: Probe = async (shell) => {
  const position = await ownWorker(shell);
  if (position === undefined) return { skipped: 'the account is no worker' };
  const answer = await ask(`${position.endpoint}/v2/health/ready`);
  if (answer?.ok === true) return `${position.endpoint} answers`;
  throw unfit(
    `${position.endpoint}, which the registry names, ${answer === undefined ? 'does not answer' : `answers ${answer.status}`}`,
    'Start the worker (`assay up worker`), let the port through, or correct it: `assay worker set-endpoint URL`.',
  );
};

const workers: Probe = async ({ assay }) => {
  const { directory } = await assay.chain();
  const all = await directory.workers();
  const answers = await Promise.all(all.map(({ endpoint }) => ask(`${endpoint}/v2/health/ready`)));
  const up = answers.filter((answer) => answer?.ok === true).length;
  if (all.length > 0 && up === 0)
    throw unfit(`none of ${all.length} registered workers answers`, 'Check this machine’s network, or start a worker.');
  return `${up} of ${all.length} answer`;
};

/** Index and dApp of a local network, by its ports; a real network has them elsewhere. */
const index: Probe = async (shell) => {
  const url = await localIndex(shell);
  if (url === undefined) return { skipped: 'this home has no local network; on a real one the dApp names its index' };
  const answer = await ask(`${url}/health`);
  if (answer === undefined) return { skipped: `nothing at ${url}; without --headless \`assay up\` starts it` };
  if (!answer.ok)
    throw unfit(`${url} answers ${answer.status}`, 'It may be behind: wait a moment; `assay logs network` says more.');
  return `${url} answers`;
};

async function localIndex({ assay }: Shell): Promise<string | undefined> {
  const { reading } = await assay.chain();
  if (reading.chainId !== LOCAL_CHAIN) return undefined;
  const names = await readdir(join(assay.config.home, 'workers')).catch(() => [] as string[]);
  const { hostname, port } = new URL(assay.config.rpcUrls[0]!);
  return names.length === 0 ? undefined : `http://${hostname}:${Number(port) + names.length + 1}`;
}

/** What needs a chain. */
export const CHAIN: readonly NamedProbe[] = [
  { name: 'rpc', probe: rpc, online: true },
  { name: 'chain', probe: chain, online: true },
  { name: 'clock', probe: clock, online: true, needs: ['chain'] },
  { name: 'account', probe: account, online: true, needs: ['key', 'chain'] },
  { name: 'registration', probe: registration, online: true, needs: ['key', 'chain'] },
  { name: 'gateway', probe: gateway, online: true, needs: ['key', 'chain'] },
  { name: 'workers', probe: workers, online: true, needs: ['chain'] },
  { name: 'index', probe: index, online: true, needs: ['chain'] },
];

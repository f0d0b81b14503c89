import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `ipfs` of this machine: the variable ASSAY_IPFS, or the one on the path. Undefined where there is none. */
export function kuboBinary(): string | undefined {
  const name = process.env['ASSAY_IPFS'] ?? 'ipfs';
  return spawnSync(name, ['version'], { stdio: 'ignore' }).status === 0 ? name : undefined;
}

export interface Kubo {
  /** Its RPC. */
  readonly url: string;
  /** Port of its gateway on loopback. */
  readonly gatewayPort: number;
  /** Runs `ipfs` against the same repository. Returns what it printed. */
  ipfs(...args: string[]): string;
  stop(): Promise<void>;
}

/** A real Kubo node on random ports of loopback, without network, in a repository of its own. */
export async function startKubo(binary: string): Promise<Kubo> {
  const repository = mkdtempSync(join(tmpdir(), 'assay-kubo-'));
  const env = { ...process.env, IPFS_PATH: repository, IPFS_TELEMETRY: 'off' };
  const ipfs = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(binary, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`ipfs ${args.join(' ')} failed: ${stderr}`);
    return stdout;
  };
  ipfs('init', '--profile', 'test');
  const child: ChildProcess = spawn(binary, ['daemon', '--offline'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const [port, gatewayPort] = await new Promise<readonly [string, string]>((done, fail) => {
    let output = '';
    const portOf = (server: string) =>
      new RegExp(`${server} server listening on /ip4/127\\.0\\.0\\.1/tcp/(\\d+)`).exec(output)?.[1];
    const look = (text: string): void => {
      output += text;
      const [rpc, gateway] = [portOf('RPC API'), portOf('Gateway')];
      if (rpc !== undefined && gateway !== undefined && output.includes('Daemon is ready')) done([rpc, gateway]);
    };
    child.stdout!.setEncoding('utf8').on('data', look);
    child.stderr!.setEncoding('utf8').on('data', look);
    void ended.then(() => fail(new Error(`kubo ended: ${output}`)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    gatewayPort: Number(gatewayPort),
    ipfs,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(repository, { recursive: true, force: true });
    },
  };
}

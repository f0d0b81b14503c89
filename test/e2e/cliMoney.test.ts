import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeFunctionData, encodeFunctionData, parseEther } from 'viem';
import { startAnvil } from '../../node/chain/anvil.ts';
import { assayGovernorAbi, assayTokenAbi, workerRegistryAbi } from '../../node/chain/generated/contracts.ts';
import { EXIT } from '../../node/cli/print.ts';
import type { Address, Hex } from '../../node/core/codec/hex.ts';
import { publicClientOf, testClientOf } from '../helpers/anvil.ts';
import { until } from '../helpers/anvilRpc.ts';
import { failureOf, jsonOf, startCli } from '../helpers/cli.ts';
import { digitsLive } from '../helpers/digitsLive.ts';
import { removeFolder, startNetwork, type TestNetwork } from '../helpers/network.ts';

const MAIN = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url));

interface Preview {
  readonly transactions: readonly {
    readonly to: Address;
    readonly from: Address;
    readonly contract: string;
    readonly functionName: string;
    readonly args: readonly { readonly name: string; readonly value: unknown }[];
    readonly data: Hex;
    readonly gas?: string;
    readonly maxGasFeeWei?: string;
    readonly refusal?: string;
  }[];
}

const HAS_PTY = spawnSync('script', ['--version']).status === 0;

/** What a person sees who types `input` at a terminal. */
async function atTerminal(args: readonly string[], input: string): Promise<string> {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let seen = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    if (answered || !seen.includes('[y/N]')) return;
    answered = true;
    child.stdin.write(input);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await new Promise((done) => child.once('close', done));
  clearTimeout(late);
  return seen;
}

describe('commands that move money, on a real chain', () => {
  let network: TestNetwork;
  before(async () => {
    network = await startNetwork({ workers: 1 });
    await digitsLive(network);
  });
  after(async () => {
    await network.stop();
    await removeFolder(network.home);
  });

  const ok = async <T = Record<string, unknown>>(...args: string[]): Promise<T> => {
    const result = await network.cli(args);
    assert.equal(result.code, EXIT.ok, `${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    return jsonOf<T>(result);
  };
  const owner = (): Address => network.workers[0]!.owner;
  const stakeOf = async (): Promise<bigint> => {
    const { positions } = await ok<{ positions: { stakeWei: string }[] }>('stake', 'list', '--worker', owner());
    return BigInt(positions[0]!.stakeWei);
  };

  it('--dry-run shows the real transaction and sends nothing; the real one is the same', async () => {
    const before = await stakeOf();
    const chain = publicClientOf(network.rpcUrl);
    const height = await chain.getBlockNumber();
    const { transactions } = await ok<Preview>('stake', 'add', '5 ASSAY', '--account', 'worker-1', '--dry-run');
    assert.equal(await stakeOf(), before);
    assert.equal(transactions.length, 1);
    const { to, contract, functionName, data, gas, maxGasFeeWei } = transactions[0]!;
    assert.deepEqual([contract, functionName], ['token', 'approveAndCall']);
    assert.ok(BigInt(gas!) > 50_000n && BigInt(maxGasFeeWei!) > 0n);
    const { args } = decodeFunctionData({ abi: assayTokenAbi, data });
    assert.equal(args![1], parseEther('5'));

    await ok('stake', 'add', '5000000000000000000 wei', '--account', 'worker-1', '--yes');
    assert.equal(await stakeOf(), before + parseEther('5'));
    const sent: Hex[] = [];
    for (let at = height + 1n; at <= (await chain.getBlockNumber()); at++) {
      const { transactions: all } = await chain.getBlock({ blockNumber: at, includeTransactions: true });
      for (const one of all) if (one.to?.toLowerCase() === to.toLowerCase()) sent.push(one.input);
    }
    assert.ok(sent.includes(data), 'the previewed bytes are the sent bytes');
  });

  it('a preview of what the chain refuses says why, with exit code 3', async () => {
    const result = await network.cli(['stake', 'add', '999999999', '--account', 'worker-1', '--dry-run']);
    assert.equal(result.code, EXIT.refused);
    assert.match(jsonOf<Preview>(result).transactions[0]!.refusal!, /ERC20InsufficientBalance/);
  });

  it('gas above --max-gas-fee is refused before anything is sent', async () => {
    const before = await stakeOf();
    const result = await network.cli(['stake', 'add', '1', '--account', 'worker-1', '--max-gas-fee', '1 wei']);
    assert.equal(result.code, EXIT.refused);
    assert.equal(failureOf(result).code, 'GAS_TOO_DEAR');
    assert.equal(await stakeOf(), before);
    await ok('stake', 'add', '1', '--account', 'worker-1', '--max-gas-fee', '0.1 ether');
    assert.equal(await stakeOf(), before + parseEther('1'));
  });

  it('at a terminal it shows the transaction and asks; no means no', { skip: !HAS_PTY }, async () => {
    const before = await stakeOf();
    const args = ['stake', 'add', '1', '--account', 'worker-1', '--home', network.home];
    const refused = await atTerminal(args, 'n\n');
    assert.match(refused, /approveAndCall[\s\S]*Send it\? \[y\/N\][\s\S]*NOT_CONFIRMED/);
    assert.equal(await stakeOf(), before);
    assert.match(await atTerminal(args, 'y\n'), /1 ASSAY added/);
    assert.equal(await stakeOf(), before + parseEther('1'));
    assert.doesNotMatch(await atTerminal([...args, '--dry-run'], ''), /Send it/);
  });

  it('KeyElsewhere: what only the key itself can do says so', async () => {
    const stranger = `0x${'cd'.repeat(20)}`;
    const args = ['worker', 'init', '--endpoint', 'http://127.0.0.1:1/', '--hot-key', 'stray-hot', '--dry-run'];
    const failure = failureOf(await network.cli([...args, '--from', stranger]));
    assert.equal(failure.code, 'KEY_ELSEWHERE');
    assert.match(failure.why, new RegExp(stranger));
  });

  it('stake remove thaws, withdraw waits for the end of the thaw, and pays then', async () => {
    const before = await stakeOf();
    const removed = await ok<{ thawingWei: string; secondsLeft: string }>(
      ...['stake', 'remove', '6 ASSAY', '--account', 'worker-1'],
    );
    assert.equal(removed.thawingWei, parseEther('6').toString());
    assert.ok(Number(removed.secondsLeft) > 60);
    assert.equal(await stakeOf(), before - parseEther('6'));

    const early = failureOf(await network.cli(['stake', 'withdraw', '--account', 'worker-1']));
    assert.equal(early.code, 'STAKE_NOT_FREE');
    assert.match(early.why, /thaw for another \d+ min/);
    const tooMuch = failureOf(await network.cli(['stake', 'remove', '999999', '--account', 'worker-1']));
    assert.equal(tooMuch.code, 'STAKE_NOT_FREE');
    const none = failureOf(await network.cli(['stake', 'add', '1', '--account', 'consumer']));
    assert.equal(none.code, 'NO_STAKE');
  });

  it('rewards show and claim: what a paid job earned reaches the owner', async () => {
    await ok('infer', 'digits', '--row', '3');
    const owed = await until(
      async () => {
        const now = await ok<{ marketWei: string; totalWei: string }>('rewards', 'show', '--account', 'worker-1');
        return BigInt(now.marketWei) > 0n ? now : undefined;
      },
      'the job is completed',
      30_000,
    );
    // The hot key may ask and pay the gas; the money goes to the owner.
    const claimed = await ok<{ account: Address; paidWei: string }>(
      ...['rewards', 'claim', '--for', owner(), '--account', 'consumer'],
    );
    assert.equal(claimed.account.toLowerCase(), owner().toLowerCase());
    assert.ok(BigInt(claimed.paidWei) >= BigInt(owed!.totalWei));
    assert.equal((await ok<{ totalWei: string }>('rewards', 'show', '--account', 'worker-1')).totalWei, '0');
    assert.equal((await ok<{ paidWei: string }>('rewards', 'claim', '--account', 'worker-1')).paidWei, '0');
  });

  it('an external signer holds the key: it pays, stakes by permit and votes; a hot key it cannot be', async () => {
    const signer = await startAnvil({ accounts: 1 });
    try {
      const { address } = await ok<{ address: Address }>('keys', 'link', 'cold', '--url', signer.url);
      await testClientOf(network.rpcUrl).setBalance({ address, value: parseEther('1') });
      const funder = await network.as('voter-1').account('voter-1');
      const { addresses } = funder.reading;
      const args = [address, parseEther('10100')] as const;
      const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args });
      await funder.writing.send({ id: 'fund cold', to: addresses.token, data, describe: 'fund' });
      await network.release('voter-1');

      await ok('infer', 'digits', '--row', '7', '--account', 'cold');
      await ok('gov', 'delegate', address, '--account', 'cold');
      const endpoint = ['--endpoint', 'http://127.0.0.1:1/cold'];
      await ok('worker', 'init', ...endpoint, '--stake', '10000', '--account', 'cold', '--hot-key', 'cold-hot');
      const { positions } = await ok<{ positions: { stakeWei: string }[] }>('stake', 'list', '--worker', address);
      assert.equal(positions[0]!.stakeWei, String(parseEther('10000')));
      assert.equal(
        failureOf(await network.cli(['worker', 'set-hot-key', 'cold', '--account', 'cold'])).code,
        'KEY_ELSEWHERE',
      );

      await signer.stop();
      assert.equal(failureOf(await network.cli(['stake', 'add', '1', '--account', 'cold'])).code, 'SIGNER_UNREACHABLE');
    } finally {
      await signer.stop();
    }
  });

  it('worker set-endpoint and set-hot-key', async () => {
    await ok('worker', 'set-endpoint', 'http://127.0.0.1:1/new', '--account', 'worker-1');
    const { hotKey } = await ok<{ hotKey: Address }>('worker', 'set-hot-key', 'fresh-hot', '--account', 'worker-1');
    const { positions } = await ok<{ positions: { hotKey: Address; endpoint: string }[] }>('stake', 'list');
    assert.equal(positions[0]!.endpoint, 'http://127.0.0.1:1/new');
    assert.equal(positions[0]!.hotKey.toLowerCase(), hotKey.toLowerCase());
  });

  it('gov: call data for a key that is elsewhere, then show, vote, queue, execute', async () => {
    const stranger = `0x${'ab'.repeat(20)}`;
    const propose = ['gov', 'propose', '--model', 'digits', '--version-id', '1', '--reason', 'again'];
    const { calls } = await ok<{ calls: { to: Address; data: Hex }[] }>(
      ...[...propose, '--offline-calldata', '--from', stranger],
    );
    const { functionName, args } = decodeFunctionData({ abi: assayGovernorAbi, data: calls[0]!.data });
    assert.equal(functionName, 'propose');
    assert.match(String(args![3]), new RegExp(`#proposer=${stranger}`));
    const usage = await network.cli([...propose, '--from', stranger]);
    assert.equal(usage.code, EXIT.usage);

    const { id } = await ok<{ id: string }>(...propose, '--account', 'author');
    await testClientOf(network.rpcUrl).increaseTime({ seconds: 2 });
    await testClientOf(network.rpcUrl).mine({ blocks: 1 });
    // Voting lasts eight seconds here: nothing else may come between.
    await ok('gov', 'vote', id, 'for', '--reason', 'good', '--account', 'voter-1');
    const shown = await ok<{ proposal: { state: string; actions: unknown[] }; next?: string }>('gov', 'show', id);
    assert.equal(shown.proposal.actions.length, 1);
    const people = await startCli(['gov', 'show', id, '--home', network.home]).ended;
    assert.match(people.stdout, /setLive/);
    assert.match(people.stdout, /call 1 {2}to 0x/);
    const twice = await network.cli(['gov', 'vote', id, 'for', '--account', 'voter-1', '--dry-run']);
    assert.equal(twice.code, EXIT.refused);
    const [preview] = jsonOf<Preview>(twice).transactions;
    assert.equal(preview!.functionName, 'castVoteWithReason');
    assert.match(preview!.refusal!, /Governor(AlreadyCastVote|UnexpectedProposalState)/);
    await testClientOf(network.rpcUrl).increaseTime({ seconds: 15 });
    await testClientOf(network.rpcUrl).mine({ blocks: 1 });
    await ok('gov', 'queue', id, '--account', 'voter-1');
    assert.match((await ok<{ next: string }>('gov', 'show', id)).next, /gov execute/);
    assert.equal(failureOf(await network.cli(['gov', 'show', '1'])).code, 'PROPOSAL_UNKNOWN');
    const two = await ok<Preview>('gov', 'delegate', stranger, '--account', 'voter-2', '--dry-run');
    assert.deepEqual(two.transactions.map(({ contract }) => contract).sort(), ['token', 'workers']);
  });

  it('after the thaw, withdraw pays', async () => {
    await testClientOf(network.rpcUrl).increaseTime({ seconds: 3600 });
    await testClientOf(network.rpcUrl).mine({ blocks: 1 });
    const { paidWei } = await ok<{ paidWei: string }>('stake', 'withdraw', '--account', 'worker-1');
    assert.equal(paidWei, parseEther('6').toString());
    const record = await publicClientOf(network.rpcUrl).readContract({
      address: (await network.as('consumer').chain()).reading.addresses.workers,
      abi: workerRegistryAbi,
      functionName: 'getWorker',
      args: [owner()],
    });
    assert.equal(record.thawingWei, 0n);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData, type Hex } from 'viem';
import { auditPoolAbi, parametersAbi } from '../../node/chain/generated/contracts.ts';
import { PROFILES } from '../../node/chain/profiles.ts';
import type { AccountView } from '../../node/compose.ts';
import type { Digest } from '../../node/core/codec/hex.ts';
import { publicClientOf, testClientOf } from '../helpers/anvil.ts';
import { until } from '../helpers/anvilRpc.ts';
import { type CliProcess, failureOf, jsonOf, startCli } from '../helpers/cli.ts';
import { digitsLive } from '../helpers/digitsLive.ts';
import { removeFolder, startNetwork, type TestNetwork } from '../helpers/network.ts';

const TOKEN = 10n ** 18n;
const ACCOUNT = 'voter-1';
/** Every job, one auditor, seconds. */
const RULES = { ...PROFILES.dev.audits, auditBps: 10_000, seats: 1, commitSeconds: 12, revealSeconds: 12 };
const CHALLENGE_WINDOW = 2;

describe('auditing a real worker', () => {
  let network: TestNetwork;
  let consumer: AccountView;
  let auditor: CliProcess | undefined;
  const audit = (jobId: Digest) => consumer.audits.audit(jobId);
  const start = (): CliProcess =>
    startCli(['auditor', 'run', '--home', network.home, '--account', ACCOUNT, '--log-level', 'info']);
  const cli = (...args: readonly string[]) => network.cli([...args, '--account', ACCOUNT]);

  before(async () => {
    network = await startNetwork({ workers: 1 });
    await digitsLive(network);
    consumer = await network.as('consumer').account();
    const { addresses } = consumer.reading;
    const chain = testClientOf(network.rpcUrl);
    const from = addresses.timelock;
    await chain.impersonateAccount({ address: from });
    await chain.setBalance({ address: from, value: TOKEN });
    const calls: readonly (readonly [Hex, Hex])[] = [
      [addresses.auditPool, encodeFunctionData({ abi: auditPoolAbi, functionName: 'setRules', args: [RULES] })],
      [
        addresses.parameters,
        encodeFunctionData({ abi: parametersAbi, functionName: 'set', args: [CHALLENGE_WINDOW, 60n] }),
      ],
    ];
    for (const [to, data] of calls) {
      const hash = await chain.sendUnsignedTransaction({ from, to, data });
      const { status } = await publicClientOf(network.rpcUrl).waitForTransactionReceipt({ hash });
      assert.equal(status, 'success');
    }
  });
  after(async () => {
    auditor?.process.kill('SIGTERM');
    await auditor?.ended;
    const { code } = (await network?.stop()) ?? { code: null };
    await removeFolder(network?.home ?? '');
    assert.equal(code, 0);
  });

  it('joins, is killed in the middle of an audit, goes on, is paid, and leaves', async (t) => {
    const funded = jsonOf<{ fundsWei: string }>(await cli('audit', 'fund', '10'));
    assert.equal(funded.fundsWei, String(10n * TOKEN));
    const joined = jsonOf<{ seated: boolean; bondWei: string }>(await cli('auditor', 'join'));
    assert.deepEqual([joined.seated, joined.bondWei], [true, String(RULES.bondWei)]);
    // Who joins counts from the next round on.
    const round = (await consumer.audits.pool()).round;
    await until(() => consumer.audits.tick(), 'the next round', 20_000);
    assert.equal((await consumer.audits.pool()).round, round + 1n);

    auditor = start();
    const begun = performance.now();
    const asked = await network.cli(['infer', 'digits', '--row', '7']);
    assert.equal(asked.code, 0, asked.stderr + asked.stdout);
    const jobId = jsonOf<{ jobId: Digest }>(asked).jobId;
    await until(async () => (await audit(jobId)) !== undefined, 'the audit starts', 30_000);
    const seat = () => consumer.audits.seat(jobId, addressOf(joined));
    await until(async () => (await seat()).commitment !== undefined, 'a commitment', 20_000);
    auditor.process.kill('SIGKILL');
    await auditor.ended;
    auditor = start();
    await until(async () => (await audit(jobId))?.outcome !== 'pending', 'the audit ends', 40_000);
    t.diagnostic(`from the question to the end of the audit: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    const ended = await audit(jobId);
    assert.deepEqual([ended?.outcome, ended?.triggered], ['agreed', false]);
    await until(async () => (await consumer.audits.auditor(addressOf(joined))).creditWei === 0n, 'fees', 20_000);

    auditor.process.kill('SIGTERM');
    assert.equal((await auditor.ended).code, 0);
    const shown = jsonOf<{ audit: { outcome: string } }>(await cli('audit', 'show', jobId));
    assert.equal(shown.audit.outcome, 'agreed');
    assert.equal(failureOf(await cli('audit', 'show', '0x12')).code, 'JOB_ID_INVALID');
    const left = jsonOf<{ left: boolean }>(await cli('auditor', 'leave'));
    assert.equal(left.left, true);
    assert.equal(failureOf(await cli('auditor', 'leave')).code, 'NOTHING_TO_LEAVE');
    const status = jsonOf<{ pool: { auditors: number }; bondWei: string }>(await cli('auditor', 'status'));
    assert.deepEqual([status.pool.auditors, status.bondWei], [0, String(RULES.bondWei)]);
  });
});

const addressOf = (joined: object): Hex => (joined as { auditor: Hex }).auditor;

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Abi, encodeFunctionData, type Hex, keccak256, toHex } from 'viem';
import {
  arenaAbi,
  assayGovernorAbi,
  assayTokenAbi,
  auditPoolAbi,
  courtAbi,
  jobMarketAbi,
  parametersAbi,
  votingPowerAbi,
  workerRegistryAbi,
} from '../../../node/chain/generated/contracts.ts';
import type { Address } from '../../../node/core/codec/hex.ts';
import { buildSubgraph, networkOf } from '../../../subgraph/build.ts';
import { ELECTORATE } from '../../helpers/anvil.ts';
import { DisputeBench } from '../../helpers/disputeBench.ts';
import { Arena } from '../../helpers/disputeMatch.ts';
import { type Market, startMarket } from '../../helpers/market.ts';
import { randomProgram } from '../../helpers/randomProgram.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { type OpenIndex, openIndex } from '../fixture/openIndex.ts';
import { temporary } from '../fixture/temporary.ts';

type Row = Readonly<Record<string, never>> & Readonly<Record<string, unknown>>;

const SEED = Number(process.env['ASSAY_SEED'] ?? 20261121);
const OUTCOMES = ['PENDING', 'STANDS', 'FALLEN', 'VOID'];
const STATES = ['NONE', 'OPEN', 'FUNDED', 'SUBMITTED', 'COMPLETED', 'REJECTED', 'EXPIRED'];
const sum = (rows: readonly Row[], field: string): bigint =>
  rows.reduce((all, row) => all + BigInt(String(row[field])), 0n);

describe(`the index and the chain it was made from (seed ${SEED})`, () => {
  let market: Market;
  let index: OpenIndex;
  let proposalId: bigint;

  const all = (entity: string, fields: string): readonly Row[] => {
    const { data, errors } = index.engine.run({ query: `{ ${entity}(first: 1000) { ${fields} } }` });
    assert.equal(errors, undefined, JSON.stringify(errors));
    return (data as Record<string, Row[]>)[entity]!;
  };
  const protocol = (): Row => all('protocols', PROTOCOL)[0]!;
  const read = <T>(
    contract: keyof Market['deployment']['addresses'],
    abi: Abi,
    functionName: string,
    args: unknown[],
  ) =>
    market.client.readContract({
      address: market.deployment.addresses[contract],
      abi,
      functionName,
      args,
    }) as Promise<T>;
  const sendAs = async (from: Address, to: Address, abi: Abi, functionName: string, args: unknown[]): Promise<Hex> => {
    await market.chain.impersonateAccount({ address: from });
    await market.chain.setBalance({ address: from, value: 10n ** 21n });
    const data = encodeFunctionData({ abi, functionName, args });
    const hash = await market.chain.sendUnsignedTransaction({ from, to, data });
    const { status } = await market.client.waitForTransactionReceipt({ hash });
    assert.equal(status, 'success', functionName);
    return hash;
  };

  /** A vote that changes a parameter, from the proposal to its execution. */
  const vote = async (): Promise<void> => {
    const { addresses } = market.deployment;
    const voter = ELECTORATE.recipient;
    await sendAs(voter, addresses.token, assayTokenAbi, 'delegate', [voter]);
    await market.pass(5);
    const data = encodeFunctionData({ abi: parametersAbi, functionName: 'set', args: [10, 2n * 10n ** 15n] });
    const text = '# A higher gas refund\n\nChallengers pay more than they get back.';
    const call = [[addresses.parameters], [0n], [data]] as const;
    await sendAs(voter, addresses.governor, assayGovernorAbi, 'propose', [...call, text]);
    const hash = keccak256(toHex(text));
    proposalId = await read<bigint>('governor', assayGovernorAbi, 'hashProposal', [...call, hash]);
    await market.pass(Number(await read('governor', assayGovernorAbi, 'votingDelay', [])) + 1);
    await sendAs(voter, addresses.governor, assayGovernorAbi, 'castVoteWithReason', [proposalId, 1, 'it is too low']);
    await market.pass(Number(await read('governor', assayGovernorAbi, 'votingPeriod', [])) + 1);
    await sendAs(voter, addresses.governor, assayGovernorAbi, 'queue', [...call, hash]);
    await market.pass(3600 * 24 * 3);
    await sendAs(voter, addresses.governor, assayGovernorAbi, 'execute', [...call, hash]);
  };

  before(async () => {
    market = await startMarket();
    const program = randomProgram(new Seeded(SEED), { steps: 6, maxWidth: 24 });
    const arena = await Arena.open(await DisputeBench.open(market, program, 'games'), 3);
    const random = new Seeded(SEED);
    for (let match = 0; match < 4; match++) await arena.match(random, match % 3);
    const { people, deployment } = market;
    for (const who of [people.owner.address, people.other.address, deployment.addresses.timelock])
      if ((await read<bigint>('court', courtAbi, 'creditOf', [who])) > 0n)
        await sendAs(people.other.address, deployment.addresses.court, courtAbi, 'withdrawFor', [who]);
    if ((await read<bigint>('market', jobMarketAbi, 'creditOf', [deployment.addresses.timelock])) > 0n)
      await sendAs(people.other.address, deployment.addresses.market, jobMarketAbi, 'withdrawFor', [
        deployment.addresses.timelock,
      ]);
    await sendAs(people.owner.address, deployment.addresses.workers, workerRegistryAbi, 'requestUnstake', [10n ** 18n]);
    await vote();
    const { chainId, block, addresses } = deployment;
    const manifest = buildSubgraph({
      out: join(temporary('mappings-chain'), 'built'),
      network: networkOf({ chainId, block: String(block), addresses }),
    });
    index = openIndex(manifest, [market.url]);
    await index.sync();
  });
  after(async () => {
    index?.close();
    await market?.stop();
  });

  it('reads to the head without a complaint', () => {
    assert.deepEqual(index.warnings, []);
    assert.equal(index.indexer.status.indexedBlock, index.indexer.status.chainHead);
  });

  it('has every balance, vote and credit as the contracts have it', async () => {
    const accounts = all('accounts', 'id balanceWei votesWei marketCreditWei courtCreditWei auditCreditWei');
    assert.ok(accounts.length > 10);
    for (const account of accounts) {
      const who = [String(account['id'])];
      const chain = await Promise.all([
        read('token', assayTokenAbi, 'balanceOf', who),
        read('votingPower', votingPowerAbi, 'getVotes', who),
        read('market', jobMarketAbi, 'creditOf', who),
        read('court', courtAbi, 'creditOf', who),
        read('auditPool', auditPoolAbi, 'creditOf', who),
      ]);
      const { balanceWei, votesWei, marketCreditWei, courtCreditWei, auditCreditWei } = account;
      assert.deepEqual(
        [balanceWei, votesWei, marketCreditWei, courtCreditWei, auditCreditWei],
        chain.map(String),
        who[0],
      );
    }
    const { supplyWei, treasuryWei, holders } = protocol();
    assert.equal(supplyWei, String(await read('token', assayTokenAbi, 'totalSupply', [])));
    assert.equal(sum(accounts, 'balanceWei'), BigInt(String(supplyWei)));
    assert.equal(holders, accounts.filter(({ balanceWei }) => balanceWei !== '0').length);
    assert.equal(
      treasuryWei,
      String(await read('token', assayTokenAbi, 'balanceOf', [market.deployment.addresses.timelock])),
    );
  });

  it('has every worker, and their stakes add up to the money in the registry', async () => {
    const workers = all('workers', 'id hotKey endpoint stakeWei lockedWei thawingWei');
    for (const worker of workers) {
      const record = await read<Record<string, unknown>>('workers', workerRegistryAbi, 'getWorker', [worker['id']]);
      const { hotKey, endpoint, stakeWei, lockedWei, thawingWei } = worker;
      assert.deepEqual(
        [hotKey, endpoint, stakeWei, lockedWei, thawingWei],
        [
          String(record['hotKey']).toLowerCase(),
          record['endpoint'],
          String(record['stakeWei']),
          String(record['lockedWei']),
          String(record['thawingWei']),
        ],
      );
    }
    const held = await read('token', assayTokenAbi, 'balanceOf', [market.deployment.addresses.workers]);
    assert.equal(sum(workers, 'stakeWei') + sum(workers, 'thawingWei'), held);
    const { stakeWei, thawingWei } = protocol();
    assert.equal(BigInt(String(stakeWei)) + BigInt(String(thawingWei)), held);
  });

  it('has every job in its state, and the market holds what is in escrow and credited', async () => {
    const jobs = all('jobs', 'id state feeWei client { id } workerWei authorWei treasuryWei refundWei');
    assert.ok(jobs.length >= 4);
    for (const job of jobs) {
      const record = await read<{ state: number; feeWei: bigint }>('market', jobMarketAbi, 'getJob', [
        BigInt(String(job['id'])),
      ]);
      assert.equal(job['state'], STATES[record.state]);
      assert.equal(job['feeWei'], String(record.feeWei));
      const out = ['workerWei', 'authorWei', 'treasuryWei', 'refundWei'].map((field) => BigInt(String(job[field])));
      const ended = ['COMPLETED', 'REJECTED'].includes(String(job['state']));
      assert.equal(
        out.reduce((a, b) => a + b, 0n),
        ended ? record.feeWei : 0n,
        'each escrow leaves once and in full',
      );
    }
    const { jobs: count, jobsOpen, jobsSubmitted, jobsCompleted, jobsRejected, jobsExpired } = protocol();
    const parts = [jobsOpen, jobsSubmitted, jobsCompleted, jobsRejected, jobsExpired].map(Number);
    assert.equal(
      parts.reduce((a, b) => a + b, 0),
      count,
    );
    const accounts = all('accounts', 'id marketCreditWei');
    const escrowed = sum(
      jobs.filter(({ state }) => state === 'FUNDED' || state === 'SUBMITTED'),
      'feeWei',
    );
    const held = await read('token', assayTokenAbi, 'balanceOf', [market.deployment.addresses.market]);
    assert.equal(escrowed + sum(accounts, 'marketCreditWei'), held);
  });

  it('has every claim as the court has it', async () => {
    const claims = all(
      'claims',
      'id verdict outcome slashedWei windowEndsAt revealed openGames winners burnedWei beneficiaryWei challengersWei beneficiary job { id claim { id } } worker { id }',
    );
    assert.equal(claims.length, 4);
    for (const claim of claims) {
      const record = await read<Record<string, unknown>>('court', courtAbi, 'getClaim', [claim['id']]);
      assert.equal(claim['verdict'], OUTCOMES[Number(record['verdict'])]);
      assert.equal(claim['outcome'], OUTCOMES[Number(record['outcome'])]);
      assert.equal(claim['slashedWei'], String(record['slashedWei']));
      assert.equal(claim['windowEndsAt'], String(record['windowEndsAt']));
      assert.equal(claim['revealed'], record['revealed']);
      assert.equal(claim['openGames'], record['open']);
      assert.equal(claim['beneficiary'], String(record['beneficiary']).toLowerCase());
      assert.equal((claim['job'] as unknown as { claim: { id: string } }).claim.id, claim['id']);
      if (claim['outcome'] !== 'FALLEN') continue;
      const parts = ['burnedWei', 'beneficiaryWei', 'challengersWei'].map((field) => BigInt(String(claim[field])));
      assert.equal(
        parts.reduce((a, b) => a + b, 0n),
        record['slashedWei'],
      );
    }
    const { claimsFallen, slashedWei } = protocol();
    assert.equal(claims.filter(({ outcome }) => outcome === 'FALLEN').length, claimsFallen);
    assert.equal(sum(claims, 'slashedWei'), BigInt(String(slashedWei)));
  });

  it('tells every game move by move, and who won it', async () => {
    const games = all(
      'games',
      'id ended result turn step claim { id traceCount } moves(first: 500, orderBy: ordinal) { kind by }',
    );
    assert.ok(games.length > 0);
    for (const game of games) {
      const record = await read<{ phase: number }>('arena', arenaAbi, 'getGame', [game['id']]);
      assert.equal(game['ended'], record.phase === 10);
      const moves = game['moves'] as unknown as { kind: string; by: string }[];
      assert.equal(moves[0]?.kind, 'OPENED');
      assert.equal(moves.at(-1)?.kind, 'ENDED');
      assert.equal(game['turn'], null);
      const picks = moves.filter(({ kind }) => kind === 'NODE_PICKED');
      const opens = moves.filter(({ kind }) => kind === 'NODE_OPENED' || kind === 'TENSOR_OPENED');
      assert.ok(opens.length >= picks.length, 'a pick answers an opening');
    }
    const won = games.filter(({ result }) => result === 'CHALLENGER_WON').length;
    const lost = games.filter(({ result }) => result === 'CHALLENGER_LOST').length;
    const [worker] = all('workers', 'gamesWon gamesLost');
    assert.deepEqual([worker?.['gamesWon'], worker?.['gamesLost']], [lost, won]);
  });

  it('says of every bond what came back, and of every credit of the court why', async () => {
    const bonds = all('bonds', 'id amountWei result returnedWei settledAt');
    assert.ok(bonds.length > 0);
    for (const { settledAt, result } of bonds) assert.ok(settledAt !== null && result !== null);
    const rewards = all('rewards', 'kind amountWei subject');
    const of = (kind: string): bigint =>
      sum(
        rewards.filter((row) => row['kind'] === kind),
        'amountWei',
      );
    const claims = all('claims', 'beneficiaryWei challengersWei outcome').filter(({ outcome }) => outcome === 'FALLEN');
    assert.equal(of('CHALLENGER'), sum(claims, 'challengersWei'));
    assert.equal(of('COMPENSATION'), sum(claims, 'beneficiaryWei'));
    const lostWei = bonds.reduce(
      (all, row) => all + BigInt(String(row['amountWei'])) - BigInt(String(row['returnedWei'])),
      0n,
    );
    const flows = all('treasuryFlows', 'kind amountWei');
    const bondFlows = sum(
      flows.filter(({ kind }) => kind === 'LOST_BOND'),
      'amountWei',
    );
    assert.equal(of('LOST_BOND') + bondFlows, lostWei);
    const earned = sum(
      flows.filter(({ kind }) => kind === 'FEE' || kind === 'LOST_BOND'),
      'amountWei',
    );
    const taken = sum(
      flows.filter(({ kind }) => kind === 'WITHDRAWN'),
      'amountWei',
    );
    const { timelock } = market.deployment.addresses;
    const credit =
      (await read<bigint>('market', jobMarketAbi, 'creditOf', [timelock])) +
      (await read<bigint>('court', courtAbi, 'creditOf', [timelock]));
    assert.equal(earned - taken, credit, 'what the treasury earned was taken or waits');
  });

  it('counts the votes as the governor does, and knows what the vote changed', async () => {
    const [proposal] = all(
      'proposals',
      'id status title descriptionHash operation forWei againstWei abstainWei snapshotAt deadlineAt executedTx votes { reason support weightWei }',
    );
    assert.equal(proposal?.['id'], String(proposalId));
    const counted = await read<readonly bigint[]>('governor', assayGovernorAbi, 'proposalVotes', [proposalId]);
    assert.deepEqual([proposal?.['againstWei'], proposal?.['forWei'], proposal?.['abstainWei']], counted.map(String));
    assert.equal(
      proposal?.['snapshotAt'],
      String(await read('governor', assayGovernorAbi, 'proposalSnapshot', [proposalId])),
    );
    assert.equal(
      proposal?.['deadlineAt'],
      String(await read('governor', assayGovernorAbi, 'proposalDeadline', [proposalId])),
    );
    assert.equal(proposal?.['status'], 'EXECUTED');
    assert.equal(proposal?.['title'], 'A higher gas refund');
    const calls = all('timelockCalls', 'operation executedTx executedAt');
    assert.deepEqual(
      calls.map(({ operation, executedTx }) => [operation, executedTx]),
      [[proposal?.['operation'], proposal?.['executedTx']]],
    );
    const parameters = all('parameters', 'id key value changes { newValue tx }');
    for (const { key, value } of parameters)
      assert.equal(value, String(await read('parameters', parametersAbi, 'get', [key])));
    const refund = parameters.find(({ id }) => id === 'GasRefundWei');
    const changes = refund?.['changes'] as unknown as { tx: string }[];
    assert.equal(changes.filter(({ tx }) => tx === proposal?.['executedTx']).length, 1);
  });
});

const PROTOCOL = `supplyWei treasuryWei holders stakeWei thawingWei slashedWei claimsFallen
  jobs jobsOpen jobsSubmitted jobsCompleted jobsRejected jobsExpired`;

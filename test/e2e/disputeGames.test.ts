import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { courtAbi } from '../../node/chain/generated/contracts.ts';
import { DisputeBench } from '../helpers/disputeBench.ts';
import { Arena, type MatchReport } from '../helpers/disputeMatch.ts';
import { type Market, startMarket } from '../helpers/market.ts';
import { randomProgram } from '../helpers/randomProgram.ts';
import { Seeded } from '../helpers/seeded.ts';

/** Games of the whole file; every night the full size. */
const GAMES = Number(process.env['ASSAY_GAMES'] ?? (process.env['ASSAY_NIGHTLY'] === '1' ? 10_000 : 24));
const SEED = Number(process.env['ASSAY_SEED'] ?? 20261121);
const CROWDS = [1, 2, 5, 20] as const;
/** The worker's stake pays for false claims; a fresh market has a fresh one. */
const GAMES_OF_A_MARKET = 2_500;

describe(`dispute games (seed ${SEED})`, () => {
  let market: Market;
  let arena: Arena;
  const open = async (): Promise<void> => {
    market = await startMarket();
    const bench = await DisputeBench.open(market, randomProgram(new Seeded(SEED), { steps: 6, maxWidth: 24 }), 'games');
    arena = await Arena.open(bench, 20);
  };
  before(open);
  after(() => market.stop());

  for (const [at, adversaries] of CROWDS.entries())
    it(`honest players win every game against ${adversaries} adversaries`, async (test) => {
      const random = new Seeded(SEED + at);
      const reports: MatchReport[] = [];
      let games = 0;
      let sinceMarket = 0;
      while (games < GAMES / CROWDS.length) {
        if (sinceMarket >= GAMES_OF_A_MARKET) {
          await requireConserved(market);
          await market.stop();
          await open();
          sinceMarket = 0;
        }
        const report = await arena.match(random, adversaries);
        reports.push(report);
        games += report.games;
        sinceMarket += report.games;
      }
      await requireConserved(market);
      const longest = Math.max(...reports.map(({ seconds }) => Number(seconds)));
      const refused = reports.reduce((sum, { malformed }) => sum + malformed, 0);
      test.diagnostic(`${games} games over ${reports.length} claims, ${refused} refused moves, longest ${longest} s`);
      assert.ok(games >= GAMES / CROWDS.length);
    });
});

/** Everything that came into the Court went out of it, was burned, or is somebody's to withdraw. */
async function requireConserved({ client, deployment, settlement }: Market): Promise<void> {
  const at = { address: deployment.addresses.court, abi: courtAbi, fromBlock: 0n, strict: true } as const;
  const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  const [posted, decided, credited, withdrawn, divided] = await Promise.all([
    client.getContractEvents({ ...at, eventName: 'BondPosted' }),
    client.getContractEvents({ ...at, eventName: 'ClaimDecided' }),
    client.getContractEvents({ ...at, eventName: 'CourtCredited' }),
    client.getContractEvents({ ...at, eventName: 'CourtCreditWithdrawn' }),
    client.getContractEvents({ ...at, eventName: 'SlashDivided' }),
  ]);
  const into = sum(posted.map(({ args }) => args.amountWei)) + sum(decided.map(({ args }) => args.slashedWei));
  const out = sum(credited.map(({ args }) => args.amountWei)) + sum(divided.map(({ args }) => args.burnedWei));
  assert.equal(into, out, 'bonds and slashes in = credited + burned');
  const held = sum(credited.map(({ args }) => args.amountWei)) - sum(withdrawn.map(({ args }) => args.amountWei));
  assert.equal(await settlement.balanceOf(deployment.addresses.court), held);
}

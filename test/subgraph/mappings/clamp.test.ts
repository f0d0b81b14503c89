import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MappingHarness } from '../../../subgraph/runner/harness.ts';
import { address, openMappings } from './openMappings.ts';

/** Proposals are titled and described by anyone; graph-node fails on half a character. */
describe('texts that are cut inside a character', () => {
  let index: MappingHarness;
  before(() => {
    index = openMappings();
  });
  after(() => index.close());

  for (const length of [1_999, 2_000])
    it(`a reason whose emoji begins at ${length} does not stop the index`, async () => {
      const reason = `${'a'.repeat(length)}\u{1f600}`;
      const proposalId = BigInt(length);
      await index.apply([
        {
          source: 'AssayGovernor',
          event: 'ProposalCreated',
          args: [proposalId, address(1), [], [], [], [], 1n, 2n, `# ${'b'.repeat(length - 1_801)}\u{1f600}`],
        },
        { source: 'AssayGovernor', event: 'VoteCast', args: [address(2), proposalId, 1, 5n, reason] },
      ]);
      const [vote] = index.query<{ votes: { reason: string }[] }>(
        `{ votes(where: { proposal: "${proposalId}" }) { reason } }`,
      ).votes;
      assert.equal(vote?.reason, 'a'.repeat(length));
    });

  const MONSTERS = ['#', '\n', '\0', ' ', '#\n', '# ', '\u{1f600}', '\ufffd#'];
  for (const [at, part] of MONSTERS.entries())
    it(`a description of nothing but ${JSON.stringify(part)} does not take all memory`, async () => {
      const proposalId = BigInt(at);
      const description = `${part.repeat(Math.floor(95_000 / part.length))}\nDo it`;
      const args = [proposalId, address(1), [], [], [], [], 1n, 2n, description];
      await index.apply([{ source: 'AssayGovernor', event: 'ProposalCreated', args }]);
      const [proposal] = index.query<{ proposals: { title: string }[] }>(
        `{ proposals(where: { id: "${proposalId}" }) { title } }`,
      ).proposals;
      assert.ok(proposal!.title.length <= 200);
    });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { INPUT_WITHHELD } from '../../../node/core/codec/audit.ts';
import type { MappingHarness } from '../../../subgraph/runner/harness.ts';
import { address, openMappings, word } from './openMappings.ts';

const [HONEST, LAZY, SILENT, BLIND] = [address(1), address(2), address(3), address(4)];
const JOB = 7n;
const JOB_ID = `0x${'0'.repeat(63)}7`;
const TRUTH = word(0x11);
const LIE = word(0x22);
const BOND = 1000n;
/** bond, fee, miss, canary, bps, seats, start, commit, reveal, canary, contest, thaw: as `IAuditPool.Rules`. */
const RULES = [BOND, 10n, 50n, 300n, 10_000n, 4n, 600n, 60n, 60n, 60n, 60n, 900n];
const source = 'AuditPool';

describe('audits in the index', () => {
  let index: MappingHarness;
  const pool = () => {
    const { auditFundsWei, auditReservedWei } = index.entity('Protocol', 'assay')!;
    return [Number(auditFundsWei), Number(auditReservedWei)];
  };
  const auditor = (who: string) => index.entity('Auditor', who)!;

  before(async () => {
    index = openMappings();
    await index.apply([
      { source, event: 'AuditRulesSet', args: [1, RULES] },
      { source, event: 'AuditPoolFunded', args: [HONEST, 1000n, 1000n] },
      ...[HONEST, LAZY, SILENT, BLIND].map((who) => ({ source, event: 'AuditorJoined', args: [who, who, BOND] })),
      { source, event: 'RoundOpened', args: [1n, 100n, 4n, 1n] },
      { source, event: 'RoundDrawn', args: [1n, word(0xdd)] },
      { source, event: 'AuditStarted', args: [JOB, 1n, [HONEST, LAZY, SILENT, BLIND], 60n, 120n] },
    ]);
  });
  after(() => index.close());

  it('reserves a fee for each seat when an audit starts', () => {
    assert.deepEqual(pool(), [960, 40]);
    assert.equal(index.entities('AuditSeat').length, 4);
    assert.equal(auditor(HONEST)['audits'], 1);
  });

  it('pays who revealed, takes from the silent, and returns the rest to the funds', async () => {
    const reveal = (who: string, root: string) => ({ source, event: 'AuditRevealed', args: [JOB, who, root] });
    await index.apply([
      { source, event: 'AuditCommitted', args: [JOB, HONEST, word(0xcc)] },
      reveal(HONEST, TRUTH),
      reveal(LAZY, LIE),
      reveal(BLIND, INPUT_WITHHELD),
      { source, event: 'AuditorPaid', args: [JOB, HONEST, 10n] },
      { source, event: 'AuditorPaid', args: [JOB, LAZY, 10n] },
      { source, event: 'AuditorMissed', args: [JOB, SILENT, 50n] },
      { source, event: 'AuditSettled', args: [JOB, 2, 3n] },
    ]);
    // 960 + the silent one's fee and 50 + the fee of who did not get the input.
    assert.deepEqual(pool(), [960 + 60 + 10, 0]);
    assert.equal(auditor(SILENT)['bondWei'], '950');
    const audit = index.entity('Audit', JOB_ID)!;
    assert.deepEqual([audit['outcome'], audit['revealed']], ['DISAGREED', 3]);
    assert.equal(index.entity('Account', HONEST)!['auditCreditWei'], '10');
  });

  it('freezes what a canary may take, only from who revealed something else', async () => {
    await index.apply([{ source, event: 'CanaryRevealed', args: [JOB, word(0x33), TRUTH] }]);
    assert.deepEqual(
      [HONEST, LAZY, SILENT, BLIND].map((who) => auditor(who)['frozenWei']),
      ['0', '300', '0', '0'],
    );
  });

  it('gives half of what a proven canary took to those who were right', async () => {
    await index.apply([{ source, event: 'CanaryConcluded', args: [JOB, 2, 150n, 150n, 0n] }]);
    assert.deepEqual([auditor(LAZY)['bondWei'], auditor(LAZY)['frozenWei']], ['700', '0']);
    assert.equal(index.entity('Account', HONEST)!['auditCreditWei'], '160');
    assert.equal(index.entity('Audit', JOB_ID)!['canary'], 'PROVEN');
    await index.apply([{ source, event: 'AuditCreditWithdrawn', args: [HONEST, 160n] }]);
    assert.equal(index.entity('Account', HONEST)!['auditCreditWei'], '0');
  });

  it('counts who may be drawn', async () => {
    await index.apply([{ source, event: 'AuditorLeft', args: [LAZY, 5n] }]);
    assert.equal(index.entity('Protocol', 'assay')!['auditors'], 3);
    assert.deepEqual([auditor(LAZY)['active'], auditor(LAZY)['thawEndsAt']], [false, '5']);
  });
});

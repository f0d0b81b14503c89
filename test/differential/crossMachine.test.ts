import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compare, unfit } from '../../scripts/crossMachine/compare.ts';
import { MACHINES, runOn } from '../../scripts/crossMachine/machines.ts';
import { type Job, workload, writeWorkload } from '../../scripts/crossMachine/workload.ts';
import { exactNetworks } from '../helpers/exactNetworks.ts';

/** The CI-sized part of `node scripts/crossMachine.ts`. */
const NETWORKS = /dense|torch-cnn|torch-transformer/;
const MACHINES_HERE = /not emulated|Haswell|Nehalem|a57|WebAssembly/;
const LIMIT_MS = 120_000;

describe('every machine computes the same bits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-cross-'));
  let jobs: readonly Job[] = [];
  before(() => {
    jobs = workload(exactNetworks().filter(({ name }) => NETWORKS.test(name)));
    writeWorkload(jobs, folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const machine of MACHINES.filter(({ name }) => MACHINES_HERE.test(name))) {
    const missing = machine.missing();
    it(`${machine.name}: conformance vector and traces`, { skip: missing ?? false }, async (t) => {
      const findings = compare(jobs, await runOn(machine, folder, LIMIT_MS));
      for (const { job, isControl, wrong } of findings)
        if (!isControl) assert.deepEqual(wrong, [], `${job} on ${machine.name}`);
      const controls = findings.filter(({ isControl }) => isControl);
      assert.equal(controls.length, 2);
      t.diagnostic(controls.map(({ job, wrongElements }) => `${job}: ${wrongElements} elements differ`).join('; '));
      // The control is none when every CPU gets it right: AVX2 without VNNI must not.
      if (machine.name.includes('Haswell'))
        for (const { job, wrong } of controls) assert.notEqual(wrong.length, 0, `${job} on Haswell`);
    });
  }

  it('the comparison itself sees one wrong element, a missing output and another type', async () => {
    const [machine] = MACHINES;
    const answers = await runOn(machine!, folder, LIMIT_MS);
    const [first, ...others] = answers;
    const [output, ...outputs] = first!.outputs;
    const bytes = Buffer.from(output!.base64!, 'base64');
    bytes[0]! ^= 1;
    const tampered = { ...output!, sha256: '00', base64: bytes.toString('base64') };
    const see = (changed: typeof outputs) => compare(jobs, [{ ...first!, outputs: changed }, ...others])[0]!;
    assert.equal(see([output!, ...outputs]).wrong.length, 0);
    assert.deepEqual(see([tampered, ...outputs]).wrong, [output!.name]);
    assert.equal(see([tampered, ...outputs]).wrongElements, 1);
    assert.deepEqual(see(outputs).wrong, [output!.name]);
    assert.deepEqual(see([{ ...output!, dtype: 'int8' }, ...outputs]).wrong, [output!.name]);
    const findings = compare(jobs, [{ ...first!, outputs }, ...others]);
    assert.deepEqual(unfit([{ machine: 'x', findings }]), ['x']);
    assert.deepEqual(unfit([{ machine: 'x', findings: undefined, missing: 'y' }]), []);
  });
});

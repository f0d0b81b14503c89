import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../../../node/cli/print.ts';
import { type Answer, encodeAnswer } from '../../../../node/core/codec/answerFile.ts';
import { programRoot } from '../../../../node/core/exact/program.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { type CliResult, failureOf, jsonOf, runCli } from '../../../helpers/cli.ts';
import { convolutionalProgram } from '../../../helpers/convolutionalProgram.ts';
import { removeFolder, temporaryFolder } from '../../../helpers/network.ts';
import { randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { changedAt, signedClaim } from '../../../helpers/signedClaim.ts';

const program = convolutionalProgram({ image: [8, 8, 3], stages: [8, 8], depth: 1, classes: 5 });
const input = randomInput(new Seeded(4), program, 2);

describe('assay verify', () => {
  let folder = '';
  let model = '';
  let cid = '';
  before(async () => {
    folder = await temporaryFolder('verify');
    model = join(folder, 'model.onnx');
    await writeFile(model, signedClaim(program, input).artifact);
  });
  after(() => removeFolder(folder));

  const verify = (...args: string[]): Promise<CliResult> => runCli(['verify', ...args, '--home', folder]);

  async function save(lie?: (output: Tensor) => Tensor, later: Partial<Answer> = {}): Promise<string> {
    const claim = signedClaim(program, input, lie);
    const { receipt, output } = claim;
    const answer: Answer = { model: 'cnn', cid, feeWei: 0n, hotKey: claim.signer, input, output, receipt, ...later };
    const path = join(folder, 'answer.json');
    await writeFile(path, encodeAnswer(answer));
    return path;
  }

  it('an exact model: every proof again, the same programRoot as here', async () => {
    const facts = jsonOf(await verify(model, '--json'));
    assert.equal(facts['programRoot'], programRoot(program));
    cid = facts['cid'] as string;
  });

  it('a true answer: exit code 0', async () => {
    const result = await verify(await save(), '--model', model, '--json');
    assert.equal(result.code, EXIT.ok, result.stdout);
    const { equal, computedRoot, outputRoot } = jsonOf(result);
    assert.equal(equal, true);
    assert.equal(computedRoot, outputRoot);
  });

  it('a signed lie: exit code 5, and the element by index and coordinates', async () => {
    const lie = (output: Tensor): Tensor => changedAt(output, 7);
    const result = await verify(await save(lie), '--model', model, '--json');
    assert.equal(result.code, EXIT.differs);
    const { divergence } = jsonOf<{ divergence: Record<string, unknown> }>(result);
    assert.equal(divergence['element'], 7);
    assert.deepEqual(divergence['coordinates'], [1, 2]);
    assert.equal(divergence['differing'], 1);
    const { stdout } = await verify(await save(lie), '--model', model);
    assert.match(stdout, /FALSE: element 7 at \[1, 2\] is -?\d+, the program gives -?\d+; 1 element differs/);
  });

  it('an output that was changed after it was signed is nobody’s claim: refused, and the element named', async () => {
    const { output } = signedClaim(program, input);
    const result = await verify(await save(undefined, { output: changedAt(output, 2) }), '--model', model, '--json');
    assert.equal(result.code, EXIT.refused);
    assert.equal(failureOf(result).code, 'RECEIPT_MISMATCH');
    assert.match(failureOf(result).why, /element 2 of the output at hand/);
  });
});

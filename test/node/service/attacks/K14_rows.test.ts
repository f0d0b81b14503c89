import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Digest, toHex } from '../../../../node/core/codec/hex.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { InputRefused } from '../../../../node/service/inference.ts';
import { type Battlefield, openBattlefield } from './attackBench.ts';

/** One fee buys one job, and a job has an end: a body full of rows must not be answered for the price of one. */
describe('K14: an under-priced job made expensive', () => {
  let field: Battlefield;
  before(async () => {
    field = await openBattlefield();
  });
  after(() => field.stop());

  const rowsOf = (rows: number): Tensor => {
    const dims = [rows, ...field.served.input.dims.slice(1)];
    return tensor('uint8', dims, new Uint8Array(dims.reduce((product, dim) => product * dim, 1)));
  };

  it('K14_rows: refuses more rows than a job has, before it hashes, reserves or runs anything', async () => {
    const { answers, rows, inputName } = await field.life();
    for (const [count, works] of [
      [1, true],
      [64, true],
      [65, false],
      [100_000, false],
    ] as const) {
      const input = rowsOf(count);
      const inputRoot = works ? (tensorCommitment(input, { sha256 }) as Digest) : (toHex(new Uint8Array(32)) as Digest);
      const payment = field.header(await field.ask({ inputRoot }));
      const asked = answers.infer({ model: 'model', inputs: new Map([[inputName, input]]), payment });
      if (works) await asked;
      else
        await assert.rejects(asked, (error) => {
          assert.ok(error instanceof InputRefused);
          assert.match(error.why, new RegExp(`${count} rows, a job has at most 64`));
          return true;
        });
    }
    assert.equal(rows().length, 2);
  });
});

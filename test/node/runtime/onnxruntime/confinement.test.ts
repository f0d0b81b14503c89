import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { findConfinement, guarded } from '../../../../node/runtime/onnxruntime/confinement.ts';
import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { denseModel } from '../../../helpers/denseModel.ts';

const without =
  (...tools: readonly string[]) =>
  async (wrappers: readonly string[]): Promise<boolean> =>
    !tools.some((tool) => wrappers.includes(tool));

describe('findConfinement', () => {
  it('takes the strongest that the system offers, and says what is missing', async () => {
    const kinds = [
      [without(), []],
      [without('unshare'), [/network/]],
      [without('unshare', 'setpriv'), [/setpriv/, /network/]],
    ] as const;
    for (const [works, missing] of kinds) {
      const { notices, command } = await findConfinement('linux', works);
      assert.equal(notices.length, missing.length);
      missing.forEach((pattern, index) => {
        assert.match(notices[index]!, pattern);
      });
      const { file, args, env } = command(3 * 2 ** 30);
      assert.equal(file, '/bin/sh');
      assert.ok(args.includes('3145728'));
      assert.deepEqual(env, {});
    }
  });

  it('guards from inside where the system offers nothing', async () => {
    for (const platform of ['darwin', 'win32'] as const) {
      assert.equal(await findConfinement(platform, without()), guarded);
    }
    assert.equal(guarded.notices.length, 3);
    assert.deepEqual(guarded.command(2 ** 31).args.slice(-2), ['guard', `${2 ** 31}`]);
  });

  for (const tools of [['unshare'], ['unshare', 'setpriv']]) {
    it(`runs models without ${tools.join(' and ')}`, { skip: process.platform !== 'linux' }, async () => {
      const runtime = createOnnxRuntime({ confinement: await findConfinement('linux', without(...tools)) });
      try {
        const session = await runtime.load(denseModel(8, 1).file);
        const outputs = await session.run(new Map([['x', tensor('float32', [1, 8], new Float32Array(8))]]));
        assert.deepEqual(outputs.get('y')?.dims, [1, 8]);
      } finally {
        await runtime.close();
      }
    });
  }
});

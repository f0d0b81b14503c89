import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../node/cli/print.ts';
import { ProtocolError } from '../../node/core/errors.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { readArtifact } from '../../node/service/artifact.ts';
import { describeArtifact } from '../../node/service/describe.ts';
import { importModel } from '../../node/service/importModel.ts';
import { failureOf, runCli } from '../helpers/cli.ts';
import { exactArtifact } from '../helpers/exactArtifact.ts';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';
import { concat, fixed32, msg, num, str } from '../helpers/protobuf.ts';
import { Seeded } from '../helpers/seeded.ts';

const MIB = 2 ** 20;
const vector = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../vectors/import/${name}`, import.meta.url))));

/** ModelProto (IR 10, opset 21) around the fields of a graph. */
const modelOf = (...graph: readonly Uint8Array[]): Uint8Array =>
  concat(num(1, 10), msg(7, ...graph), msg(8, str(1, ''), num(2, 21)));

/**
 * A sparse initializer that stands for 1.6 GB: one float at [0, 0] of a 20000 x 20000 matrix, which a runtime makes
 * dense while it loads (threats.md, O3: 79 bytes there).
 */
function sparseBomb(): Uint8Array {
  const values = msg(1, num(1, 1), num(2, 1), fixed32(9, 4), Uint8Array.of(0, 0, 128, 63));
  const indices = msg(2, num(1, 1), num(2, 7), msg(7, Uint8Array.of(0)));
  const sparse = msg(15, values, indices, num(3, 20_000), num(3, 20_000));
  return modelOf(sparse);
}

/** A constant of 2^40 zeros, computed from sixteen bytes. */
function shapeBomb(): Uint8Array {
  const shape = msg(
    5,
    num(1, 2),
    num(2, 7),
    msg(7, Uint8Array.of(128, 128, 64), Uint8Array.of(128, 128, 64)),
    str(8, 's'),
  );
  const node = msg(1, str(1, 's'), str(2, 'y'), str(4, 'ConstantOfShape'));
  const out = msg(12, str(1, 'y'), msg(2, msg(1, num(1, 1), msg(2, msg(1, num(1, 2 ** 20)), msg(1, num(1, 2 ** 20))))));
  return modelOf(node, shape, out);
}

describe('models that nobody should trust', () => {
  let folder = '';
  before(async () => {
    folder = await temporaryFolder('files');
  });
  after(() => removeFolder(folder));
  const file = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  const exact = exactArtifact(51).bytes;
  const float = vector('torch-mlp.onnx');
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at]! ^= 0xff;
    return copy;
  };

  it('a file of a hundred bytes that asks for gigabytes is refused without them', () => {
    assert.ok(sparseBomb().length <= 90, `${sparseBomb().length} bytes`);
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    for (const bytes of [sparseBomb(), shapeBomb()])
      for (const read of [
        importModel,
        (given: Uint8Array) => readArtifact(given, sha256),
        (given: Uint8Array) => describeArtifact(given, sha256),
      ])
        assert.throws(() => read(bytes), ProtocolError);
    assert.ok(performance.now() - begun < 1000);
    assert.ok(process.memoryUsage().rss - before < 200 * MIB);
  });

  describe('on the command line', () => {
    const refused = async (args: readonly string[], code: RegExp): Promise<void> => {
      const result = await runCli([...args, '--json', '--home', join(folder, 'home'), '--verbose']);
      assert.equal(result.code, EXIT.refused, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
      const failure = failureOf(result);
      assert.match(failure.code, code, JSON.stringify(failure));
      for (const sentence of [failure.what, failure.why, failure.fix]) assert.ok(sentence.length > 5);
    };
    const out = (): string => join(folder, 'never.onnx');

    it('a few bytes for gigabytes: import, exact, verify and show', async () => {
      const bomb = file('bomb.onnx', sparseBomb());
      for (const args of [
        ['model', 'import', bomb, '--out', out()],
        ['model', 'exact', bomb, '--out', out()],
        ['verify', bomb],
        ['model', 'show', bomb],
      ])
        await refused(args, /^ONNX_/);
    });

    it('a constant of terabytes', () =>
      refused(['model', 'import', file('shape.onnx', shapeBomb()), '--out', out()], /./));

    it('nothing, text, half a file', async () => {
      await refused(['model', 'import', file('empty.onnx', new Uint8Array(0)), '--out', out()], /^ONNX_/);
      await refused(['verify', file('half.onnx', exact.slice(0, exact.length / 2))], /^ONNX_/);
      await refused(['model', 'exact', file('cut.onnx', float.slice(0, -7)), '--out', out()], /^ONNX_/);
    });

    it('a file of 65 MiB, a folder, an endless device', async () => {
      const large = file('large.onnx', new Uint8Array(0));
      truncateSync(large, 65 * MIB);
      await refused(['verify', large], /^FILE_REFUSED$/);
      await mkdir(join(folder, 'folder.onnx'));
      await refused(['model', 'show', join(folder, 'folder.onnx')], /^FILE_REFUSED$/);
      await refused(['model', 'import', '/dev/zero', '--out', out()], /^FILE_REFUSED$/);
    });

    it('writes nothing when it refuses', () => {
      assert.throws(() => readFileSync(out()), { code: 'ENOENT' });
    });
  });

  it('every flipped byte of an exact model is refused or leaves another program: never a bug', (t) => {
    const seen = new Map<string, number>();
    const root = readArtifact(exact, sha256).programRoot;
    for (let at = 0; at < exact.length; at++) {
      try {
        const { programRoot } = readArtifact(flipped(exact, at), sha256);
        seen.set(
          programRoot === root ? 'same program' : 'another program',
          (seen.get(programRoot === root ? 'same program' : 'another program') ?? 0) + 1,
        );
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `byte ${at}: ${(error as Error).stack}`);
        seen.set(error.code, (seen.get(error.code) ?? 0) + 1);
      }
    }
    t.diagnostic([...seen].map(([code, count]) => `${code} ${count}`).join(', '));
    assert.ok((seen.get('same program') ?? 0) < exact.length / 20);
  });

  it('two thousand mutants of a float model end in a model or a refusal', (t) => {
    const random = new Seeded(61);
    let refusals = 0;
    for (let i = 0; i < 2000; i++) {
      const mutant = float.slice(0, random.int(0, 9) === 0 ? random.int(1, float.length) : float.length);
      for (let n = random.int(1, 4); n > 0; n--)
        mutant[random.int(0, Math.min(mutant.length, 600) - 1)] = random.int(0, 255);
      try {
        importModel(mutant);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `mutant ${i}: ${(error as Error).stack}`);
        refusals += 1;
      }
    }
    t.diagnostic(`${refusals} of 2000 refused (seed 61)`);
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jsonRequest } from '../../helpers/gatewayFixture.ts';
import { inferenceSchema } from './schemas.ts';

const PROGRAM = fileURLToPath(new URL('../../helpers/gatewayProcess.ts', import.meta.url));
const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] };

describe('SIGTERM under load', () => {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const told = async (what: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = what.exec(output);
      if (match !== null) return match;
      await once(child.stdout, 'data');
    }
  };

  it('behavior: what is in hand is answered, what is new is refused, the process ends by itself', async () => {
    const exit = once(child, 'exit');
    const url = `http://127.0.0.1:${(await told(/port (\d+)/))[1]}/v2/models/dense/infer`;
    const answers = Array.from({ length: 20 }, () => fetch(url, jsonRequest(body)));
    await told(/(infer\n){20}/);
    child.kill('SIGTERM');
    await told(/draining/);
    await assert.rejects(fetch(url, jsonRequest(body)));
    for (const answer of answers) {
      const response = await answer;
      assert.equal(response.status, 200);
      inferenceSchema.parse(await response.json());
    }
    assert.deepEqual(await exit, [0, null]);
    assert.match(output, /drained true 0/);
    assert.equal(output.match(/infer\n/g)?.length, 20);
  });
});

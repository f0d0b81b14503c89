import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { describeEvent, eventOf, logLines } from '../../../../node/cli/background/logLines.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));
async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const line of lines) list.push(line);
  return list;
}
const never = new AbortController().signal;

describe('lines of a log', () => {
  it('the last ones; a file that is not there has none', async () => {
    const path = join(folder, 'a.log');
    writeFileSync(path, `${Array.from({ length: 9 }, (_, i) => `line ${i}`).join('\n')}\nhalf`);
    const read = async (lines: number): Promise<string[]> =>
      all(logLines(path, { lines, follow: false, signal: never }));
    assert.deepEqual(await read(2), ['line 7', 'line 8', 'half']);
    assert.deepEqual(await read(0), ['half']);
    assert.deepEqual(await all(logLines(join(folder, 'none'), { lines: 5, follow: false, signal: never })), []);
  });

  it('followed: every new line once, also after the file was begun anew', async () => {
    const path = join(folder, 'b.log');
    writeFileSync(path, 'old\n');
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const line of logLines(path, { lines: 1, follow: true, signal: stop.signal })) {
      seen.push(line);
      if (line === 'old') appendFileSync(path, 'second line\n');
      if (line === 'second line') writeFileSync(path, 'anew\n');
      if (line === 'anew') stop.abort();
    }
    assert.deepEqual(seen, ['old', 'second line', 'anew']);
  });

  it('events for people; texts of strangers cannot steer the terminal', () => {
    const event = eventOf('{"level":"info","time":"2026-11-21T09:00:01.500Z","msg":"served","jobId":"0x1","n":2}');
    assert.equal(describeEvent(event), '09:00:01.500 info served jobId=0x1 n=2');
    assert.deepEqual(eventOf('plain'), { line: 'plain' });
    assert.deepEqual(eventOf('[1]'), { line: '[1]' });
    const failed = {
      level: 'warn',
      msg: 'will retry',
      error: { name: 'A', code: 'A_B', message: 'no', stack: 'at x' },
    };
    assert.equal(describeEvent(failed).trim(), 'warn will retry error=A_B: no', 'no stack');
    assert.ok(!describeEvent(eventOf('\x1b[2Jgone')).includes('\x1b'));
  });
});

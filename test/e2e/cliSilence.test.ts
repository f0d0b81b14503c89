import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { removeFolder, temporaryFolder } from '../helpers/network.ts';

const MAIN = fileURLToPath(new URL('../../node/cli/main.ts', import.meta.url));
/** A network namespace with nothing in it but loopback: there is no way out, and the kernel counts who looks for one. */
const NAMESPACE = ['unshare', '-rn', 'bash', '-euo', 'pipefail', '-c'] as const;
const COUNT = `
count() { awk '/^Ip: [0-9]/ { print $13 }' /proc/net/snmp; awk '$1 == "Ip6OutNoRoutes" { print $2 }' /proc/net/snmp6; }
ip link set lo up
`;
const isPossible =
  spawnSync(NAMESPACE[0], [...NAMESPACE.slice(1), 'ip link set lo up && test -r /proc/net/snmp']).status === 0;

function inside(script: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const [program, ...args] = [...NAMESPACE, `${COUNT}${script}`];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}

describe('nothing dials out', { skip: isPossible ? false : 'no network namespaces for this user' }, () => {
  let home = '';
  before(async () => {
    home = await temporaryFolder('silence');
  });
  after(() => removeFolder(home));

  it('the counter works: one connection to somewhere else is counted', async () => {
    const { output } = await inside(`
      (echo > /dev/tcp/192.0.2.1/80) 2> /dev/null || true
      echo "tried $(count | awk '{ s += $1 } END { print s }')"`);
    assert.match(output, /^tried [1-9]/m);
  });

  it('the main job, from training to settled money, looks for no way out of loopback', async () => {
    const assay = `"${process.execPath}" "${MAIN}"`;
    const { code, output } = await inside(`
      ${assay} demo --json --workers 2 --home "${join(home, 'net')}" > "${join(home, 'report.json')}"
      ${assay} doctor --offline --home "${join(home, 'net')}" > /dev/null || true
      echo "attempts $(count | awk '{ s += $1 } END { print s }')"`);
    assert.equal(code, 0, output);
    assert.match(output, /^attempts 0$/m);
  });
});

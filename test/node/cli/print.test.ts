import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { EXIT, formatTokens, Interrupted, Printer, toJson } from '../../../node/cli/print.ts';
import { SystemRefused, systemRefusal } from '../../../node/cli/systemRefused.ts';
import { ProtocolError } from '../../../node/core/errors.ts';

class Refusal extends ProtocolError {
  override readonly code = 'A_REFUSAL';
}
class Later extends ProtocolError {
  override readonly code = 'LATER';
  override readonly retryable = true;
}
const complaint = { what: 'It did not work', why: 'the bound is 3, got 4', fix: 'Give 3.', meta: { got: 4n } };

function printer(options: { json?: boolean; quiet?: boolean; verbose?: boolean; tty?: boolean } = {}) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  Object.assign(err, { isTTY: options.tty ?? false });
  const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? '';
  const print = new Printer({ ...options, out, err: err as never });
  return { print, out: () => text(out), err: () => text(err) };
}

describe('Printer', () => {
  it('says results to people on standard output, progress on standard error', () => {
    const { print, out, err } = printer();
    print.step('one');
    print.done('two');
    print.result({ a: 1 }, () => 'the result');
    assert.equal(out(), 'the result\n');
    assert.match(err(), /one\n.*two\n/);
  });

  it('says one JSON object to programs, and nothing else but warnings', () => {
    const { print, out, err } = printer({ json: true, tty: true });
    print.step('one');
    print.done('two');
    print.progress('three', 1, 2, 'things');
    print.result({ wei: 10n ** 30n, nested: [{ b: 2n }] }, () => 'for people');
    assert.equal(out(), '{"wei":"1000000000000000000000000000000","nested":[{"b":"2"}]}\n');
    assert.equal(err(), '');
    print.warn('careful');
    assert.match(err(), /careful/);
  });

  it('keeps quiet when told to', () => {
    const { print, err } = printer({ quiet: true, tty: true });
    print.step('one');
    print.done('two');
    print.progress('three', 1, 2, 'things');
    assert.equal(err(), '');
  });

  it('draws progress on terminals only, and clears it before anything else is said', () => {
    const { print, err } = printer({ tty: true });
    print.progress('fetching', 5, 10, 'bytes');
    print.progress('counting', 7, undefined, 'jobs');
    print.done('fetched');
    const said = err();
    assert.match(said, /█+░+ fetching 5\/10 bytes/);
    assert.match(said, /counting 7 jobs/);
    assert.match(said.slice(said.lastIndexOf('\r\u001b[K')), /fetched\n$/);
    const plain = printer();
    plain.print.progress('fetching', 5, 10, 'bytes');
    assert.equal(plain.err(), '');
  });

  it('tells a failure as what, why and fix, and whether trying again may help by the exit code', () => {
    const people = printer();
    assert.equal(people.print.failure(new Refusal(complaint)), EXIT.refused);
    assert.match(
      people.err(),
      /It did not work\n {2}why: the bound is 3, got 4\n {2}fix: Give 3\.\n {2}code: A_REFUSAL\n/,
    );
    assert.equal(people.out(), '');
    assert.equal(people.print.failure(new Later(complaint)), EXIT.unreachable);

    const programs = printer({ json: true });
    assert.equal(programs.print.failure(new Later(complaint)), EXIT.unreachable);
    const { error } = JSON.parse(programs.out()) as { error: Record<string, unknown> };
    assert.deepEqual(error, { code: 'LATER', ...complaint, meta: { got: '4' }, retryable: true });
    assert.equal(programs.err(), '');
  });

  it('error: SystemRefused when the system says no: that is no bug of ours', () => {
    const { print, err } = printer();
    const refused = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    assert.equal(print.failure(refused), EXIT.refused);
    assert.match(err(), /The system refused\n {2}why: ENOSPC: no space[^\n]*\n {2}fix: Free some space/);
    assert.equal(systemRefusal(Object.assign(new Error('x'), { code: 'ENOSPC' })), undefined);
    assert.ok(systemRefusal(refused) instanceof SystemRefused);
  });

  it('calls a bug a bug', () => {
    const people = printer();
    assert.equal(people.print.failure(new TypeError('x is not a function')), EXIT.bug);
    assert.match(people.err(), /Assay has a bug: x is not a function/);
    const programs = printer({ json: true });
    assert.equal(programs.print.failure('a string'), EXIT.bug);
    assert.equal((JSON.parse(programs.out()) as { error: { code: string } }).error.code, 'BUG');
  });

  it('tells the cause chain when asked', () => {
    const { print, err } = printer({ verbose: true });
    const root = new Error('the disk is gone');
    print.failure(new Refusal({ ...complaint, cause: new Error('reading failed', { cause: root }) }));
    assert.match(err(), /caused by: Error: reading failed[\s\S]*caused by: Error: the disk is gone/);
  });

  it('gives an interruption the code that shells give it', () => {
    const { print, err } = printer();
    assert.equal(print.failure(new Interrupted('SIGINT')), 130);
    assert.equal(print.failure(new Interrupted('SIGTERM')), 143);
    assert.doesNotMatch(err(), /bug/);
  });

  it('draws tables', () => {
    const { print } = printer();
    assert.equal(
      print.table(
        ['name', 'n'],
        [
          ['a', '1'],
          ['longer', '22'],
        ],
      ),
      'name    n\na       1\nlonger  22',
    );
  });
});

describe('formatTokens', () => {
  for (const [wei, text] of [
    [0n, '0'],
    [1n, '0.000000000000000001'],
    [10n ** 18n, '1'],
    [1_500_000_000_000_000_000n, '1.5'],
    [-(10n ** 15n), '-0.001'],
    [123_456_789n * 10n ** 18n + 10n, '123456789.00000000000000001'],
  ] as const)
    it(`${wei} wei is ${text}`, () => assert.equal(formatTokens(wei), text));
});

it('toJson writes big integers as decimal strings', () =>
  assert.equal(toJson({ a: [1n, { b: 2 }] }), '{"a":["1",{"b":2}]}'));

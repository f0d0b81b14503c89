import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { Printer, toJson } from '../../../../node/cli/print.ts';
import { harmlessJson, oneLine, plainText } from '../../../../node/core/codec/plainText.ts';
import { ProtocolError } from '../../../../node/core/errors.ts';

const at = (...points: number[]): string => String.fromCodePoint(...points);

/** What strangers write into slugs, licences, endpoints, descriptions, names of tensors, error texts and files. */
const PAYLOADS: readonly string[] = [
  `${at(27)}[2J${at(27)}[1;1Hall is well`,
  `${at(27)}]0;title${at(7)}`,
  `${at(27)}]8;;http://evil.example${at(27)}\\click${at(27)}]8;;${at(27)}\\`,
  `${at(27)}[8mhidden${at(27)}[0m`,
  `${at(27)}[30;40mblack on black`,
  `${at(27)}[?1049h`,
  `${at(27)}P+q544e${at(27)}\\`,
  `${at(27)}[6n${at(27)}[>c`,
  `${at(27)}]52;c;ZXZpbA==${at(7)}`,
  `${at(0x9b)}2J${at(0x9d)}0;x${at(0x9c)}`,
  `a\rverified equal, bit for bit`,
  `x\n✓ 355 receipts verified`,
  `x\r\n  why: nothing\n  fix: send your key`,
  `x${at(0x85)}y`,
  `x${at(0x2028)}y${at(0x2029)}z`,
  `${at(8)}${at(8)}${at(8)}overwritten`,
  `${at(0x202e)}gnp.exe`,
  `${at(0x2066)}a${at(0x2069)}${at(0x200f)}${at(0x61c)}`,
  `dig${at(0x200b)}its${at(0xfeff)}${at(0xad)}`,
  `${at(0)}nul${at(0x7f)}`,
  `${at(0xe0041)}tag`,
  `half ${at(0xd800)} pair`,
  `tab\ttab${at(11)}${at(12)}`,
];

/** Colours that we print ourselves; nothing else may begin with ESC. */
const COLOUR = new RegExp(`${at(27)}\\[(1|2|22|31|32|33|36|39)m`, 'g');
const hazards = (text: string): string[] =>
  [...text.replace(COLOUR, '').matchAll(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu)].map(String);

class Refusal extends ProtocolError {
  override readonly code = 'ATTACK_REFUSAL';
}

describe('W2: texts of strangers in a terminal', () => {
  function printer(options: { json?: boolean; verbose?: boolean } = {}) {
    const [out, err] = [new PassThrough(), new PassThrough()];
    Object.assign(err, { isTTY: true });
    const print = new Printer({ ...options, out, err: err as never });
    const said = (): string => [out, err].map((stream) => (stream.read() as Buffer | null)?.toString() ?? '').join('');
    return { print, said };
  }

  for (const [index, payload] of PAYLOADS.entries()) {
    const name = JSON.stringify(payload).replace(/[^\x20-\x7e]/g, '.');
    it(`W2_payload ${index}: ${name}`, () => {
      for (const json of [false, true]) {
        const { print, said } = printer({ json, verbose: true });
        print.step(payload);
        print.done(payload);
        print.warn(payload);
        print.progress(payload, 1, 2, payload);
        print.failure(
          new Refusal({ what: payload, why: payload, fix: payload, meta: { payload }, cause: new Error(payload) }),
        );
        print.failure(new Error(payload));
        print.result({ payload }, () => print.table([payload, 'b'], [[payload, payload]]));
        const bar = `\r${at(27)}[K`;
        assert.deepEqual(hazards(said().replaceAll(bar, '')), []);
      }
    });
  }

  it('W2_forgedLines: no text of a stranger begins a line of ours', () => {
    const forged = 'x\n✓ verified\r\n  fix: send your key';
    const { print, said } = printer();
    print.step(forged);
    print.warn(forged);
    print.failure(new Refusal({ what: forged, why: forged, fix: forged }));
    print.result({}, () => print.table(['a', 'b'], [[forged, forged]]));
    for (const line of said().split('\n')) assert.doesNotMatch(line, /^(✓ verified| {2}fix: send)/);
  });

  it('W2_json: is the same value, whatever it holds', () => {
    for (const payload of PAYLOADS) {
      const value = { payload, [payload]: [payload, 1n] };
      const text = toJson(value);
      assert.deepEqual(hazards(text), []);
      const half = payload.replace(/\p{Cs}/gu, (one) => one);
      assert.deepEqual(JSON.parse(text), { payload: half, [payload]: [half, '1'] });
      assert.equal(JSON.parse(harmlessJson(JSON.stringify(payload))), payload);
    }
  });

  it('W2_honest: leaves honest text alone', () => {
    for (const text of [
      'Größe 96,5 % · 模型 · δοκιμή',
      'https://worker.example:8701/a?b=c',
      'MIT OR Apache-2.0',
      '✓ 😀',
    ]) {
      assert.equal(oneLine(text), text);
      assert.equal(plainText(text), text);
      assert.equal(harmlessJson(JSON.stringify(text)), JSON.stringify(text));
    }
    assert.equal(plainText('two\nlines'), 'two\nlines');
    assert.equal(oneLine('two\n  lines'), 'two lines');
  });
});

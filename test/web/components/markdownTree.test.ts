import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker as ThreadWorker } from 'node:worker_threads';
import { type MarkdownNode, markdownTree } from '../../../web/components/markdownTree.ts';
import { type OwnWorker, WorkerLine } from '../../../web/lib/inference/workerLine.ts';

const elements = (nodes: readonly MarkdownNode[]): { tag: string; text?: string }[] =>
  nodes.flatMap((node) => (typeof node === 'string' ? [] : [node, ...elements(node.inner)]));

describe('Markdown of strangers', () => {
  it('becomes text in a few plain elements', () =>
    assert.deepEqual(
      markdownTree('# A *b*\n\n| x |\n|---|\n| ~~y~~ |').filter((node) => node !== '\n'),
      [
        { tag: 'h1', inner: ['A ', { tag: 'em', inner: ['b'] }] },
        {
          tag: 'table',
          inner: [
            { tag: 'thead', inner: [{ tag: 'tr', inner: [{ tag: 'th', inner: ['x'] }] }] },
            { tag: 'tbody', inner: [{ tag: 'tr', inner: [{ tag: 'td', inner: [{ tag: 'del', inner: ['y'] }] }] }] },
          ],
        },
      ],
    ));

  it('keeps of links and pictures where they lead and what they show, if they lead anywhere', () => {
    const found = elements(
      markdownTree(
        '[a](https://a.example "t") [b](javascript:alert(1)) [c](ipfs://bafy) ![d](https://evil.example/x.png)',
      ),
    );
    assert.deepEqual(
      found.filter(({ tag }) => tag === 'a').map(({ text }) => text ?? ''),
      ['https://a.example', '', 'ipfs://bafy'],
    );
    assert.deepEqual(
      found.filter(({ tag }) => tag === 'img').map(({ text }) => text),
      ['d'],
    );
  });

  it('has no HTML, attributes or other elements', () => {
    const text =
      '<script>alert(1)</script>\n\n<iframe src=x></iframe> <b onclick=x>c</b>\n\n- [ ] task\n\nfoot[^1]\n\n[^1]: note';
    const tags = new Set(elements(markdownTree(text)).map(({ tag }) => tag));
    for (const tag of ['script', 'iframe', 'b', 'input', 'section', 'sup']) assert.equal(tags.has(tag), false, tag);
    assert.ok(
      elements(markdownTree(text)).every((node) => Object.keys(node).every((key) => /^(tag|text|inner)$/.test(key))),
    );
  });

  const TOO_MUCH: Readonly<Record<string, string>> = {
    'quotes in quotes': '> '.repeat(500),
    'ten thousand paragraphs': 'x\n\n'.repeat(10_000),
    'lists in lists': Array.from({ length: 100 }, (_, i) => `${'  '.repeat(i)}- a`).join('\n'),
  };
  for (const [name, text] of Object.entries(TOO_MUCH))
    it(`refuses ${name}: no page shows it without a pause`, () => assert.throws(() => markdownTree(text), RangeError));

  it('that keeps the parser busy for minutes is ended, and the next text is read', async () => {
    const module = new URL('../../../web/components/markdownTree.ts', import.meta.url).href;
    const source = `const { parentPort } = require('node:worker_threads');
      const read = import(${JSON.stringify(module)});
      parentPort.on('message', async ({ id, question }) =>
        parentPort.postMessage({ id, value: (await read).markdownTree(question) }));`;
    const threads: ThreadWorker[] = [];
    const start = (): OwnWorker => {
      const thread = new ThreadWorker(source, { eval: true });
      threads.push(thread);
      return {
        postMessage: (message: unknown) => thread.postMessage(message),
        terminate: () => void thread.terminate(),
        addEventListener: (kind: string, listener: (event: never) => void) =>
          thread.on(kind, (data: unknown) => listener({ data } as never)),
      } as unknown as OwnWorker;
    };
    const line = new WorkerLine<string>({ start, what: 'ended', timeoutMs: 3_000 });
    await assert.rejects(line.ask('>'.repeat(60_000)), /ended/);
    assert.deepEqual(await line.ask('*a*'), [{ tag: 'p', inner: [{ tag: 'em', inner: ['a'] }] }]);
    line.close();
    await Promise.all(threads.map((thread) => thread.terminate()));
  });
});

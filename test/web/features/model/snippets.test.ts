import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { snippetsFor } from '../../../../web/features/model/snippets.ts';

const FACTS = {
  endpoint: 'http://127.0.0.1:8546/',
  slug: 'digits',
  input: { name: 'x', datatype: 'UINT8', shape: [-1, 64] },
  chainId: 31337,
  token: `0x${'11'.repeat(20)}`,
  maxWei: 2n * 10n ** 15n,
};

describe('snippetsFor', () => {
  it('names the real worker, model, input and network', () => {
    const snippets = snippetsFor(FACTS)!;
    assert.deepEqual(
      snippets.map(({ label }) => label),
      ['curl', 'TypeScript', 'Python', 'Agent (MCP)'],
    );
    for (const { code } of snippets.slice(0, 3)) assert.match(code, /http:\/\/127\.0\.0\.1:8546\/v2\/models\/digits/);
    for (const { code } of snippets.slice(0, 3)) assert.match(code, /\[1, 64\]/);
    assert.deepEqual(JSON.parse(snippets[3]!.code), {
      mcpServers: { 'assay-digits': { type: 'http', url: 'http://127.0.0.1:8546/mcp' } },
    });
    assert.match(snippets[1]!.code, /eip155:31337/);
  });
  const hostile: Readonly<Record<string, Partial<typeof FACTS>>> = {
    'an endpoint with a command': { endpoint: 'http://127.0.0.1/$(id)' },
    'an endpoint with a quote': { endpoint: "http://127.0.0.1/'" },
    'a server whose name is a command': { endpoint: 'http://$(id)' },
    'a server whose name ends the quote': { endpoint: "http://a';id;'" },
    'an endpoint of another kind': { endpoint: 'javascript:alert(1)' },
    'a name with a quote': { slug: 'digits"; rm -rf ~; "' },
    'a token that is none': { token: "0x'" },
    'an input as large as a book': { input: { ...FACTS.input, shape: [-1, 100_000] } },
  };
  for (const [name, facts] of Object.entries(hostile))
    it(`writes no code for ${name}`, () => assert.equal(snippetsFor({ ...FACTS, ...facts }), undefined));
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  blocksOf,
  brokenLinks,
  type DocsNetwork,
  missingFiles,
  type Page,
  readPages,
  runPage,
  runPages,
  settingsComplaints,
  startNetwork,
  unknownCommands,
} from '../../scripts/checkDocs.ts';

const pages = readPages();
const page = (text: string): Page => ({ path: 'docs/x.md', text });

describe('documentation, read', () => {
  it('links lead somewhere', () => assert.deepEqual(pages.flatMap(brokenLinks), []));
  it('links: complains about a planted offence', () => {
    assert.equal(brokenLinks(page('[a](nowhere.md) [b](cli.md#no-such-heading) [c](cli.md#assay-dev)')).length, 2);
  });

  it('named files exist', () => assert.deepEqual(pages.flatMap(missingFiles), []));
  it('named files: complains about a planted offence', () => {
    assert.equal(missingFiles(page('`node/nowhere.ts` and `node/config.ts`')).length, 1);
  });

  it('named commands and flags exist', () => assert.deepEqual(pages.flatMap(unknownCommands), []));
  it('commands: complains about a planted offence', () => {
    const text =
      '`assay stake double` `assay infer digits --raw 7` `assay infer digits --row 7`\n```sh\nassay fly\n```\n';
    const complaints = unknownCommands(page(text)).join('\n');
    for (const part of ['stake has no command double', 'no flag --raw', 'no command fly'])
      assert.match(complaints, new RegExp(part));
    assert.equal(unknownCommands(page(text)).length, 3);
  });

  it('the table of settings is what node/config.ts does', () => {
    assert.deepEqual(pages.filter(({ path }) => path === 'docs/operators.md').flatMap(settingsComplaints), []);
  });
  it('settings: complains about a planted offence', () => {
    const text = '| `account` | `nobody` | `ASSAY_HOME` | x |\n| `no.such` | `1` | | x |';
    const complaints = settingsComplaints(page(text)).join('\n');
    for (const part of ['account defaults to consumer', 'no setting no.such', 'rpcUrls is not documented'])
      assert.match(complaints, new RegExp(part));
  });
});

describe('documentation, executed', () => {
  let network: DocsNetwork | undefined;
  let runs: ReadonlyMap<string, Promise<string>> = new Map();
  before(async () => {
    network = await startNetwork();
    runs = runPages(pages, network);
  });
  after(async () => network?.stop());

  it('npm start reports that every check held', () => {
    assert.match(network!.report, /355 paid, 355 completed/);
    assert.match(network!.report, /conserved +to the wei/);
  });
  for (const each of pages.filter((one) => blocksOf(one, 'sh').length > 0))
    it(`every command of ${each.path} works`, async () => void (await runs.get(each.path)));
  it('a page whose command fails is noticed', async () => {
    await assert.rejects(
      runPage(page('```sh\nnpm run assay -- infer no-such-model --row 1\n```\n'), network!),
      /exit code 3/,
    );
  });
});

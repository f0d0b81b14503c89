import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { ProtocolError } from '../../core/errors.ts';
import type { FolderFile } from '../../ports/Store.ts';
import { runBuildScript } from '../buildScript.ts';
import { checkWritable, notWritten } from '../files.ts';
import { run } from '../shell.ts';

/** The dApp could not be built for the given network. */
export class SiteNotBuilt extends ProtocolError {
  override readonly code = 'SITE_NOT_BUILT';
}

/** Many times the export of today. */
const MAX_SITE_BYTES = 512 << 20;

export function registerSite(program: Command): void {
  const site = program
    .command('site')
    .description('hand out the dApp: a folder of files that needs no server of its own')
    .addHelpText('after', '\nGuide: docs/deploy.md\nExample:\n  assay site publish --config assay.json');

  site
    .command('publish')
    .description('put the dApp for one network on IPFS: into the blocks of this home, and into a CAR for others')
    .requiredOption('--config <file>', 'assay.json, as `assay network export` writes it')
    .option('--car <file>', 'also write all of it into one file, for `ipfs dag import` and pinning services')
    .addHelpText(
      'after',
      '\nThe same sources and the same configuration give the same CID, so anybody can build it again and compare.\n\nExample:\n  assay network export --out public --no-subgraph --subgraph-url https://index.example/subgraphs/name/assay\n  assay site publish --config public/assay.json --car site.car',
    )
    .action(async (options: { config: string; car?: string }, command: Command) =>
      run(command, async ({ print, assay }) => {
        const car = options.car === undefined ? undefined : resolve(options.car);
        if (car !== undefined) await checkWritable(car);
        print.step('building the dApp');
        const folder = buildSite(resolve(options.config), join(resolve(assay.config.home), 'site'));
        const paths = await pathsOf(folder);
        const packed = await assay.packFolder(filesOf(folder, paths));
        const store = await assay.store();
        await store.importCar(packed.cid, packed.car(), { maxBytes: MAX_SITE_BYTES });
        if (car !== undefined)
          await pipeline(Readable.from(packed.car()), createWriteStream(car)).catch((cause: unknown) => {
            throw notWritten(car, cause);
          });
        const { cid, blocks, bytes } = packed;
        const files = paths.length;
        const url = `ipfs://${cid}/`;
        print.result({ cid, url, files, blocks, bytes, ...(car === undefined ? {} : { car }) }, () =>
          [
            `published ${files} files in ${blocks} blocks, ${bytes} bytes`,
            `  CID      ${cid}`,
            `  address  ${url}, at a gateway https://${cid}.ipfs.<gateway>/`,
            '  blocks   in the store of this home, whose worker hands them out',
            ...(car === undefined ? [] : [`  CAR      ${car}: ipfs dag import ${car}`]),
          ].join('\n'),
        );
        return 0;
      }),
    );
}

/** @throws {SiteNotBuilt} */
function buildSite(config: string, folder: string): string {
  const why = runBuildScript('web/build.ts', ['--out', folder, '--config', config]);
  if (why === undefined) return folder;
  throw new SiteNotBuilt({
    what: 'The dApp could not be built',
    why,
    fix: 'Give an assay.json as `assay network export` writes it, and install the dependencies (`npm start` does).',
  });
}

/** Every file below `folder`, sorted; hidden ones are notes of the build. */
async function pathsOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

async function* filesOf(folder: string, paths: readonly string[]): AsyncGenerator<FolderFile> {
  for (const path of paths) yield { path, content: await readFile(join(folder, path)) };
}

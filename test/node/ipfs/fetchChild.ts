// A process that fetches one CID and is killed in the middle: node fetchChild.ts FOLDER CID PROVIDER
import { openStore } from '../../../node/ipfs/store.ts';
import type { Cid } from '../../../node/ports/Store.ts';

const [folder, cid, provider] = process.argv.slice(2);
const store = await openStore(folder!, { privateProviders: true });
await store.fetch(cid as Cid, {
  maxBytes: 2 ** 30,
  providers: [provider!],
  onProgress: ({ doneBytes }) => process.stdout.write(`${doneBytes}\n`),
});
process.stdout.write('done\n');
await store.close();

// A process whose disk limits are set by its parent: node addChild.ts FOLDER BYTES. Prints what the store said.
import { openStore } from '../../../node/ipfs/store.ts';
import { seeded } from './seeded.ts';

const [folder, size] = process.argv.slice(2);
const store = await openStore(folder!);
const said = await store.add(seeded(Number(size), 'limited')).then(
  ({ cid }) => cid as string,
  (error: { code?: string; why?: string }) => `${error.code}: ${error.why}`,
);
process.stdout.write(said);
await store.close();

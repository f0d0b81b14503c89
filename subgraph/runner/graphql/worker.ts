import { parentPort, workerData } from 'node:worker_threads';
import { parseSchema } from '../schema/schema.ts';
import { openReader } from '../store/database.ts';
import { QueryEngine, type QueryRequest } from './engine.ts';

/** A thread that answers queries: one that takes too long can be ended without ending the index. */
const { database, schema } = workerData as { readonly database: string; readonly schema: string };
const port = parentPort!;
const engine = new QueryEngine(openReader(database), parseSchema(schema));

port.on('message', ({ id, request }: { id: number; request: QueryRequest }) => {
  let body: string;
  try {
    body = JSON.stringify(engine.run(request));
  } catch {
    body = JSON.stringify({ errors: [{ message: 'the index failed to answer' }] });
  }
  port.postMessage({ id, body });
});
port.postMessage({ ready: true });

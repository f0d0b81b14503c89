import { parentPort, workerData } from 'node:worker_threads';
import { parseSchema } from '../schema/schema.ts';
import { openReader } from '../store/database.ts';
import { QueryEngine, type QueryRequest } from './engine.ts';
import { MAX_ANSWER } from './limits.ts';

/** A thread that answers queries: one that takes too long can be ended without ending the index. */
const { database, schema, timeoutMs } = workerData as {
  readonly database: string;
  readonly schema: string;
  readonly timeoutMs: number;
};
const port = parentPort!;
const engine = new QueryEngine(openReader(database), parseSchema(schema), timeoutMs);

const failure = (message: string): string => JSON.stringify({ errors: [{ message }] });

function answer(request: QueryRequest): string {
  try {
    const body = JSON.stringify(engine.run(request));
    return body.length <= MAX_ANSWER ? body : failure(`an answer may have ${MAX_ANSWER} characters at most`);
  } catch {
    return failure('the index failed to answer');
  }
}

port.on('message', ({ id, request }: { id: number; request: QueryRequest }) =>
  port.postMessage({ id, body: answer(request) }),
);
port.postMessage({ ready: true });

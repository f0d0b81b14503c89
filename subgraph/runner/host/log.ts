import { DeterministicError } from '../errors.ts';
import type { HostNamespace, LogLevel } from './context.ts';

const LEVELS: readonly LogLevel[] = ['critical', 'error', 'warning', 'info', 'debug'];
const MAX_MESSAGE = 10_000;

/** `log.log`: a critical message ends the index, as in graph-node. */
export const logHost: HostNamespace = (context) => ({
  'log.log': (level: number, message: number) => {
    const text = context.heap.string(message).slice(0, MAX_MESSAGE);
    const name = LEVELS[level] ?? 'debug';
    context.log(name, text);
    if (name === 'critical') throw new DeterministicError(`critical error logged in mapping: ${text}`);
    return undefined;
  },
});

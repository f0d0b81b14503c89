import { isUtf8 } from 'node:buffer';
import { RequestMalformed } from '../errors.ts';
import { JSON_CONTAINERS, JSON_DEPTH } from '../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` differ from `]` and `}` by 2 and from each other by 0x20. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE_BIT = 0x20;

/**
 * Refuses nesting and container counts that no honest request has, before the parser allocates for them:
 * 8 MiB of `[` would become hundreds of megabytes of arrays.
 */
function scan(bytes: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i++;
      while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
    } else if ((byte & ~BRACE_BIT) === OPEN) {
      if (++depth > JSON_DEPTH) throw tooDeep();
      containers++;
    } else if ((byte & ~BRACE_BIT) === CLOSE) {
      depth--;
    }
  }
  if (containers > JSON_CONTAINERS) {
    throw new RequestMalformed(
      `the JSON has ${containers} arrays and objects, more than ${JSON_CONTAINERS}`,
      'Send tensor data as one flat array, or in binary form.',
    );
  }
}

const tooDeep = (): RequestMalformed =>
  new RequestMalformed(`the JSON is nested deeper than ${JSON_DEPTH} levels`, 'Send tensor data as one flat array.');

/**
 * The JSON value in `bytes`. The caller has already bounded their number.
 * @throws {RequestMalformed} not UTF-8, not JSON, too deep, too many containers
 */
export function readJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes))
    throw new RequestMalformed('the JSON is not UTF-8', 'Encode the JSON in UTF-8 (RFC 8259 section 8.1).');
  scan(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 160) : 'it does not parse';
    throw new RequestMalformed(`the JSON part does not parse: ${reason}`, 'Check the JSON and the length headers.');
  }
}

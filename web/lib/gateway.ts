import { ProblemError } from './problem.ts';

/** Trustless gateways (specs.ipfs.tech/http-gateways/trustless-gateway): what can be asked without hashing anything. */

const TIMEOUT_MS = 20_000;
export const RAW_TYPE = 'application/vnd.ipld.raw';
/** Identity CID of the empty block, for which a trustless gateway always answers. */
const PROBE = 'bafkqaaa';

export const blockUrl = (gateway: string, cid: string): string =>
  `${gateway.replace(/\/+$/, '')}/ipfs/${cid}?format=raw`;

export const signalOf = (signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined ? AbortSignal.timeout(TIMEOUT_MS) : AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);

/** Reads an answer of at most `maxBytes`; a longer one is broken off. */
export async function bodyOf(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    size += part.value.length;
    if (size > maxBytes) {
      await reader?.cancel();
      throw new TypeError(`more than ${maxBytes} bytes`);
    }
    parts.push(part.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Asks whether this is a trustless gateway. @throws {ProblemError} */
export async function probeGateway(gateway: string): Promise<void> {
  const response = await fetch(blockUrl(gateway, PROBE), {
    headers: { accept: RAW_TYPE },
    signal: signalOf(undefined),
  });
  const bytes = response.ok ? await bodyOf(response, 64) : undefined;
  if (bytes?.length !== 0)
    throw new ProblemError({
      what: 'This is no trustless gateway',
      why: response.ok ? 'it sent bytes for the empty block' : `it answers HTTP ${response.status} for the empty block`,
      fix: 'Give the address of a gateway that serves ?format=raw, without a path.',
    });
}

/** Whether the gateway holds the first block of a file. Costs no download. */
export async function hasFile(gateway: string, cid: string, signal?: AbortSignal): Promise<boolean> {
  const response = await fetch(blockUrl(gateway, cid), {
    method: 'HEAD',
    headers: { accept: RAW_TYPE },
    signal: signalOf(signal),
  });
  return response.ok;
}

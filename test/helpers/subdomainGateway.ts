import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { FsBlockstore } from 'blockstore-fs';
import { exporter, type UnixFSEntry } from 'ipfs-unixfs-exporter';

export interface SubdomainGateway {
  readonly port: number;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};
const HOST = /^([a-z2-7]{59})\.ipfs\.localhost(:\d+)?$/;
/** One rule of specs.ipfs.tech/http-gateways/web-redirects-file is all that a site needs that has its own page for what is not there. */
const NOT_FOUND = /^\/\*\s+(\/\S+)\s+404$/m;

/**
 * A gateway as browsers meet it (specs.ipfs.tech/http-gateways/subdomain-gateway): `http://{cid}.ipfs.localhost:{port}/`,
 * over the blocks in a store's folder, read by the stock exporter. For machines without Kubo.
 */
export async function startSubdomainGateway(storeFolder: string): Promise<SubdomainGateway> {
  const blocks = new FsBlockstore(join(storeFolder, 'blocks'));
  const server = createServer((request, response) => {
    answer(request, response, blocks).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer({ headers, url = '/' }: IncomingMessage, response: ServerResponse, blocks: FsBlockstore) {
  const cid = HOST.exec(headers.host ?? '')?.[1];
  if (cid === undefined) return void response.writeHead(404).end('no such site');
  const { pathname, search } = new URL(url, 'http://site');
  const found = await entryAt(`${cid}${decodeURIComponent(pathname)}`, blocks);
  if (found?.type === 'directory' && !pathname.endsWith('/'))
    return void response.writeHead(302, { location: `${pathname}/${search}` }).end();
  const entry = found?.type === 'directory' ? await entryAt(`${found.path}/index.html`, blocks) : found;
  if (entry !== undefined) return send(response, 200, entry);
  const rules = await entryAt(`${cid}/_redirects`, blocks);
  const page = rules === undefined ? undefined : NOT_FOUND.exec(String(await bytesOf(rules)))?.[1];
  const missing = page === undefined ? undefined : await entryAt(`${cid}${page}`, blocks);
  return missing === undefined ? void response.writeHead(404).end('not there') : send(response, 404, missing);
}

const entryAt = (path: string, blocks: FsBlockstore): Promise<UnixFSEntry | undefined> =>
  exporter(path.replace(/\/$/, ''), blocks).catch((error: Error) => {
    if (error.name === 'NotFoundError') return undefined;
    throw error;
  });

async function send(response: ServerResponse, status: number, entry: UnixFSEntry): Promise<void> {
  const type = TYPES[extname(entry.name)] ?? 'application/octet-stream';
  response.writeHead(status, { 'content-type': type }).end(await bytesOf(entry));
}

async function bytesOf(entry: UnixFSEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (entry.type === 'file' || entry.type === 'raw') for await (const chunk of entry.content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { Address } from '../core/codec/hex.ts';
import { GatewayAddressRefused, GatewayPortInUse } from './errors.ts';

/** `/assay.json`: where the dApp finds its network. Endpoints are URLs; the dApp talks to no others. */
export interface SiteConfig {
  readonly chainId: number;
  readonly chainName: string;
  readonly rpcUrls: readonly string[];
  readonly subgraphUrl: string;
  readonly gateways: readonly string[];
  readonly contracts: Readonly<Record<string, Address>>;
  /** Block of the first contract, decimal. */
  readonly deploymentBlock: string;
  readonly explorerUrl?: string;
  /** A chain on this machine: faucet, burner account and time travel are offered. */
  readonly local: boolean;
}

export interface SiteOptions {
  /** The static export (`web/build.ts`). */
  readonly folder: string;
  readonly config: SiteConfig;
}

/**
 * What a meta tag cannot say: the pages carry the rest of their content security policy themselves, so that it also
 * holds on a gateway of IPFS.
 */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};
/** What has a hash of its content or a version in its name never changes. */
const FOREVER = /^\/(_next\/static|ort)\//;

/** The dApp as a Hono application that never listens: files of `folder`, and `/assay.json` with the given network. */
export function createSite({ folder, config }: SiteOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    c.header('cache-control', FOREVER.test(c.req.path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  });
  app.get('/assay.json', (c) => c.json(config));
  app.use(serveStatic({ root: folder }));
  const missing = serveStatic({ root: folder, path: '404.html' });
  app.notFound(async (c) => {
    const page = c.req.method === 'GET' ? await missing(c, async () => undefined) : undefined;
    return page instanceof Response
      ? new Response(page.body, { status: 404, headers: page.headers })
      : c.body(null, 404);
  });
  return app;
}

export interface SiteServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the dApp on a loopback port. Other names of this machine are sent to the one address that the chain lets call
 * it (`anvil --allow-origin`).
 * @throws {GatewayPortInUse} {@link GatewayAddressRefused}
 */
export async function listenSite(site: Hono, port: number, host = '127.0.0.1'): Promise<SiteServer> {
  const app = new Hono();
  let url = '';
  app.use(async (c, next) => {
    const asked = new URL(c.req.url);
    if (asked.origin !== url) return c.redirect(`${url}${asked.pathname}${asked.search}`, 307);
    return next();
  });
  app.route('/', site);
  app.notFound((c) => site.fetch(c.req.raw));
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  await bind(server, host, port);
  url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const Refusal = error.code === 'EADDRINUSE' ? GatewayPortInUse : GatewayAddressRefused;
      reject(new Refusal(host, port, error));
    });
    server.listen({ host, port }, resolve);
  });
}

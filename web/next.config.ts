import { resolve } from 'node:path';
import type { NextConfig } from 'next';

/** A static export: no server of ours at run time, so that any web server, or IPFS, can hand the pages out. */
const config: NextConfig = {
  output: 'export',
  // One folder per page: gateways of IPFS serve `models/index.html` for `models/`.
  trailingSlash: true,
  distDir: process.env['ASSAY_WEB_DIST'] ?? '.next',
  // Equal sources, equal files, equal CID: Next would draw a random name.
  generateBuildId: () => process.env['ASSAY_WEB_BUILD'] ?? 'development',
  images: { unoptimized: true },
  reactStrictMode: true,
  // The browser runs node/core itself to check answers: the repository is the root, not web/.
  turbopack: {
    root: resolve(import.meta.dirname, '..'),
    // Its build for browsers asks the page's document, which the worker that reads Markdown has not.
    resolveAlias: { 'decode-named-character-reference': '../node_modules/decode-named-character-reference/index.js' },
  },
  // `npm test` checks types for all of the repository (tsc -b).
  typescript: { ignoreBuildErrors: true },
};

export default config;

import { createRequire } from 'node:module';
import { defineConfig } from 'hardhat/config';

const require = createRequire(import.meta.url);

/** The compiler comes from the npm registry: nothing is downloaded at build time. */
const compiler = { version: '0.8.33', path: require.resolve('solc/soljson.js') };

export default defineConfig({
  solidity: {
    profiles: {
      default: { ...compiler, settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'prague' } },
    },
  },
  paths: { sources: './contracts', tests: { solidity: './test' } },
  test: { solidity: { fuzz: { runs: 256 }, invariant: { runs: 64, depth: 100, failOnRevert: false } } },
});

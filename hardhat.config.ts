import { createRequire } from 'node:module';
import { defineConfig } from 'hardhat/config';
import type { SolidityHooks } from 'hardhat/types/hooks';
import type { HardhatPlugin } from 'hardhat/types/plugins';

const require = createRequire(import.meta.url);

/** The compiler comes from the npm registry: nothing is downloaded at build time. */
const compiler = { version: '0.8.33', path: require.resolve('solc/soljson.js') };

/** A warning fails the build, as in OpenZeppelin's repository. Only tests may be bigger than what can be deployed. */
const strict: HardhatPlugin = {
  id: 'assay-warnings-are-errors',
  hookHandlers: {
    solidity: async () => ({
      default: async (): Promise<Partial<SolidityHooks>> => ({
        async invokeSolc(context, solc, input, config, next) {
          const output = await next(context, solc, input, config);
          // Instrumented code is bigger and says things twice.
          if (context.globalOptions.coverage) return output;
          for (const found of output.errors ?? []) {
            const isBigTest =
              /^(5574|3860)$/.test(found.errorCode ?? '') && /\/test\//.test(found.formattedMessage ?? '');
            if (found.severity === 'warning' && !isBigTest)
              Object.assign(found, { severity: 'error', type: 'WarningAsError' });
          }
          return output;
        },
      }),
    }),
  },
};

/** The planted failure in test/canary/ runs only when it is named (scripts/test.ts), never with the other tests. */
const canary = process.argv.some((word) => word.includes('test/canary/'));

export default defineConfig({
  plugins: [strict],
  solidity: {
    profiles: {
      default: {
        ...compiler,
        // Without the metadata hash a changed comment leaves the committed bytecode as it is.
        settings: {
          optimizer: { enabled: true, runs: 200 },
          evmVersion: 'prague',
          metadata: { bytecodeHash: 'none' },
        },
      },
    },
    npmFilesToBuild: ['@openzeppelin/contracts/governance/TimelockController.sol'],
  },
  // Under a sources path only `.t.sol` files are tests, so the invariants lie beside the sources here.
  paths: {
    sources: ['./contracts', './test/invariants'],
    tests: { solidity: canary ? './test/canary' : './test/contracts' },
  },
  test: { solidity: { fuzz: { runs: 256 }, invariant: { runs: 64, depth: 100, failOnRevert: false } } },
});

// Reads the record of a version from the chain with ethers; the CID goes to standard output, the rest to standard error.
// Usage: node docs/examples/readVersion.ts <version id> <deployment.json> <rpc url>
import { readFile } from 'node:fs/promises';
import { Contract, JsonRpcProvider } from 'ethers';

const [versionId = '', deploymentFile = '', rpcUrl = ''] = process.argv.slice(2);
const { chainId, addresses } = JSON.parse(await readFile(deploymentFile, 'utf8'));
const provider = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true });
const models = new Contract(
  addresses.models,
  [
    'function getVersion(uint256) view returns (tuple(uint256 modelId, bytes32 sha256Hash, bytes32 programRoot, uint64 sizeBytes, uint64 publishedAt, string cid, string licence, string cardCid, uint256[] parents))',
  ],
  provider,
);
const version = (await models.getFunction('getVersion')(versionId)).toObject();
console.error(version);
console.log(version.cid);
provider.destroy();

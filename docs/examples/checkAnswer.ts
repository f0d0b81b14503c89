// Checks a saved answer with ethers, stock onnxruntime and node:crypto: no code of Assay runs here.
// Usage: node docs/examples/checkAnswer.ts <answer.json> <deployment.json> <rpc url>
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Contract, JsonRpcProvider, TypedDataEncoder, verifyTypedData, ZeroHash } from 'ethers';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [answerFile = '', deploymentFile = '', rpcUrl = ''] = process.argv.slice(2);
const answer = JSON.parse(await readFile(answerFile, 'utf8'));
const { chainId, addresses } = JSON.parse(await readFile(deploymentFile, 'utf8'));
const { receipt, signature } = answer.receipt;

function check(claim: string, actual: unknown, expected: unknown): void {
  if (String(actual).toLowerCase() !== String(expected).toLowerCase())
    throw new Error(`NOT TRUE: ${claim}: ${actual} is not ${expected}`);
  console.log(`ok  ${claim}`);
}

// 1. The receipt is an EIP-712 message of this market, signed by the hot key that the worker registered on chain.
const domain = { name: 'Assay', version: '1', chainId, verifyingContract: addresses.market };
const Receipt = [
  { name: 'jobId', type: 'bytes32' },
  { name: 'versionId', type: 'uint256' },
  { name: 'programRoot', type: 'bytes32' },
  { name: 'inputRoot', type: 'bytes32' },
  { name: 'outputRoot', type: 'bytes32' },
  { name: 'worker', type: 'address' },
  { name: 'issuedAt', type: 'uint64' },
];
const provider = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true });
const workers = new Contract(
  addresses.workers,
  [
    'function getWorker(address) view returns (tuple(address hotKey, uint64 registeredAt, uint64 thawEndsAt, uint128 stakeWei, uint128 thawingWei, uint128 lockedWei, string endpoint))',
  ],
  provider,
);
const { hotKey, endpoint } = await workers.getFunction('getWorker')(receipt.worker);
check('the worker signed the receipt', verifyTypedData(domain, { Receipt }, receipt, signature), hotKey);

// 2. It names the input and the output that the file holds.
const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
check('it names this input', commitment(answer.input), receipt.inputRoot);
check('it names this output', commitment(answer.output), receipt.outputRoot);

// 3. The program is the registered one; its file comes from any worker, and its hash from the chain.
const models = new Contract(
  addresses.models,
  [
    'function getVersion(uint256) view returns (tuple(uint256 modelId, bytes32 sha256Hash, bytes32 programRoot, uint64 sizeBytes, uint64 publishedAt, string cid, string licence, string cardCid, uint256[] parents))',
  ],
  provider,
);
const version = await models.getFunction('getVersion')(receipt.versionId);
check('it names the registered program', receipt.programRoot, version.programRoot);
const file = new Uint8Array(await (await fetch(`${endpoint}/ipfs/${version.cid}?format=raw`)).arrayBuffer());
check('the file is the registered one', `0x${sha256(file).toString('hex')}`, version.sha256Hash);

// 4. Running it again gives the same bits.
const session = await InferenceSession.create(file);
const input = new Uint8Array(Buffer.from(answer.input.base64, 'base64'));
const outputs = await session.run({ [session.inputNames[0]!]: new Tensor('uint8', input, answer.input.dims) });
const { data } = outputs[session.outputNames[0]!] as { data: Int32Array };
const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
check('stock onnxruntime computes the same bits', bytes.toString('base64'), answer.output.base64);

// 5. When the job is on chain, its deliverable is the digest of exactly this receipt.
const market = new Contract(
  addresses.market,
  [
    'function getJob(uint256) view returns (tuple(uint8 state, address client, address worker, address evaluator, address author, uint256 versionId, uint128 feeWei, uint128 claimLockWei, uint64 expiresAt, uint64 submittedAt, uint32 challengeWindowSeconds, uint16 workerBps, uint16 authorBps, bytes32 deliverable))',
  ],
  provider,
);
const job = await market.getFunction('getJob')(receipt.jobId);
if (job.deliverable === ZeroHash) console.log('--  the job is not on chain (yet)');
else check('the job on chain holds this receipt', TypedDataEncoder.hash(domain, { Receipt }, receipt), job.deliverable);
provider.destroy();

/** Tensor commitment T of docs/protocol.md: a SHA-256 tree over leaves of 1024 bytes, and a header of 59 bytes. */
function commitment(tensor: { dtype: string; dims: number[]; base64: string }): string {
  const data = Buffer.from(tensor.base64, 'base64');
  const count = Math.ceil(data.length / 1024);
  let level = Array.from({ length: count }, (_, i) => {
    const leaf = Buffer.alloc(1024);
    data.copy(leaf, 0, i * 1024, (i + 1) * 1024);
    return sha256(Uint8Array.of(0x00), leaf);
  });
  let padding: Buffer = Buffer.alloc(32);
  while (level.length > 1) {
    const lower = level;
    level = [];
    for (let i = 0; i < lower.length; i += 2)
      level.push(sha256(Uint8Array.of(0x01), lower[i]!, lower[i + 1] ?? padding));
    padding = sha256(Uint8Array.of(0x01), padding, padding);
  }
  const header = Buffer.alloc(27);
  header.set([{ uint8: 2, int8: 3, int32: 6 }[tensor.dtype]!, 0, tensor.dims.length]);
  tensor.dims.forEach((dim, axis) => {
    header.writeUInt32BE(dim, 3 + 4 * axis);
  });
  header.writeUInt32BE(1024, 19);
  header.writeUInt32BE(count, 23);
  return `0x${sha256(Uint8Array.of(0x03), header, level[0]!).toString('hex')}`;
}

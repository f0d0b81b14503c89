import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AbiCoder, keccak256 as ethersKeccak, TypedDataEncoder } from 'ethers';
import { type Address, encodeAbiParameters, getAbiItem, type Hex, hashTypedData, keccak256 } from 'viem';
import { type Deployment, deploy } from '../../node/chain/deploy.ts';
import { jobMarketAbi } from '../../node/chain/generated/contracts.ts';
import { type Digest, toHex } from '../../node/core/codec/hex.ts';
import { type JobTerms, jobIdOf } from '../../node/core/codec/job.ts';
import { type Receipt, receiptDigest } from '../../node/core/codec/receipt.ts';
import { type Anvil, ELECTORATE, publicClientOf, startAnvil, walletClientOf } from '../helpers/anvil.ts';
import { Seeded } from '../helpers/seeded.ts';

const CASES = 1_000;
const BATCH = 50;
const SEED = Number(process.env['SEED'] ?? 20_261_121);

const RECEIPT_FIELDS = [
  { name: 'jobId', type: 'bytes32' },
  { name: 'versionId', type: 'uint256' },
  { name: 'programRoot', type: 'bytes32' },
  { name: 'inputRoot', type: 'bytes32' },
  { name: 'outputRoot', type: 'bytes32' },
  { name: 'worker', type: 'address' },
  { name: 'issuedAt', type: 'uint64' },
];

const TERMS_TUPLE =
  'tuple(address client,address worker,uint256 versionId,bytes32 inputRoot,uint128 feeWei,uint64 expiresAt,address evaluator,bytes32 salt)';

/** The JobMarket's two hashes, computed by the contract, viem, ethers and node/core: four programs, one answer. */
describe(`hashes agree between Solidity, viem, ethers and node/core (seed ${SEED})`, () => {
  let anvil: Anvil;
  let market: Address;
  let chainId: bigint;
  const random = new Seeded(SEED);
  // Every fourth value is an edge: all zero or all one.
  const uint = (bits: number): bigint =>
    random.int(0, 3) === 0 ? (random.int(0, 1) === 0 ? 0n : 2n ** BigInt(bits) - 1n) : random.uint(bits);
  const bytes = (length: number): Hex =>
    `0x${uint(8 * length)
      .toString(16)
      .padStart(2 * length, '0')}`;

  before(async () => {
    anvil = await startAnvil();
    const publicClient = publicClientOf(anvil.url);
    const deployment: Deployment = await deploy({
      publicClient,
      walletClient: walletClientOf(anvil.url),
      profile: 'dev',
      allocations: [ELECTORATE],
    });
    market = deployment.addresses.market;
    chainId = BigInt(deployment.chainId);
  });
  after(() => anvil.stop());

  const read = <Args extends readonly unknown[]>(functionName: 'hashReceipt' | 'jobIdOf', args: Args) =>
    publicClientOf(anvil.url).readContract({ address: market, abi: jobMarketAbi, functionName, args: args as never });

  async function inBatches(compare: (index: number) => Promise<void>): Promise<void> {
    for (let first = 0; first < CASES; first += BATCH) {
      await Promise.all(Array.from({ length: BATCH }, (_, i) => compare(first + i)));
    }
  }

  const randomReceipt = (): Receipt => ({
    jobId: bytes(32) as Digest,
    versionId: uint(256),
    programRoot: bytes(32) as Digest,
    inputRoot: bytes(32) as Digest,
    outputRoot: bytes(32) as Digest,
    worker: bytes(20) as Address,
    issuedAt: uint(64),
  });

  it(`hashReceipt: ${CASES} receipts`, async () => {
    const domain = { name: 'Assay', version: '1', chainId, verifyingContract: market };
    await inBatches(async (index) => {
      const receipt = randomReceipt();
      const expected = toHex(receiptDigest(receipt, { chainId, verifyingContract: market }));
      const viem = hashTypedData({
        domain: { ...domain, chainId: Number(chainId) },
        types: { Receipt: RECEIPT_FIELDS },
        primaryType: 'Receipt',
        message: { ...receipt },
      });
      const ethers = TypedDataEncoder.hash(domain, { Receipt: RECEIPT_FIELDS }, receipt);
      const solidity = await read('hashReceipt', [receipt]);
      assert.deepEqual([viem, ethers, solidity], [expected, expected, expected], `receipt ${index}`);
    });
  });

  const randomTerms = (): JobTerms => ({
    client: bytes(20) as Address,
    worker: bytes(20) as Address,
    versionId: uint(256),
    inputRoot: bytes(32) as Digest,
    feeWei: uint(128),
    expiresAt: uint(64),
    evaluator: bytes(20) as Address,
    salt: bytes(32) as Digest,
  });

  it(`jobIdOf: ${CASES} terms`, async () => {
    const { inputs } = getAbiItem({ abi: jobMarketAbi, name: 'jobIdOf' });
    await inBatches(async (index) => {
      const terms = randomTerms();
      const expected = jobIdOf(terms, chainId, market);
      const viem = keccak256(
        encodeAbiParameters([{ type: 'uint256' }, { type: 'address' }, ...inputs], [chainId, market, terms]),
      );
      const coder = AbiCoder.defaultAbiCoder();
      const ethers = ethersKeccak(coder.encode(['uint256', 'address', TERMS_TUPLE], [chainId, market, terms]));
      const solidity = toHex32((await read('jobIdOf', [terms])) as bigint);
      assert.deepEqual([viem, ethers, solidity], [expected, expected, expected], `terms ${index}`);
    });
  });

  it('a single changed bit changes both hashes', async () => {
    const receipt = randomReceipt();
    const terms = randomTerms();
    const flipped = { ...receipt, issuedAt: receipt.issuedAt ^ 1n };
    const moved = { ...terms, expiresAt: terms.expiresAt ^ 1n };
    assert.notEqual(await read('hashReceipt', [receipt]), await read('hashReceipt', [flipped]));
    assert.notEqual(await read('jobIdOf', [terms]), await read('jobIdOf', [moved]));
  });
});

const toHex32 = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Abi, type Address, encodeAbiParameters, encodeFunctionData, type Hex, parseAbiParameters } from 'viem';
import { encodeElementEvidence } from '../../node/chain/encodeEvidence.ts';
import {
  arenaAbi,
  assayTokenAbi,
  courtAbi,
  jobCourtAbi,
  jobMarketAbi,
  receiptCourtAbi,
} from '../../node/chain/generated/contracts.ts';
import { toHex } from '../../node/core/codec/hex.ts';
import { jobIdOf } from '../../node/core/codec/job.ts';
import type { Receipt } from '../../node/core/codec/receipt.ts';
import { elementEvidence } from '../../node/core/dispute/evidence.ts';
import { type CommittedValue, commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { type TraceCommitment, traceOf } from '../../node/core/dispute/traceCommitment.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import type { Step } from '../../node/core/exact/step.ts';
import { qconv2d } from '../../node/core/exact/steps/qconv2d.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { pathOf } from '../../node/core/merkle/proof.ts';
import { commitTensor, encodeHeader } from '../../node/core/merkle/tensorCommitment.ts';
import { type MerkleTree, nodeAt, rootOf } from '../../node/core/merkle/tree.ts';
import { type Tensor, tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { type Market, startMarket } from '../helpers/market.ts';
import { Seeded } from '../helpers/seeded.ts';

/** Frozen figures: `ASSAY_FREEZE_GAS=1 node --test test/gas/disputes.test.ts` writes them anew. */
const FROZEN = new URL('./disputes.json', import.meta.url);
const FREEZE = process.env['ASSAY_FREEZE_GAS'] === '1';
/** Calldata is random bytes, so that a figure moves a little with the addresses; a real change moves it more. */
const TOLERANCE = 0.01;
const ROWS = 16;
const TRACE_LEVELS = 6;
const TENSOR_LEVELS = 5;
const ASSAY = 10n ** 18n;
/** With filing (0.15M), slash and settlement (0.2M), which the estimate of verification.md 3.4 leaves out. */
const MOST_OF_A_DISPUTE = 1_600_000;
const MOST_OF_A_SMALL_DISPUTE = 1_300_000;

const RANGE = { rangeClass: 'U7S8', inputZeroPoint: 0, weightZeroPoint: 0, lo: 0, hi: 127, outDtype: 'uint8' } as const;

function weights(random: Seeded, dims: readonly number[]): Tensor<'int8'> {
  const size = dims.reduce((a, b) => a * b, 1);
  return tensor(
    'int8',
    dims,
    Int8Array.from({ length: size }, () => random.int(-127, 127)),
  );
}

/** Offset so large that no numerator is negative. */
function pairs(n: number): { readonly pairs: Tensor<'int64'>; readonly shift: number; readonly offset: bigint } {
  const data = Array.from({ length: n }, () => [1000n, 2n ** 45n]).flat();
  return { pairs: tensor('int64', [n, 2], BigInt64Array.from(data)), shift: 20, offset: 2n ** 25n };
}

type Image = readonly [height: number, width: number, channels: number];
const sizeOf = (image: Image): number => image.reduce((a, b) => a * b);

/** A CNN of 64 steps: 62 convolutions 3x3 over the image, a dense layer with K = 4096, and one with 10 outputs. */
function networkOf(random: Seeded, image: Image): Program {
  const channels = image[2];
  const positions = sizeOf(image) / 4096;
  const weight = weights(random, [channels, 3, 3, channels]);
  const convolution = (source: number): Step =>
    qconv2d({
      ...RANGE,
      ...pairs(channels),
      source,
      image,
      kernel: [3, 3],
      pads: [1, 1, 1, 1],
      groups: 1,
      weight,
    });
  const steps = Array.from({ length: 62 }, (_, at) => convolution(at));
  steps.push(
    qlinear({
      ...RANGE,
      ...pairs(64),
      source: 62,
      positions: [positions],
      k: 4096,
      n: 64,
      weight: weights(random, [64, 4096]),
    }),
    qlinear({
      ...RANGE,
      ...pairs(10),
      source: 63,
      k: 64 * positions,
      n: 10,
      weight: weights(random, [10, 64 * positions]),
    }),
  );
  return proveProgram({
    input: { name: 'x', dtype: 'uint8', dims: image, lo: 0, hi: 127, zeroPoint: 0, scale: [1], offset: [0] },
    steps,
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
}

/** Values of the right shapes and nothing else: every step is wrong nearly everywhere. */
function nonsense(random: Seeded, image: Image, rows: number): TraceCommitment {
  const program = networkOf(random, image);
  const value = (dims: readonly number[]): CommittedValue => {
    const data = Uint8Array.from({ length: dims.reduce((a, b) => a * b, rows) }, () => random.int(0, 127));
    const made = tensor('uint8', [rows, ...dims], data);
    return { tensor: made, committed: commitTensor(made, { sha256 }) };
  };
  const [first, second] = [value(image), value(image)];
  const values = program.steps.slice(0, 62).map((_, at) => (at % 2 === 0 ? second : first));
  return traceOf(commitProgram(program, sha256), [first, ...values, value([sizeOf(image) / 4096, 64]), value([10])]);
}

const hexes = (nodes: readonly Uint8Array[]): Hex[] => nodes.map((node) => toHex(node));

/** The children of a node `levels` below it, padding left out. */
function childrenOf(tree: MerkleTree, level: number, index: number, levels: number): Hex[] {
  const present = Math.ceil(tree.count / 2 ** (level - levels));
  const end = Math.min(present, (index + 1) * 2 ** levels);
  const found: Uint8Array[] = [];
  for (let at = index * 2 ** levels; at < end; at++) found.push(nodeAt(tree, level - levels, at));
  return hexes(found);
}

/** Siblings from a node up to the height `to`. */
function siblingsOf(tree: MerkleTree, from: number, index: number, to: number): Hex[] {
  const found: Uint8Array[] = [];
  for (let level = from; level < to; level++)
    found.push(nodeAt(tree, level, Math.floor(index / 2 ** (level - from)) ^ 1));
  return hexes(found);
}

type Who = 'worker' | 'challenger' | 'other';

/** Sends, and writes down what each call cost. */
class Meter {
  readonly #market: Market;
  readonly figures: Record<string, number> = {};
  readonly sides: Record<Who, number> = { worker: 0, challenger: 0, other: 0 };

  constructor(market: Market) {
    this.#market = market;
  }

  async send(who: Who, from: Address, to: Address, abi: Abi, call: string, args: readonly unknown[], name = call) {
    const { chain, client } = this.#market;
    const data = encodeFunctionData({ abi, functionName: call, args });
    await chain.impersonateAccount({ address: from });
    await chain.setBalance({ address: from, value: 1000n * ASSAY });
    const hash = await chain.sendUnsignedTransaction({ from, to, data, gas: 16_000_000n });
    const { status, gasUsed } = await client.waitForTransactionReceipt({ hash });
    assert.equal(status, 'success', `${name} reverted`);
    this.figures[name] = Number(gasUsed);
    this.sides[who] += Number(gasUsed);
  }
}

describe('gas of disputes', () => {
  let market: Market;
  let own: TraceCommitment;
  const measured: Record<string, number> = {};
  before(async () => {
    market = await startMarket();
    const random = new Seeded(7);
    own = nonsense(random, [32, 32, 64], ROWS);
  });
  after(() => market.stop());

  interface Claim {
    readonly claimId: Hex;
    readonly jobId: bigint;
    readonly terms: Awaited<ReturnType<Market['escrow']>>['terms'];
    readonly receipt: Receipt;
  }

  async function submitted(meter: Meter, slug: string): Promise<Claim> {
    const { people, deployment } = market;
    const { versionId } = await market.publish(slug, { programRoot: own.facts.programRoot });
    const { terms, ...payment } = await market.escrow({ versionId, inputRoot: own.facts.inputRoot });
    const jobId = jobIdOf(terms, 31337n, deployment.addresses.market);
    const signed = market.receipt(jobId, {
      versionId,
      programRoot: own.facts.programRoot,
      inputRoot: own.facts.inputRoot,
      outputRoot: own.values.at(-1)!.committed.digest,
    });
    const deliverable = market.deliverable(signed);
    const { validAfter, validBefore, signature } = payment;
    const submission = { terms, authorization: { validAfter, validBefore, signature }, deliverable };
    const { market: at } = deployment.addresses;
    await meter.send('other', people.hot.address, at, jobMarketAbi, 'openAndSubmit', [submission]);
    const claimId = await market.client.readContract({
      address: deployment.addresses.court,
      abi: courtAbi,
      functionName: 'claimIdOf',
      args: [jobId, deliverable],
    });
    return { claimId, jobId: BigInt(jobId), terms, receipt: signed.receipt };
  }

  interface Opened {
    readonly claimId: Hex;
    readonly gameId: Hex;
    readonly receipt: Receipt;
  }

  /** A challenged job: filed with its receipt by a challenger who has it, or revealed by the worker. */
  async function challenged(meter: Meter, name: string, withReceipt: boolean): Promise<Opened> {
    const { people, deployment, client } = market;
    const { addresses } = deployment;
    const challenger = people.other.address;
    // A slash in the second of another change of votes would share its checkpoint and cost less.
    await market.pass(2);
    const { claimId, jobId, terms, receipt } = await submitted(meter, name);
    const unlimited = [addresses.court, 2n ** 255n];
    await meter.send('other', challenger, addresses.token, assayTokenAbi, 'approve', unlimited);
    meter.sides.other = 0;
    const reveal = encodeFunctionData({ abi: jobCourtAbi, functionName: 'reveal', args: [jobId, receipt, terms] });
    const locator = encodeAbiParameters(parseAbiParameters('uint256'), [jobId]);
    // The arguments of `reveal` are static: without the selector they are the long form of the locator.
    const arena = { abi: arenaAbi, address: addresses.arena } as const;
    const file = [addresses.jobCourt, withReceipt ? (`0x${reveal.slice(10)}` as const) : locator] as const;
    const calls = [
      encodeFunctionData({ ...arena, functionName: 'file', args: file }),
      encodeFunctionData({ ...arena, functionName: 'challenge', args: [claimId] }),
    ];
    const what = withReceipt ? 'file with receipt and challenge' : 'file and challenge';
    await meter.send('challenger', challenger, arena.address, arenaAbi, 'multicall', [calls], what);
    if (!withReceipt)
      await meter.send('worker', people.hot.address, addresses.jobCourt, jobCourtAbi, 'reveal', [
        jobId,
        receipt,
        terms,
      ]);
    const gameId = await client.readContract({ ...arena, functionName: 'gameIdOf', args: [claimId, challenger] });
    return { claimId, gameId, receipt };
  }

  const answerOf = () => ({
    traceRoot: toHex(rootOf(own.tree)),
    count: own.tree.count,
    programTreeRoot: toHex(rootOf(own.program.tree)),
    outputPath: hexes(pathOf(own.tree, own.tree.count - 1)),
  });

  const proofOf = ({ gameId, receipt }: Opened, step: number, element: number) => {
    const evidence = encodeElementEvidence(elementEvidence(own, step, element));
    return [gameId, receipt, step, BigInt(element), evidence] as const;
  };

  async function paidOut(meter: Meter, claimId: Hex): Promise<void> {
    const { court } = market.deployment.addresses;
    const challenger = market.people.other.address;
    await market.pass(2000);
    await meter.send('other', challenger, court, courtAbi, 'finalize', [claimId], 'finalize a fallen claim');
    await meter.send('other', challenger, court, courtAbi, 'withdraw', [], 'withdraw');
    const reading = { address: court, abi: courtAbi } as const;
    const outcome = await market.client.readContract({ ...reading, functionName: 'outcomeOf', args: [claimId] });
    assert.equal(outcome, 2, 'fallen');
  }

  /** The whole dispute about one element of T_step, from the challenge to the verdict. */
  async function dispute(
    name: string,
    step: number,
    element: number,
    withReceipt: boolean,
    isDetailed = true,
  ): Promise<Meter> {
    const meter = new Meter(market);
    const { people, deployment } = market;
    const { arena } = deployment.addresses;
    const [worker, challenger] = [people.hot.address, people.other.address];
    const opened = await challenged(meter, name, withReceipt);
    const { claimId, gameId, receipt } = opened;
    const root = toHex(rootOf(own.tree));
    const { depth } = own.tree;
    const opening = [
      encodeFunctionData({ abi: arenaAbi, functionName: 'answer', args: [claimId, receipt, answerOf()] }),
      encodeFunctionData({
        abi: arenaAbi,
        functionName: 'open',
        args: [gameId, root, childrenOf(own.tree, depth, 0, TRACE_LEVELS)],
      }),
    ];
    await meter.send('worker', worker, arena, arenaAbi, 'multicall', [opening], 'answer and open 64');
    const { tensor: output, committed } = own.values[step]!;
    const path = siblingsOf(own.tree, 0, step - 1, depth);
    const pick = [gameId, root, BigInt(step - 1), committed.digest, path];
    await meter.send('challenger', challenger, arena, arenaAbi, 'pick', pick, 'pick of 64');

    const tree = committed.tree;
    const header = toHex(encodeHeader(committed.header));
    let level = tree.depth;
    let node = toHex(rootOf(tree));
    const leaf = Math.floor(element / 1024);
    const span = (): number => Math.min(level, TENSOR_LEVELS);
    const top = childrenOf(tree, level, 0, span());
    await meter.send('worker', worker, arena, arenaAbi, 'openTensor', [gameId, committed.digest, header, top]);
    while (level > 0) {
      const low = level - span();
      const index = leaf >> low;
      const child = toHex(nodeAt(tree, low, index));
      const at = BigInt(index & (2 ** span() - 1));
      const siblings = siblingsOf(tree, low, index, level);
      await meter.send('challenger', challenger, arena, arenaAbi, 'pick', [gameId, node, at, child, siblings]);
      [level, node] = [low, child];
      if (level === 0) break;
      await meter.send(
        'worker',
        worker,
        arena,
        arenaAbi,
        'open',
        [gameId, node, childrenOf(tree, level, index, span())],
        'open 32',
      );
    }
    const data = toHex(tensorBytes(output).subarray(leaf * 1024, (leaf + 1) * 1024));
    await meter.send('worker', worker, arena, arenaAbi, 'openLeaf', [gameId, node, data]);
    await meter.send(
      'challenger',
      challenger,
      arena,
      arenaAbi,
      'prove',
      proofOf(opened, step, element),
      `prove ${name}`,
    );
    const total = meter.sides.worker + meter.sides.challenger;
    await paidOut(meter, claimId);
    Object.assign(measured, isDetailed ? meter.figures : {}, { [`whole dispute, ${name}`]: total });
    return meter;
  }

  it('a convolution of a CNN of 64 steps: both sides together', async () => {
    const { sides } = await dispute('conv-k576', 40, 37 * 1024 + 100, true);
    assert.ok(sides.worker + sides.challenger <= MOST_OF_A_DISPUTE, JSON.stringify(sides));
  });

  it('a dense layer with K = 4096: both sides together', async () => {
    const { sides } = await dispute('dense-k4096', 63, 3 * 1024 + 100, false);
    assert.ok(sides.worker + sides.challenger <= MOST_OF_A_DISPUTE, JSON.stringify(sides));
  });

  it('a convolution of a CNN of 64 steps on one image of 16 x 16 x 16: both sides together at most 1.3 million', async () => {
    const large = own;
    own = nonsense(new Seeded(8), [16, 16, 16], 1);
    const meter = await dispute('conv-k144-small', 40, 2 * 1024 + 100, true, false);
    own = large;
    const total = meter.sides.worker + meter.sides.challenger;
    assert.ok(total <= MOST_OF_A_SMALL_DISPUTE, String(total));
  });

  it('the fast lane, for a challenger who holds the trace: both sides together at most 1.3 million', async () => {
    const meter = new Meter(market);
    const { people, deployment } = market;
    const { arena } = deployment.addresses;
    const opened = await challenged(meter, 'fast', true);
    const answer = [opened.claimId, opened.receipt, answerOf()];
    await meter.send('worker', people.hot.address, arena, arenaAbi, 'answer', answer);
    const proof = proofOf(opened, 40, 37 * 1024 + 100);
    await meter.send('challenger', people.other.address, arena, arenaAbi, 'prove', proof, 'prove fast');
    const total = meter.sides.worker + meter.sides.challenger;
    await paidOut(meter, opened.claimId);
    Object.assign(measured, { answer: meter.figures['answer'], 'whole dispute, fast lane': total });
    assert.ok(total <= 1_300_000, String(total));
  });

  it('a batch of 256 receipts: at most 250 for each', async () => {
    const meter = new Meter(market);
    const { people, deployment } = market;
    const at = deployment.addresses.receiptCourt;
    await meter.send('worker', people.owner.address, at, receiptCourtAbi, 'reserve', [2000n * ASSAY]);
    const roots = ['a1', 'b2'].map((byte) => `0x${byte.repeat(32)}`);
    await meter.send('worker', people.hot.address, at, receiptCourtAbi, 'commitBatch', [roots[0], 256n], 'first batch');
    await meter.send('worker', people.hot.address, at, receiptCourtAbi, 'commitBatch', [roots[1], 256n]);
    const each = meter.figures['commitBatch']! / 256;
    Object.assign(measured, meter.figures);
    assert.ok(each <= 250, `${each} gas for each receipt`);
  });

  it('an unchallenged job', async () => {
    const meter = new Meter(market);
    const { people, deployment } = market;
    const { jobId } = await submitted(meter, 'quiet');
    await market.pass(60);
    const { jobCourt } = deployment.addresses;
    await meter.send('worker', people.hot.address, jobCourt, jobCourtAbi, 'finalize', [[jobId]], 'finalize one job');
    measured['finalize one job'] = meter.figures['finalize one job']!;
  });

  it('is what it was', () => {
    const figures = Object.fromEntries(Object.entries(measured).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (FREEZE) writeFileSync(FROZEN, `${JSON.stringify(figures, null, 2)}\n`);
    const frozen = JSON.parse(readFileSync(FROZEN, 'utf8')) as Record<string, number>;
    assert.deepEqual(Object.keys(figures), Object.keys(frozen));
    for (const [name, gas] of Object.entries(figures)) {
      const off = Math.abs(gas - frozen[name]!) / frozen[name]!;
      assert.ok(off <= TOLERANCE, `${name} takes ${gas} gas, it took ${frozen[name]}: freeze it anew if that is meant`);
      assert.ok(gas < 16_777_216, `${name} is above the cap of a transaction (EIP-7825)`);
    }
  });
});

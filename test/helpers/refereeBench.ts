import assert from 'node:assert/strict';
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex, parseAbi } from 'viem';
import { encodeElementEvidence, encodeHeaderEvidence, encodeInputEvidence } from '../../node/chain/encodeEvidence.ts';
import { refereeAbi, refereeBytecode } from '../../node/chain/generated/contracts.ts';
import { type Digest, toHex } from '../../node/core/codec/hex.ts';
import type { ElementEvidence, HeaderEvidence, InputEvidence } from '../../node/core/dispute/evidence.ts';
import type { Facts } from '../../node/core/dispute/traceCommitment.ts';
import { type Anvil, publicClientOf, startAnvil, walletClientOf } from './anvil.ts';
import { compileContracts } from './compileContracts.ts';

export const VERDICTS = ['Unproven', 'Correct', 'Wrong', 'Void'] as const;
export type Verdict = (typeof VERDICTS)[number] | 'reverted';

export const REFEREE_ABI = parseAbi([
  'struct Facts { bytes32 programRoot; bytes32 inputRoot; bytes32 traceRoot; uint32 count; }',
  'function judge(Facts facts, uint32 step, uint64 element, bytes evidence) view returns (uint8)',
  'function judgeHeader(Facts facts, uint32 step, bytes evidence) view returns (uint8)',
  'function judgeInput(Facts facts, uint64 element, bytes evidence) view returns (uint8)',
  'function judgeChunk(Facts facts, uint32 step, uint64 element, int64[] partials, uint256 chunk, bytes evidence) view returns (uint8)',
  'function judgePartials(Facts facts, uint32 step, uint64 element, int64[] partials, bytes evidence) view returns (uint8)',
  'function chunksOf(bytes record) view returns (uint256)',
]);
const BATCH_ABI = parseAbi([
  'function callAll(address target, uint256 gasCap, bytes[] calls) view returns (uint256[])',
]);

/** What the chain says to one call. */
export interface Answer {
  readonly verdict: Verdict;
  /** Of the call alone, without calldata and transaction. */
  readonly gas: number;
}

const factsOf = ({ programRoot, inputRoot, traceRoot, count }: Facts) => ({
  programRoot,
  inputRoot,
  traceRoot: toHex(traceRoot) as Digest,
  count,
});

/** Calls of the referee. */
export const calls = {
  judge: (facts: Facts, step: number, element: number, evidence: ElementEvidence): Hex =>
    calls.judgeRaw(facts, step, BigInt(element), encodeElementEvidence(evidence)),
  judgeRaw: (facts: Facts, step: number, element: bigint, evidence: Hex): Hex =>
    encodeFunctionData({
      abi: REFEREE_ABI,
      functionName: 'judge',
      args: [factsOf(facts), step, element, evidence],
    }),
  judgeHeader: (facts: Facts, step: number, evidence: HeaderEvidence): Hex =>
    encodeFunctionData({
      abi: REFEREE_ABI,
      functionName: 'judgeHeader',
      args: [factsOf(facts), step, encodeHeaderEvidence(evidence)],
    }),
  judgeInput: (facts: Facts, element: number, evidence: InputEvidence): Hex =>
    encodeFunctionData({
      abi: REFEREE_ABI,
      functionName: 'judgeInput',
      args: [factsOf(facts), BigInt(element), encodeInputEvidence(evidence)],
    }),
  judgeChunk: (
    facts: Facts,
    [step, element, chunk]: readonly [number, number, number],
    partials: readonly bigint[],
    evidence: ElementEvidence,
  ): Hex =>
    encodeFunctionData({
      abi: REFEREE_ABI,
      functionName: 'judgeChunk',
      args: [factsOf(facts), step, BigInt(element), partials, BigInt(chunk), encodeElementEvidence(evidence)],
    }),
  judgePartials: (
    facts: Facts,
    [step, element]: readonly [number, number],
    partials: readonly bigint[],
    evidence: ElementEvidence,
  ): Hex =>
    encodeFunctionData({
      abi: REFEREE_ABI,
      functionName: 'judgePartials',
      args: [factsOf(facts), step, BigInt(element), partials, encodeElementEvidence(evidence)],
    }),
  chunksOf: (record: Uint8Array): Hex =>
    encodeFunctionData({ abi: REFEREE_ABI, functionName: 'chunksOf', args: [toHex(record)] }),
};

/** Gas of a transaction with this calldata: EIP-2028 and the floor of EIP-7623. */
export function transactionGas(call: Hex, executed: number): number {
  const bytes = (call.length - 2) / 2;
  let zeros = 0;
  for (let at = 2; at < call.length; at += 2) if (call[at] === '0' && call[at + 1] === '0') zeros++;
  const standard = 4 * zeros + 16 * (bytes - zeros) + executed;
  return 21_000 + Math.max(standard, 10 * zeros + 40 * (bytes - zeros));
}

/** No judgement of evidence that fits a transaction may take more. */
const GAS_CAP = 16_000_000n;
/** Hexadecimal digits of one batch. */
const BATCH_SIZE = 3_000_000;

/** The referee as it is deployed (node/chain/generated), on a chain of its own. Stop it in `after`. */
export class RefereeBench {
  readonly #anvil: Anvil;
  readonly #referee: Address;
  readonly #batch: Address;

  private constructor(anvil: Anvil, referee: Address, batch: Address) {
    this.#anvil = anvil;
    this.#referee = referee;
    this.#batch = batch;
  }

  static async start(): Promise<RefereeBench> {
    const anvil = await startAnvil(['--hardfork', 'prague', '--gas-limit', '1000000000000', '--no-request-size-limit']);
    try {
      const compiled = [
        { abi: refereeAbi, bytecode: refereeBytecode },
        ...compileContracts('test/helpers/sol/RefereeBatch.sol'),
      ] as const;
      const [wallet, reader] = [walletClientOf(anvil.url), publicClientOf(anvil.url)];
      const deployed: Address[] = [];
      for (const { abi, bytecode } of compiled) {
        const hash = await wallet.deployContract({ abi, bytecode, args: [] });
        const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
        assert.ok(contractAddress);
        deployed.push(contractAddress);
      }
      return new RefereeBench(anvil, deployed[0]!, deployed[1]!);
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#anvil.stop();
  }

  /** The answers in the order of the calls. */
  async ask(all: readonly Hex[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let from = 0; from < all.length; ) {
      let [to, size] = [from, 0];
      while (to < all.length && (to === from || size + all[to]!.length < BATCH_SIZE)) size += all[to++]!.length;
      const args = [this.#referee, GAS_CAP, all.slice(from, to)] as const;
      const { data } = await publicClientOf(this.#anvil.url).call({
        to: this.#batch,
        data: encodeFunctionData({ abi: BATCH_ABI, functionName: 'callAll', args }),
        gas: 900_000_000_000n,
      });
      const words = decodeFunctionResult({ abi: BATCH_ABI, functionName: 'callAll', data: data! });
      for (const word of words) {
        const code = Number(word & 255n);
        answers.push({ verdict: VERDICTS[code] ?? 'reverted', gas: Number(word >> 8n) });
      }
      from = to;
    }
    return answers;
  }
}

import { encodeAbiParameters, encodeFunctionData, type Hex, parseAbiParameters } from 'viem';
import { type Digest, toHex } from '../../core/codec/hex.ts';
import type { Receipt } from '../../core/codec/receipt.ts';
import type { ChallengerMove } from '../../core/dispute/challengerMove.ts';
import type { WorkerMove } from '../../core/dispute/workerMove.ts';
import type { Filing } from '../../ports/Court.ts';
import { encodeElementEvidence, encodeHeaderEvidence, encodeInputEvidence } from '../encodeEvidence.ts';
import { arenaAbi } from '../generated/contracts.ts';

const STRUCTS = [
  'struct Receipt { bytes32 jobId; uint256 versionId; bytes32 programRoot; bytes32 inputRoot; bytes32 outputRoot; address worker; uint64 issuedAt; }',
  'struct Terms { address client; address worker; uint256 versionId; bytes32 inputRoot; uint128 feeWei; uint64 expiresAt; address evaluator; bytes32 salt; }',
  'struct Payment { address from; bytes32 nonce; }',
] as const;
const JOB = parseAbiParameters('uint256 jobId');
const SHOWN_JOB = parseAbiParameters(['uint256 jobId, Receipt receipt, Terms terms', ...STRUCTS]);
const SIGNED = parseAbiParameters(['uint8 kind, Receipt receipt, Payment payment, bytes signature', ...STRUCTS]);
const FREE = { from: `0x${'00'.repeat(20)}`, nonce: `0x${'00'.repeat(32)}` } as const;

/** What names a claim to its subject (IJobCourt, IReceiptCourt). */
export function locatorOf(filing: Filing): Hex {
  if (filing.kind === 'receipt') {
    const { receipt, signature } = filing.signed;
    return encodeAbiParameters(SIGNED, [0, receipt, filing.payment ?? FREE, signature]);
  }
  const { jobId, receipt, terms } = filing;
  if (receipt === undefined || terms === undefined) return encodeAbiParameters(JOB, [BigInt(jobId)]);
  return encodeAbiParameters(SHOWN_JOB, [BigInt(jobId), receipt, terms]);
}

type Opening = Exclude<WorkerMove, { readonly kind: 'answer' }>;

/** What the move answers: names it for the queue. */
export function nameOf(move: Opening): string {
  if (move.kind === 'postPartials') return `${move.kind} ${move.step} ${move.element}`;
  return `${move.kind} ${move.kind === 'open' ? move.node : move.kind === 'openLeaf' ? move.leaf : move.tensor}`;
}

/** Call data of a worker's move. */
export function defenceCall(gameId: Digest, move: Opening): Hex {
  const abi = arenaAbi;
  switch (move.kind) {
    case 'open':
      return encodeFunctionData({ abi, functionName: 'open', args: [gameId, move.node, move.children] });
    case 'openTensor': {
      const { tensor, header, children } = move;
      return encodeFunctionData({ abi, functionName: 'openTensor', args: [gameId, tensor, toHex(header), children] });
    }
    case 'openLeaf':
      return encodeFunctionData({ abi, functionName: 'openLeaf', args: [gameId, move.leaf, toHex(move.data)] });
    case 'postPartials': {
      const { step, element, partials } = move;
      return encodeFunctionData({ abi, functionName: 'postPartials', args: [gameId, step, element, partials] });
    }
  }
}

/** Call data of a challenger's move. */
export function accusationCall(gameId: Digest, receipt: Receipt, move: ChallengerMove): Hex {
  const abi = arenaAbi;
  switch (move.kind) {
    case 'pick': {
      const args = [gameId, move.node, BigInt(move.at), move.child, move.siblings.map(toHex)] as const;
      return encodeFunctionData({ abi, functionName: 'pick', args });
    }
    case 'prove': {
      const args = [gameId, receipt, move.step, BigInt(move.element), encodeElementEvidence(move.evidence)] as const;
      return encodeFunctionData({ abi, functionName: 'prove', args });
    }
    case 'proveHeader': {
      const args = [gameId, receipt, move.step, encodeHeaderEvidence(move.evidence)] as const;
      return encodeFunctionData({ abi, functionName: 'proveHeader', args });
    }
    case 'proveInput': {
      const args = [gameId, receipt, BigInt(move.element), encodeInputEvidence(move.evidence)] as const;
      return encodeFunctionData({ abi, functionName: 'proveInput', args });
    }
    case 'pickElement':
      return encodeFunctionData({ abi, functionName: 'pickElement', args: [gameId, move.step, BigInt(move.element)] });
    case 'proveChunk': {
      const { partials, chunk, evidence } = move;
      const args = [gameId, receipt, partials, BigInt(chunk), encodeElementEvidence(evidence)] as const;
      return encodeFunctionData({ abi, functionName: 'proveChunk', args });
    }
    case 'provePartials': {
      const args = [gameId, receipt, move.partials, encodeElementEvidence(move.evidence)] as const;
      return encodeFunctionData({ abi, functionName: 'provePartials', args });
    }
  }
}

import { type Complaint, ProtocolError } from '../errors.ts';
import { type TypedDomain, type TypedStruct, typedDataHasher } from './eip712.ts';
import { type Address, type Digest, type Hex, sameAddress } from './hex.ts';
import { recoverSigner } from './signature.ts';

/**
 * The signed claim that comes with every answer: "program P on input I gives output O". It is slashable evidence.
 * EIP-712 type: `Receipt(bytes32 jobId,uint256 versionId,bytes32 programRoot,bytes32 inputRoot,bytes32 outputRoot,address worker,uint64 issuedAt)`,
 * domain `{ name: "Assay", version: "1", chainId, verifyingContract: JobMarket }`. Twin: contracts/market/JobMarket.sol `hashReceipt`.
 */
export interface Receipt {
  /** Id of the paid job (JobMarket) or of the x402 `exact` payment (`transferIdOf`); 32 zero bytes when the answer was free. */
  readonly jobId: Digest;
  readonly versionId: bigint;
  readonly programRoot: Digest;
  /** Tensor commitment T of the input (verification.md 3.2). */
  readonly inputRoot: Digest;
  /** Tensor commitment T of the output. */
  readonly outputRoot: Digest;
  /** The worker's owner address (his identity in WorkerRegistry); the signature is his hot key's. */
  readonly worker: Address;
  /** Unix seconds, the worker's clock. Informative. */
  readonly issuedAt: bigint;
}

export interface ReceiptDomain {
  readonly chainId: bigint;
  /** JobMarket. */
  readonly verifyingContract: Address;
}

export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly domain: ReceiptDomain;
  /** 65 bytes r || s || v. */
  readonly signature: Hex;
}

/** A receipt that somebody else signed, or that was changed after it was signed. */
export class ReceiptForged extends ProtocolError {
  override readonly code = 'RECEIPT_FORGED';
  constructor(why: string, meta: NonNullable<Complaint['meta']>) {
    super({
      what: 'The receipt is not the work of this worker',
      why,
      fix: 'Do not pay for this answer; ask another worker, and check the hot key in WorkerRegistry.',
      meta,
    });
  }
}

export const RECEIPT_TYPE: TypedStruct = {
  name: 'Receipt',
  fields: [
    { name: 'jobId', type: 'bytes32' },
    { name: 'versionId', type: 'uint256' },
    { name: 'programRoot', type: 'bytes32' },
    { name: 'inputRoot', type: 'bytes32' },
    { name: 'outputRoot', type: 'bytes32' },
    { name: 'worker', type: 'address' },
    { name: 'issuedAt', type: 'uint64' },
  ],
};

/** The full EIP-712 domain behind {@link ReceiptDomain}. */
export const receiptTypedDomain = (domain: ReceiptDomain): TypedDomain => ({
  name: 'Assay',
  version: '1',
  chainId: domain.chainId,
  verifyingContract: domain.verifyingContract,
});

/** The 32 bytes a worker signs (EIP-712). The receipt is well formed: ours, or out of `decodeReceipt`. */
export const receiptDigest = (receipt: Receipt, domain: ReceiptDomain): Uint8Array => receiptHasher(domain)(receipt);

/** {@link receiptDigest} for a worker, who signs thousands under one domain: about three times as fast. */
export function receiptHasher(domain: ReceiptDomain): (receipt: Receipt) => Uint8Array {
  const digest = typedDataHasher(receiptTypedDomain(domain), RECEIPT_TYPE);
  return (receipt) => digest({ ...receipt });
}

/**
 * Returns when `expectedSigner` (the worker's hot key on chain) signed exactly this receipt for this domain. Whether
 * the claim itself is true is another question: re-execute, or dispute.
 * @throws {ReceiptForged} {@link SignatureMalformed}
 */
export function verifyReceipt(signed: SignedReceipt, expectedSigner: Address): void {
  const signer = recoverSigner(receiptDigest(signed.receipt, signed.domain), signed.signature);
  if (!sameAddress(signer, expectedSigner)) {
    throw new ReceiptForged(`its signature recovers to ${signer}, expected ${expectedSigner}`, {
      signer,
      expectedSigner,
    });
  }
}

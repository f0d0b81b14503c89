import type { Digest } from '../core/codec/hex.ts';
import type { SignedReceipt } from '../core/codec/receipt.ts';
import { type Complaint, ProtocolError } from '../core/errors.ts';
import type { ValueInfo } from '../core/onnx/model.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** One version that this node has loaded and answers for. */
export interface ServedVersion {
  /** Name in the URL: the model's slug, unique on this node. */
  readonly model: string;
  readonly versionId: bigint;
  readonly live: boolean;
  readonly programRoot: Digest;
  readonly cid: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Price of one inference in wei of the Assay token; 0n is free. */
  readonly feeWei: bigint;
}

export interface InferenceRequest {
  readonly model: string;
  /** Absent: the live version. */
  readonly versionId?: bigint;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Decoded JSON of the PAYMENT-SIGNATURE header (x402 v2 PaymentPayload); hostile until the service checked it. */
  readonly payment?: unknown;
  readonly signal?: AbortSignal;
}

export interface InferenceAnswer {
  readonly version: ServedVersion;
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly receipt: SignedReceipt;
  /** x402 v2 SettlementResponse for the PAYMENT-RESPONSE header; absent when the answer was free. */
  readonly settlement?: Readonly<Record<string, unknown>>;
}

/** What the gateway serves. It throws ProtocolErrors; the gateway turns them into HTTP answers. */
export interface InferenceService {
  versions(): readonly ServedVersion[];
  /** False while starting or draining. */
  ready(): boolean;
  /** What one answer of a served version costs: the x402 v2 PaymentRequired object; undefined when it is free. */
  quote(version: ServedVersion): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** @throws {VersionNotServed} {@link PaymentRequired} {@link ServiceOverloaded} InputRefused, RuntimeRunFailed, ... */
  infer(request: InferenceRequest): Promise<InferenceAnswer>;
}

/** HTTP 404. */
export class VersionNotServed extends ProtocolError {
  override readonly code = 'VERSION_NOT_SERVED';
}

/** HTTP 402: `requirements` is the x402 v2 PaymentRequired object. */
export class PaymentRequired extends ProtocolError {
  override readonly code = 'PAYMENT_REQUIRED';
  readonly requirements: Readonly<Record<string, unknown>>;
  constructor(complaint: Complaint, requirements: Readonly<Record<string, unknown>>) {
    super(complaint);
    this.requirements = requirements;
  }
}

/** HTTP 409: this payment was already used for another request. */
export class PaymentReplayed extends ProtocolError {
  override readonly code = 'PAYMENT_REPLAYED';
}

/** HTTP 503 with Retry-After: the queue is full or the node drains. */
export class ServiceOverloaded extends ProtocolError {
  override readonly code = 'SERVICE_OVERLOADED';
  override readonly retryable = true;
  readonly retryAfterSeconds: number;
  constructor(complaint: Complaint, retryAfterSeconds: number) {
    super(complaint);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** HTTP 400: names, types, shapes or values that the version does not take. */
export class InputRefused extends ProtocolError {
  override readonly code = 'INPUT_REFUSED';
}

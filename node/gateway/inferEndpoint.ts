import type { Log } from '../ports/Log.ts';
import { type InferenceService, type ServedVersion, ServiceOverloaded } from '../service/inference.ts';
import { Admission, GONE } from './admission.ts';
import type { BodyBudget, BodyMeter } from './bodyBudget.ts';
import { ContentEncodingRefused } from './errors.ts';
import type { GatewayLimits } from './limits.ts';
import type { GatewayLoad, GatewayMetrics } from './metrics.ts';
import { decodeRequest } from './oip/decodeRequest.ts';
import { encodeResponse, HEADER_LENGTH } from './oip/encodeResponse.ts';
import { decodePayment, encodePaymentHeader, PAYMENT_RESPONSE, PAYMENT_SIGNATURE } from './payment.ts';
import { CLIENT_GONE, problemReply } from './problem.ts';
import { RefusalLog } from './refusalLog.ts';
import type { Reply } from './reply.ts';
import { findVersion } from './versions.ts';

/** One inference request, independent of the server that received it. */
export interface InferCall {
  readonly model: string;
  /** The text of the address; absent for the live version. */
  readonly version: string | undefined;
  readonly header: (name: string) => string | undefined;
  /** Reads the body, telling the meter of every chunk before keeping it. */
  readonly readBody: (meter: BodyMeter) => Promise<Uint8Array>;
  readonly signal: AbortSignal;
}

/** Answers POST .../infer. Never rejects: every failure becomes a reply. */
export interface InferEndpoint extends GatewayLoad {
  answer(call: InferCall): Promise<Reply>;
}

interface Parts {
  readonly inference: InferenceService;
  readonly limits: GatewayLimits;
  readonly budget: BodyBudget;
  readonly log: Log;
  readonly metrics: GatewayMetrics | undefined;
  readonly now: () => number;
}

export function createInferEndpoint({ inference, limits, budget, log, metrics, now }: Parts): InferEndpoint {
  const admission = new Admission(limits, now);
  const refusals = new RefusalLog(log, now);

  async function infer(call: InferCall, version: ServedVersion, meter: BodyMeter): Promise<Reply> {
    const signature = call.header(PAYMENT_SIGNATURE);
    const payment = signature === undefined ? undefined : decodePayment(signature);
    const body = await call.readBody(meter);
    const request = decodeRequest(body, call.header(HEADER_LENGTH), version, limits);
    const leave = await admission.enter(payment !== undefined, call.signal);
    if (leave === GONE) return CLIENT_GONE;
    try {
      const answer = await inference.infer({
        model: version.model,
        versionId: version.versionId,
        inputs: request.inputs,
        signal: call.signal,
        ...(payment === undefined ? {} : { payment }),
      });
      const reply = encodeResponse(answer, request);
      if (answer.settlement === undefined) return reply;
      return { ...reply, headers: { ...reply.headers, [PAYMENT_RESPONSE]: encodePaymentHeader(answer.settlement) } };
    } finally {
      leave();
    }
  }

  async function answer(call: InferCall): Promise<Reply> {
    const started = now();
    let model = '';
    let meter: BodyMeter | undefined;
    let reply: Reply;
    try {
      const version = findVersion(inference.versions(), call.model, call.version);
      model = version.model;
      admission.requireRoom();
      refuseEncoding(call.header('content-encoding'));
      meter = budget.open(call.header('content-length'));
      reply = await infer(call, version, meter);
    } catch (error) {
      if (error instanceof ServiceOverloaded) refusals.refused(error.why);
      reply = call.signal.aborted ? CLIENT_GONE : problemReply(error, log);
    }
    meter?.close();
    metrics?.inferred(model, reply.status, (now() - started) / 1000);
    return reply;
  }

  return {
    answer,
    get inFlight() {
      return admission.inFlight;
    },
    get waiting() {
      return admission.waiting;
    },
    get heldBytes() {
      return budget.heldBytes;
    },
  };
}

/** @throws {ContentEncodingRefused} */
export function refuseEncoding(encoding: string | undefined): void {
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw new ContentEncodingRefused(encoding);
}

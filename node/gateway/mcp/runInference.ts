import { PaymentMalformed } from '../../core/codec/payment.ts';
import type { InferEndpoint } from '../inferEndpoint.ts';
import { encodePaymentHeader, PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE } from '../payment.ts';
import { CLIENT_GONE } from '../problem.ts';
import type { Reply } from '../reply.ts';
import { MODEL, TENSOR, VERSION } from './schemas.ts';
import { type McpTool, onlyArguments, type ToolAnswer, type ToolCall, textArgument } from './tool.ts';

/** x402 version 2, MCP transport. */
export const PAYMENT = 'x402/payment';
export const PAYMENT_RESULT = 'x402/payment-response';

/** The same call as POST /v2/models/{model}/infer, with the same queue, checks and sentences. */
export const runInferenceTool = (endpoint: InferEndpoint): McpTool => ({
  name: 'run_inference',
  title: 'Run a model',
  description:
    'One answer with a signed receipt. A version that is not free answers a call without payment with an x402 version 2 PaymentRequired object: sign a payment for one of its offers with your own wallet and call again with it in _meta["x402/payment"] or in the argument payment. A payment pays once.',
  inputSchema: {
    type: 'object',
    properties: {
      model: MODEL,
      version: VERSION,
      inputs: { type: 'array', items: TENSOR, description: 'As get_model describes them.' },
      payment: {
        type: 'object',
        description:
          'x402 version 2 PaymentPayload, for hosts that cannot set _meta. This worker never asks for a key.',
      },
    },
    required: ['model', 'inputs'],
  },
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  call: async (call) => toAnswer(await endpoint.answer(inferCallOf(call))),
});

function inferCallOf({ args, meta, signal }: ToolCall) {
  onlyArguments(args, ['model', 'version', 'inputs', 'payment']);
  const payment = paymentOf(args, meta);
  const body = Buffer.from(JSON.stringify({ inputs: args['inputs'] }));
  return {
    model: textArgument(args, 'model', true),
    version: textArgument(args, 'version'),
    header: (name: string) => (name === PAYMENT_SIGNATURE ? payment : undefined),
    readBody: async (meter: { readonly add: (bytes: number) => void }) => {
      meter.add(body.length);
      return body;
    },
    signal,
  };
}

/** The header that a client of the HTTP routes would have sent. @throws {PaymentMalformed} */
function paymentOf(args: ToolCall['args'], meta: ToolCall['meta']): string | undefined {
  const given = [meta[PAYMENT], args['payment']].filter((value) => value !== undefined);
  if (given.length > 1) throw new PaymentMalformed('it is given twice, as an argument and in _meta');
  const [payment] = given;
  if (payment === undefined) return undefined;
  if (typeof payment !== 'object' || payment === null || Array.isArray(payment))
    throw new PaymentMalformed('it is not a JSON object');
  return encodePaymentHeader(payment as Readonly<Record<string, unknown>>);
}

function toAnswer(reply: Reply): ToolAnswer {
  if (reply === CLIENT_GONE) return { value: {}, refused: true };
  const terms = reply.headers[PAYMENT_REQUIRED];
  if (terms !== undefined) return { value: readHeader(terms), refused: true };
  const value = JSON.parse(reply.body as string) as ToolAnswer['value'];
  if (reply.status !== 200) return { value, refused: true };
  const settled = reply.headers[PAYMENT_RESPONSE];
  return settled === undefined ? { value } : { value, meta: { [PAYMENT_RESULT]: readHeader(settled) } };
}

/** Our own header, read back. */
const readHeader = (header: string): ToolAnswer['value'] =>
  JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as ToolAnswer['value'];

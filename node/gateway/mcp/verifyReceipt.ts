import { decodeReceipt, receiptFromJson, receiptToJson } from '../../core/codec/decodeReceipt.ts';
import { isAddress, sameAddress } from '../../core/codec/hex.ts';
import { receiptDigest } from '../../core/codec/receipt.ts';
import { recoverSigner } from '../../core/codec/signature.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import { RequestMalformed } from '../errors.ts';
import { decodeInputs } from '../oip/decodeRequest.ts';
import { TENSOR } from './schemas.ts';
import { LOOKING, type McpTool, onlyArguments, type ToolCall, textArgument } from './tool.ts';

/** Everything about a receipt that needs neither chain nor model. */
export const VERIFY_RECEIPT: McpTool = {
  name: 'verify_receipt',
  title: 'Check a receipt',
  description:
    'Whose key signed a receipt, and whether it names this input and this output. Says nothing on whether the answer is true: for that, compute it again. Ask a node that you trust, or check yourself (docs/protocol.md, Receipt).',
  inputSchema: {
    type: 'object',
    properties: {
      receipt: { type: ['string', 'object'], description: 'parameters.receipt of an answer.' },
      hot_key: { type: 'string', description: 'Address that must have signed: the hot key in WorkerRegistry.' },
      input: { ...TENSOR, description: 'The integers that went into the model.' },
      output: { ...TENSOR, description: 'The answer.' },
    },
    required: ['receipt'],
  },
  annotations: LOOKING,
  call: ({ args }) => {
    onlyArguments(args, ['receipt', 'hot_key', 'input', 'output']);
    const signed =
      typeof args['receipt'] === 'string' ? decodeReceipt(args['receipt']) : receiptFromJson(args['receipt']);
    const signer = recoverSigner(receiptDigest(signed.receipt, signed.domain), signed.signature);
    const hotKey = addressArgument(args);
    const checks = {
      ...(hotKey === undefined ? {} : { signed_by_hot_key: sameAddress(signer, hotKey) }),
      ...commits(args, 'input', signed.receipt.inputRoot),
      ...commits(args, 'output', signed.receipt.outputRoot),
    };
    const { receipt, domain } = receiptToJson(signed);
    // Without the key that should have signed, nothing makes a receipt valid: anybody can sign one.
    const verdict = hotKey === undefined ? {} : { valid: Object.values(checks).every(Boolean) };
    return { value: { ...verdict, signer, checks, receipt, domain } };
  },
};

function addressArgument(args: ToolCall['args']) {
  const hotKey = textArgument(args, 'hot_key');
  if (hotKey === undefined) return undefined;
  if (!isAddress(hotKey)) throw new RequestMalformed('hot_key is not an address', 'Give 20 bytes as 0x and 40 digits.');
  return hotKey;
}

/** Whether the tensor in the argument is the one behind `root`; nothing when it is not given. */
function commits(args: ToolCall['args'], name: 'input' | 'output', root: string): Readonly<Record<string, boolean>> {
  if (args[name] === undefined) return {};
  const [tensor] = decodeInputs([args[name]], new Uint8Array(0)).values();
  return { [`${name}_is_committed`]: tensorCommitment(tensor!) === root };
}

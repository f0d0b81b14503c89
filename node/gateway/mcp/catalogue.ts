import type { InferenceService, ServedVersion } from '../../service/inference.ts';
import { modelIndex, modelMetadata } from '../oip/metadata.ts';
import { findVersion } from '../versions.ts';
import { PICK } from './schemas.ts';
import { LOOKING, type McpTool, onlyArguments, type ToolCall, textArgument } from './tool.ts';

/** What this worker serves, and for how much. */
export function catalogueTools(inference: InferenceService): readonly McpTool[] {
  const wanted = ({ args }: ToolCall): ServedVersion => {
    onlyArguments(args, ['model', 'version']);
    return findVersion(inference.versions(), textArgument(args, 'model', true), textArgument(args, 'version'));
  };
  return [
    {
      name: 'list_models',
      title: 'Models of this worker',
      description:
        'Every model version that this worker serves: name, version, whether the DAO voted it live, CID of the file, root of the program, fee in wei of the Assay token.',
      inputSchema: { type: 'object', properties: {} },
      annotations: LOOKING,
      call: ({ args }) => {
        onlyArguments(args, []);
        return { value: modelIndex(inference.versions()) };
      },
    },
    {
      name: 'get_model',
      title: 'What a model takes and gives',
      description: 'Names, datatypes and shapes of inputs and outputs (-1 is any size), and what identifies the file.',
      inputSchema: PICK,
      annotations: LOOKING,
      call: (call) => ({ value: modelMetadata(wanted(call), inference.versions()) }),
    },
    {
      name: 'quote',
      title: 'Price and terms of payment',
      description:
        'What one answer costs, as an x402 version 2 PaymentRequired object with the schemes that this worker takes, or { "free": true }. Nothing is reserved.',
      inputSchema: PICK,
      annotations: LOOKING,
      call: async (call) => ({ value: (await inference.quote(wanted(call))) ?? { free: true } }),
    },
  ];
}

import { encodeFunctionData, parseEventLogs } from 'viem';
import { invariant } from '../../core/errors.ts';
import type { Authoring } from '../../ports/Registry.ts';
import { modelRegistryAbi } from '../generated/contracts.ts';
import type { Writing } from './context.ts';

/** Registers models and versions as their author. */
export function createAuthoring({ addresses, send, fresh }: Writing): Authoring {
  const to = addresses.models;
  return {
    registerModel: async (slug, metadataCid) => {
      const data = encodeFunctionData({
        abi: modelRegistryAbi,
        functionName: 'registerModel',
        args: [slug, metadataCid],
      });
      const { logs } = await send({
        id: `register model ${slug} ${fresh()}`,
        to,
        data,
        describe: `register the model ${slug}`,
      });
      const [event] = parseEventLogs({ abi: modelRegistryAbi, eventName: 'ModelRegistered', logs });
      invariant(event !== undefined, 'registerModel emits ModelRegistered');
      return event.args.modelId;
    },
    publishVersion: async (modelId, { sha256, sizeBytes, ...version }) => {
      const input = { ...version, sha256Hash: sha256, sizeBytes: BigInt(sizeBytes), parents: [...version.parents] };
      const data = encodeFunctionData({
        abi: modelRegistryAbi,
        functionName: 'publishVersion',
        args: [modelId, input],
      });
      const { logs } = await send({
        id: `publish ${modelId} ${version.cid} ${fresh()}`,
        to,
        data,
        describe: `publish a version of model ${modelId}`,
      });
      const [event] = parseEventLogs({ abi: modelRegistryAbi, eventName: 'VersionPublished', logs });
      invariant(event !== undefined, 'publishVersion emits VersionPublished');
      return event.args.versionId;
    },
  };
}

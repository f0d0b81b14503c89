import type { ValueInfo } from '../../core/onnx/model.ts';
import { DTYPES } from '../../core/tensor/tensor.ts';
import type { ServedVersion } from '../../service/inference.ts';

/** Everything a server says about itself that is not about a model. */
export interface GatewayInfo {
  readonly name: string;
  readonly version: string;
  /** Public facts for people and programs: worker address, chain id, contract addresses. */
  readonly details?: Readonly<Record<string, string>>;
}

/** Extensions as Triton names them. */
const EXTENSIONS = ['binary_tensor_data', 'x402', 'assay_receipt'];

/** $metadata_server_response */
export const serverMetadata = ({ name, version }: GatewayInfo): object => ({ name, version, extensions: EXTENSIONS });

/** $metadata_tensor; -1 is an open dimension, and [-1] a shape that the model does not state. */
const tensorMetadata = ({ name, dtype, dims }: ValueInfo): unknown => ({
  name,
  datatype: DTYPES[dtype].oip,
  shape: dims === null ? [-1] : dims.map((dim) => (typeof dim === 'number' ? dim : -1)),
});

/** $metadata_model_response, with what a consumer needs to check and to pay in `parameters`. */
export const modelMetadata = (
  version: ServedVersion,
  versions: readonly ServedVersion[],
): Readonly<Record<string, unknown>> => ({
  name: version.model,
  versions: versions.filter(({ model }) => model === version.model).map(({ versionId }) => versionId.toString()),
  platform: 'onnx_onnxv1',
  inputs: version.inputs.map(tensorMetadata),
  outputs: version.outputs.map(tensorMetadata),
  parameters: {
    version: version.versionId.toString(),
    live: version.live,
    cid: version.cid,
    program_root: version.programRoot,
    fee_wei: version.feeWei.toString(),
  },
});

/** GET /v2/models: an index that OIP lacks. */
export const modelIndex = (versions: readonly ServedVersion[]): Readonly<Record<string, unknown>> => ({
  models: versions.map((version) => ({
    name: version.model,
    version: version.versionId.toString(),
    live: version.live,
    cid: version.cid,
    program_root: version.programRoot,
    fee_wei: version.feeWei.toString(),
  })),
});

import { type Address, type Digest, toHex } from '../../node/core/codec/hex.ts';
import { type Receipt, type ReceiptDomain, receiptHasher } from '../../node/core/codec/receipt.ts';
import { listDigest, treeOfDigests } from '../../node/core/merkle/list.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import type { ValueInfo } from '../../node/core/onnx/model.ts';
import type { Tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import type { Session } from '../../node/ports/Runtime.ts';
import type { Signer } from '../../node/ports/Signer.ts';
import {
  type InferenceService,
  InputRefused,
  type ServedVersion,
  VersionNotServed,
} from '../../node/service/inference.ts';

export interface FixtureVersion {
  readonly model: string;
  readonly versionId?: bigint;
  readonly live?: boolean;
  readonly session: Session;
}

export const RECEIPT_DOMAIN: ReceiptDomain = { chainId: 31337n, verifyingContract: `0x${'5a'.repeat(20)}` as Address };
const FREE_JOB: Digest = `0x${'00'.repeat(32)}` as Digest;

/**
 * An inference service without money: checks inputs, runs the session, commits to input and output, signs the
 * receipt. Everything that costs time in the real one is real here.
 */
export function inferenceFixture(versions: readonly FixtureVersion[], signer: Signer): InferenceService {
  const served = new Map<ServedVersion, Session>(versions.map((version) => [servedVersion(version), version.session]));
  const list = [...served.keys()];
  const digestOf = receiptHasher(RECEIPT_DOMAIN);
  return {
    versions: () => list,
    ready: () => true,
    quote: async () => undefined,
    infer: async ({ model, versionId, inputs, signal }) => {
      const version = list.find(
        (v) => v.model === model && (versionId === undefined ? v.live : v.versionId === versionId),
      );
      if (version === undefined) {
        throw new VersionNotServed({ what: 'Not served', why: 'it is not in the fixture', fix: 'Add it.' });
      }
      for (const info of version.inputs) checkInput(info, inputs.get(info.name));
      const outputs = await served.get(version)!.run(inputs, signal === undefined ? {} : { signal });
      const receipt: Receipt = {
        jobId: FREE_JOB,
        versionId: version.versionId,
        programRoot: version.programRoot,
        inputRoot: commitment(inputs),
        outputRoot: commitment(outputs),
        worker: signer.address,
        issuedAt: 1_700_000_000n,
      };
      const signature = signer.signDigest(digestOf(receipt));
      return { version, outputs, receipt: { receipt, domain: RECEIPT_DOMAIN, signature } };
    },
  };
}

function servedVersion({ model, versionId = 1n, live = true, session }: FixtureVersion): ServedVersion {
  return {
    model,
    versionId,
    live,
    programRoot: toHex(sha256(Buffer.from(model))) as Digest,
    cid: 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy',
    inputs: session.inputs,
    outputs: session.outputs,
    feeWei: 0n,
  };
}

function checkInput({ name, dtype, dims }: ValueInfo, given: Tensor | undefined): void {
  const fits =
    given !== undefined &&
    given.dtype === dtype &&
    (dims === null ||
      (dims.length === given.dims.length &&
        dims.every((dim, axis) => (typeof dim === 'number' ? dim === given.dims[axis] : given.dims[axis]! > 0))));
  if (fits) return;
  const got = given === undefined ? 'nothing' : `${given.dtype} [${given.dims.join(', ')}]`;
  throw new InputRefused({
    what: `The model does not take this input`,
    why: `${JSON.stringify(name)} is ${dtype} [${dims?.join(', ') ?? 'any'}] and the request has ${got}`,
    fix: 'GET /v2/models/{model} tells names, datatypes and shapes.',
  });
}

/** T of a single tensor, the list digest of several. */
function commitment(tensors: ReadonlyMap<string, Tensor>): Digest {
  const digests = [...tensors.values()].map((t) => tensorCommitment(t, { sha256 }));
  return digests.length === 1 ? digests[0]! : listDigest(treeOfDigests(digests, sha256), sha256);
}

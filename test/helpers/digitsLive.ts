import { readFileSync } from 'node:fs';
import { encodeFunctionData } from 'viem';
import { modelRegistryAbi } from '../../node/chain/generated/contracts.ts';
import type { Address } from '../../node/core/codec/hex.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { encodeInput } from '../../node/core/exact/quantize.ts';
import type { Tensor } from '../../node/core/tensor/tensor.ts';
import { takeRows } from '../../node/core/train/scaling.ts';
import { nativeSha256 } from '../../node/host.ts';
import type { VersionRecord } from '../../node/ports/Directory.ts';
import { type ExactModel, makeExact } from '../../node/service/exactModel.ts';
import { type PreparedData, prepareData, side } from '../../node/service/preparedData.ts';
import { publishVersion } from '../../node/service/publisher.ts';
import { publicClientOf, testClientOf } from './anvil.ts';
import { until } from './anvilRpc.ts';
import type { TestNetwork } from './network.ts';
import { trainedModel } from './trainedDigits.ts';

/** The digits model, live on a network, with real test rows to ask. */
export interface DigitsLive {
  readonly version: VersionRecord;
  readonly program: Program;
  readonly exact: ExactModel;
  readonly data: PreparedData;
  /** Test row `i` as the program reads it. */
  input(i: number): Tensor<'uint8' | 'int8'>;
}

/** What a vote would do, without its seconds: the timelock's account is impersonated, as only a local chain lets one. */
export async function setLive(rpcUrl: string, addresses: Contracts, modelId: bigint, versionId: bigint): Promise<void> {
  const chain = testClientOf(rpcUrl);
  const from = addresses.timelock;
  await chain.impersonateAccount({ address: from });
  await chain.setBalance({ address: from, value: 10n ** 18n });
  const data = encodeFunctionData({ abi: modelRegistryAbi, functionName: 'setLive', args: [modelId, versionId] });
  const hash = await chain.sendUnsignedTransaction({ from, to: addresses.models, data });
  const { status } = await publicClientOf(rpcUrl).waitForTransactionReceipt({ hash });
  await chain.stopImpersonatingAccount({ address: from });
  if (status !== 'success') throw new Error(`setLive(${modelId}, ${versionId}) reverted`);
}

type Contracts = Readonly<Record<'timelock' | 'models', Address>>;

let trained: Promise<{ exact: ExactModel; data: PreparedData }> | undefined;

/** A digits model of a few epochs: right enough for tests, and always the same. */
export function quickDigits(): Promise<{ exact: ExactModel; data: PreparedData }> {
  trained ??= (async () => {
    const csv = readFileSync(new URL('../../data/digits.csv', import.meta.url), 'utf8');
    const { model } = await trainedModel({ file: 'digits', hidden: [16], epochs: 12, batch: 32, rate: 0.1, seed: 0 });
    const data = prepareData('digits', csv, 0);
    return { exact: makeExact(model, data, nativeSha256), data };
  })();
  return trained;
}

/** Publishes the digits model on a network and waits until every worker serves it. */
export async function digitsLive(network: TestNetwork): Promise<DigitsLive> {
  const { exact, data } = await quickDigits();
  const author = network.as('author');
  const { directory, authoring, reading } = await author.account();
  const published = await publishVersion(
    { store: await author.store(), directory, authoring, http: author.http, sha256: author.sha256 },
    { slug: 'digits', bytes: exact.bytes, card: '# digits\n', licence: 'CC-BY-4.0', parents: [], replicas: 1 },
  );
  await setLive(network.rpcUrl, reading.addresses, published.modelId, published.versionId);
  await until(
    async () => (await directory.offers(published.versionId)).length === network.workers.length,
    'every worker offers the digits',
    60_000,
  );
  // Other processes may now use the author's account.
  await network.release('author');
  const { features } = side(data, 'test');
  return {
    version: await directory.version(published.versionId),
    program: exact.program,
    exact,
    data,
    input: (i) => {
      const row = takeRows(features, Uint32Array.of(i % features.dims[0]!));
      return encodeInput(exact.program, row.data, [1, ...exact.program.input.dims]);
    },
  };
}

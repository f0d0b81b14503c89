import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientOf } from '../../../node/chain/client.ts';
import { workerRegistryAbi } from '../../../node/chain/generated/contracts.ts';
import { ChainUnreachable } from '../../../node/chain/rpc/errors.ts';
import { Rpc } from '../../../node/chain/rpc/rpc.ts';
import { type Anvil, startAnvil } from '../../helpers/anvil.ts';
import { RICH } from '../../helpers/anvilRpc.ts';

describe('clientOf', () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil.stop());
  const read = (rpc: Rpc) =>
    clientOf(rpc, 31337).readContract({ address: RICH, abi: workerRegistryAbi, functionName: 'workerCount' });

  it('throws our own error when the chain is away, not a wrapped one', async () => {
    const gone = new Rpc({ urls: ['http://127.0.0.1:9'], deadlineMs: 200 });
    await assert.rejects(read(gone), ChainUnreachable);
    await assert.rejects(clientOf(gone, 31337).getBlockNumber(), ChainUnreachable);
  });

  it('leaves what the chain answers as viem tells it', async () => {
    const rpc = new Rpc({ urls: [anvil.url] });
    assert.ok((await clientOf(rpc, 31337).getBalance({ address: RICH })) > 0n);
    await assert.rejects(read(rpc), { name: 'ContractFunctionExecutionError' });
  });
});

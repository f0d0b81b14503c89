import { type Address, encodeFunctionData } from 'viem';
import { assayTokenAbi } from '../../node/chain/generated/contracts.ts';
import { publicClientOf, testClientOf } from './anvil.ts';
import { contractsOf, type Stack } from './stack.ts';

/** Gives an account ether and ASSAY of the network's first voter, as only a local chain lets anybody. */
export async function fund(stack: Stack, to: Address, amountWei: bigint): Promise<void> {
  const chain = testClientOf(stack.rpc);
  const from = await stack.as('voter-1').keys.addressOf('voter-1');
  await chain.setBalance({ address: to, value: 10n ** 19n });
  await chain.impersonateAccount({ address: from });
  const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [to, amountWei] });
  const hash = await chain.sendUnsignedTransaction({ from, to: contractsOf(stack)['token']!, data });
  const { status } = await publicClientOf(stack.rpc).waitForTransactionReceipt({ hash });
  await chain.stopImpersonatingAccount({ address: from });
  if (status !== 'success') throw new Error('the tokens did not move');
}

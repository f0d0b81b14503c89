// A supervisor that is killed: starts a chain, says where, and waits. argv: state file.
import { startTestChain } from './anvilRpc.ts';

const { anvil, chain } = await startTestChain({ stateFile: process.argv[2]!, saveEveryMs: 60_000 });
const { url, pid, port } = anvil;
process.stdout.write(`${JSON.stringify({ url, pid, port, genesisHash: chain.genesisHash })}\n`);

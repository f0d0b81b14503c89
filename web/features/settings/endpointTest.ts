import type { SiteConfig } from '../../lib/config.ts';
import { formatNumber } from '../../lib/format.ts';
import { probeGateway } from '../../lib/gateway.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import { querySubgraph } from '../../lib/subgraph.ts';

export type EndpointKind = 'rpc' | 'index' | 'gateway';

/** What an endpoint said for itself, in a sentence; `ok` is false when it belongs to another network. */
export interface EndpointVerdict {
  readonly ok: boolean;
  readonly sentence: string;
}

interface Meta {
  readonly _meta: { readonly block: { readonly number: number } };
}

async function testRpc(url: string, config: SiteConfig): Promise<EndpointVerdict> {
  const chainId = Number(await rpcRequest<string>([url], 'eth_chainId', []));
  if (chainId !== config.chainId)
    return { ok: false, sentence: `It answers for chain ${chainId}; this site shows chain ${config.chainId}.` };
  const block = Number(await rpcRequest<string>([url], 'eth_blockNumber', []));
  return { ok: true, sentence: `It answers: chain ${chainId}, block ${formatNumber(block)}.` };
}

async function testIndex(url: string): Promise<EndpointVerdict> {
  const { _meta } = await querySubgraph<Meta>({ subgraphUrl: url }, '{ _meta { block { number } } }');
  return { ok: true, sentence: `It answers: block ${formatNumber(_meta.block.number)}.` };
}

async function testGateway(url: string): Promise<EndpointVerdict> {
  await probeGateway(url);
  return { ok: true, sentence: 'It answers, and sent the empty block with the right hash.' };
}

/** Asks an endpoint one harmless question. @throws whatever keeps it from answering */
export function testEndpoint(kind: EndpointKind, url: string, config: SiteConfig): Promise<EndpointVerdict> {
  if (kind === 'rpc') return testRpc(url, config);
  return kind === 'index' ? testIndex(url) : testGateway(url);
}

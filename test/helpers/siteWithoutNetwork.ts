const ADDRESS = `0x${'11'.repeat(20)}` as const;
const NAMES = ['timelock', 'token', 'parameters', 'models', 'workers', 'votingPower', 'governor', 'market', 'jobCourt'];
const MORE = ['lens', 'referee', 'receiptCourt', 'court', 'arena', 'beacon', 'auditPool'];
/** Nothing listens on port 9: every page must stand without its network. */
export const NOWHERE = 'http://127.0.0.1:9';
/** What a site says of a network that is not there. */
export const SITE_WITHOUT_NETWORK = {
  chainId: 31337,
  chainName: 'Nowhere',
  rpcUrls: [NOWHERE],
  subgraphUrl: `${NOWHERE}/subgraphs/name/assay`,
  gateways: [NOWHERE],
  contracts: Object.fromEntries([...NAMES, ...MORE].map((name) => [name, ADDRESS])),
  deploymentBlock: '0',
  local: true,
};

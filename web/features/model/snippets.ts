import type { Snippet } from '../../components/CodeBlock.tsx';
import type { TensorMetadata } from '../../lib/oip.ts';
import { endpointFault } from '../../lib/settings.ts';

/** What goes into the code: a real worker, a real model, this network. */
export interface SnippetFacts {
  readonly endpoint: string;
  readonly slug: string;
  readonly input: TensorMetadata;
  readonly chainId: number;
  readonly token: string;
  /** Most that one call may cost, in wei. */
  readonly maxWei: bigint;
}

const SLUG = /^[a-z0-9-]{3,40}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** Larger inputs do not belong into a line of code. */
const MAX_NUMBERS = 4096;

/** One row of zeros in the model's shape. */
function zeros({ name, datatype, shape }: TensorMetadata): { dims: number[]; count: number; head: string } {
  const dims = shape.map((size) => (size < 0 ? 1 : size));
  const count = dims.reduce((product, size) => product * size, 1);
  return { dims, count, head: `"name": "${name}", "shape": [${dims.join(', ')}], "datatype": "${datatype}"` };
}

/** Origin and path: nothing that a shell or a quote could read differently. */
function baseOf(endpoint: string): string | undefined {
  if (endpointFault(endpoint) !== undefined) return undefined;
  const { origin, pathname } = new URL(endpoint);
  return /^[\w./~-]*$/.test(pathname) ? `${origin}${pathname.replace(/\/+$/, '')}` : undefined;
}

const curl = (url: string, facts: SnippetFacts): string => {
  const { count, head } = zeros(facts.input);
  return `# What the model takes and gives, and its price in wei
curl -s ${url}

# Without payment the answer is 402: the terms are in a header, as base64 JSON
DATA=$(printf '0,%.0s' $(seq ${count}) | sed 's/,$//')
curl -s -D - -o /dev/null -H 'content-type: application/json' \\
  --data '{"inputs": [{${head}, "data": ['"$DATA"']}]}' \\
  ${url}/infer | sed -n 's/^payment-required: //ip' | tr -d '\\r' | base64 -d
`;
};

const typescript = (url: string, { input, chainId, token, maxWei }: SnippetFacts): string => {
  const { dims, count } = zeros(input);
  return `// npm install @x402/fetch @x402/evm viem    PRIVATE_KEY=0x… node ask.ts
import { ExactEvmScheme } from '@x402/evm';
import { wrapFetchWithPaymentFromConfig } from '@x402/fetch';
import { privateKeyToAccount } from 'viem/accounts';

const account = privateKeyToAccount(process.env.PRIVATE_KEY as \`0x\${string}\`);
const network = 'eip155:${chainId}';
const paidFetch = wrapFetchWithPaymentFromConfig(fetch, {
  schemes: [{ network, client: new ExactEvmScheme(account) }],
  // The most that one call may cost, in wei of the Assay token.
  spendControls: {
    allowedAssets: [{ network, asset: '${token}', maxAmountPerPayment: '${maxWei}' }],
  },
});

const response = await paidFetch('${url}/infer', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    inputs: [{ name: '${input.name}', shape: [${dims.join(', ')}], datatype: '${input.datatype}', data: Array(${count}).fill(0) }],
  }),
});
const answer = await response.json();
console.log(answer.outputs, answer.parameters.receipt);
`;
};

const python = (url: string, facts: SnippetFacts): string => {
  const { count, head } = zeros(facts.input);
  return `# Python's standard library is enough to ask and to read the terms of payment.
import base64, json, urllib.error, urllib.request

url = "${url}"
model = json.load(urllib.request.urlopen(url))
print(model["inputs"], model["parameters"]["fee_wei"], "wei")

body = {"inputs": [{${head}, "data": [0] * ${count}}]}
request = urllib.request.Request(
    url + "/infer", json.dumps(body).encode(), {"content-type": "application/json"}
)
try:
    print(json.load(urllib.request.urlopen(request))["outputs"])
except urllib.error.HTTPError as refusal:
    if refusal.code != 402:
        raise
    terms = json.loads(base64.b64decode(refusal.headers["PAYMENT-REQUIRED"]))
    for offer in terms["accepts"]:
        print(offer["scheme"], offer["network"], offer["amount"], "wei to", offer["payTo"])
`;
};

/** What clients of the Model Context Protocol take as configuration: the worker's tools for an agent. */
const mcp = (base: string, { slug }: SnippetFacts): string =>
  `${JSON.stringify({ mcpServers: { [`assay-${slug}`]: { type: 'http', url: `${base}/mcp` } } }, null, 2)}\n`;

/** Code that runs as it stands; undefined when a part of it could not be written safely. */
export function snippetsFor(facts: SnippetFacts): readonly Snippet[] | undefined {
  const base = baseOf(facts.endpoint);
  const { count } = zeros(facts.input);
  if (base === undefined || !SLUG.test(facts.slug) || !ADDRESS.test(facts.token) || count > MAX_NUMBERS)
    return undefined;
  const url = `${base}/v2/models/${facts.slug}`;
  return [
    { label: 'curl', code: curl(url, facts) },
    { label: 'TypeScript', code: typescript(url, facts) },
    { label: 'Python', code: python(url, facts) },
    { label: 'Agent (MCP)', code: mcp(base, facts) },
  ];
}

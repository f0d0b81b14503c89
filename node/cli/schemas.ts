import { z } from 'zod';

/**
 * What every command prints with `--json`. Published as JSON Schema in docs/schemas; every output that a test sees is
 * checked against these. A release may add keys; it does not take any away, and does not change what they mean.
 */
const wei = z
  .string()
  .regex(/^-?\d{1,78}$/)
  .describe('amount in wei, decimal');
const id = z
  .string()
  .regex(/^\d{1,78}$/)
  .describe('decimal');
const seconds = z
  .string()
  .regex(/^-?\d{1,20}$/)
  .describe('Unix seconds or a duration in seconds, decimal');
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const digest = z.string().regex(/^0x[0-9a-f]{64}$/);
const hex = z.string().regex(/^0x[0-9a-fA-F]*$/);
const cid = z.string().regex(/^b[a-z2-7]+$/);
const text = z.string();
const count = z.int().min(0);
const number = z.number();
const object = z.looseObject;

const preview = object({
  describe: text,
  chainId: id,
  from: address,
  to: address,
  contract: text.optional(),
  functionName: text.optional(),
  args: z.array(object({ name: text, type: text, value: z.unknown() })),
  data: hex,
  valueWei: wei,
  gas: id.optional(),
  maxFeePerGasWei: wei,
  maxGasFeeWei: wei.optional(),
  refusal: text.optional(),
});
/** Instead of its own output, of every command that sends transactions. */
const DRY_RUN = object({ dryRun: z.literal(true), transactions: z.array(preview) });
const CALLDATA = object({ calls: z.array(object({ to: address, valueWei: wei, data: hex, describe: text })) });
const sends = (own: z.ZodType): z.ZodType => z.union([own, DRY_RUN, CALLDATA]);

const proposal = object({
  id,
  proposer: address,
  description: text,
  actions: z.array(object({ target: address, valueWei: wei, calldata: hex })),
  readable: z.array(text),
  state: z.enum(['pending', 'active', 'canceled', 'defeated', 'succeeded', 'queued', 'expired', 'executed']),
  snapshot: seconds,
  deadline: seconds,
  eta: seconds,
  forWei: wei,
  againstWei: wei,
  abstainWei: wei,
  quorumWei: wei,
});
const position = object({
  worker: address,
  hotKey: address,
  endpoint: text,
  registeredAt: seconds,
  stakeWei: wei,
  lockedWei: wei,
  freeWei: wei,
  thawingWei: wei,
  thawEndsAt: seconds,
  active: z.boolean(),
});
const pulled = object({
  format: count,
  slug: text.optional(),
  versionId: id.optional(),
  cid,
  sha256: digest,
  programRoot: digest.optional(),
  sizeBytes: count,
  licence: text.optional(),
  pulledAt: text,
});
const version = object({
  versionId: id,
  modelId: id,
  cid: text,
  sha256: digest,
  programRoot: digest,
  sizeBytes: count,
  licence: text,
  cardCid: text,
  parents: z.array(id),
});
const workerRecord = object({ worker: address, hotKey: address, endpoint: text, stakeWei: wei, active: z.boolean() });
const offer = workerRecord.extend({ feeWei: wei });
const network = object({
  ready: z.literal(true),
  rpcUrl: text,
  home: text,
  siteUrl: text.optional(),
  subgraphUrl: text.optional(),
  scenario: object({ scenario: z.enum(['vote', 'dispute', 'slash']), next: text }).optional(),
  workers: z.array(object({ name: text, owner: address, endpoint: text, pid: count.optional() })),
});
const report = object({
  model: text,
  versionId: id,
  cid,
  sha256: digest,
  programRoot: digest,
  steps: count,
  jobs: object({ paid: count, completed: count, perWorker: z.record(address, count), seconds: number }),
  receipts: object({ verified: count, different: count }),
  accuracy: object({ correct: count, rows: count }),
  money: object({ paidByConsumerWei: wei, workersWei: wei, authorWei: wei, treasuryWei: wei, differenceWei: wei }),
  seconds: number,
});
const setting = object({
  key: text,
  value: z.unknown(),
  origin: z.enum(['flag', 'environment', 'file', 'user file', 'default']),
});
const facts = object({ tier: z.enum(['exact', 'float']), sizeBytes: id, inputs: text, outputs: text, nodes: id });
const auditor = object({
  auditor: address,
  operator: address,
  bondWei: wei,
  frozenWei: wei,
  thawEndsAt: seconds,
  open: count,
  seated: z.boolean(),
  creditWei: wei,
});
const dispute = object({ claimId: digest, state: text, outcome: text.optional() });
const divergence = z.unknown().describe('the first value that differs; absent when nothing does').optional();
const service = z.enum(['network', 'worker']);
const manifest = object({ createdAt: text, files: z.array(object({ name: text, bytes: count })) });
const workerRow = object({
  endpoint: text,
  worker: address.optional(),
  answers: z.boolean(),
  models: z.array(text),
  jobsPerSecond: number.optional(),
  failedPerSecond: number.optional(),
  p50Seconds: number.optional(),
  p95Seconds: number.optional(),
  cpu: number.optional(),
  answered: count.optional(),
  failed: count.optional(),
  inFlight: count.optional(),
  waiting: count.optional(),
  residentBytes: count.optional(),
});

/** Any command that fails prints this instead; the exit code says more (docs/cli.md). */
export const ERROR_SCHEMA = object({
  error: z.union([
    object({ code: text, what: text, why: text, fix: text, retryable: z.boolean(), meta: z.record(text, z.unknown()) }),
    object({ code: z.literal('BUG'), what: text, why: text, fix: text }),
  ]),
});

/** Schema by command; commands that print a stream print one object a line. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  init: object({
    home: text,
    role: z.enum(['consumer', 'worker']),
    keys: z.record(text, address),
    endpoint: text.optional(),
    rpcUrls: z.array(text),
    seconds: number,
    next: text,
  }),
  dev: network,
  start: report,
  demo: report,
  up: object({ service, pid: count, home: text, logFile: text }),
  down: object({ stopped: z.array(service) }),
  restart: object({ restarted: z.array(object({ service, pid: count })) }),
  status: object({
    home: text,
    services: z.array(
      object({
        service,
        running: z.boolean(),
        ready: z.boolean().optional(),
        pid: count.optional(),
        startedAt: text.optional(),
        uptimeSeconds: count.optional(),
        url: text.optional(),
        logFile: text.optional(),
      }),
    ),
  }),
  logs: z.record(text, z.unknown()),
  'model train': object({
    file: text,
    data: text,
    accuracy: number,
    correct: count,
    testRows: count,
    loss: number.nullable().optional(),
  }),
  'model import': object({
    file: text,
    operators: z.array(text),
    parameters: count,
    inputs: z.array(text),
    outputs: z.array(text),
  }),
  'model exact': object({
    file: text,
    programRoot: digest,
    steps: count,
    sizeBytes: count,
    floatAccuracy: number,
    exactAccuracy: number,
    report: object({
      steps: z.array(object({ name: text, op: text, sqnr: number.nullable() })),
      calibrationRows: count,
      agreement: number,
    }),
  }),
  'model publish': sends(
    object({
      modelId: id,
      versionId: id,
      cid,
      cardCid: cid,
      sha256: digest,
      programRoot: digest,
      replicas: z.array(text),
    }),
  ),
  'model show': z.union([
    object({
      models: z.array(
        object({
          modelId: id,
          slug: text,
          author: address,
          liveVersionId: id,
          live: version.optional(),
          offers: z.array(offer),
        }),
      ),
    }),
    facts.extend({ file: text, sha256: digest }),
  ]),
  pull: pulled.extend({ seconds: number }),
  ls: object({ models: z.array(pulled.extend({ complete: z.boolean() })), others: z.array(cid) }),
  show: pulled.extend({
    programRoot: digest,
    input: object({ name: text, dtype: text, dims: z.array(count), lo: z.int(), hi: z.int() }),
    output: object({ name: text, labels: z.array(text).optional() }),
    estimate: object({
      steps: count,
      multiplyAdds: count,
      constantBytes: count,
      peakActivationBytes: count,
      processBytes: count,
      milliseconds: number,
      freeBytes: count,
      memoryMiB: count,
    }).optional(),
  }),
  rm: object({ removed: text, cid, freedBytes: count }),
  run: object({
    model: text,
    cid,
    label: count,
    name: text.optional(),
    scores: z.array(number),
    milliseconds: number,
    paidWei: wei,
  }),
  'gov propose': sends(object({ id })),
  'gov list': object({ proposals: z.array(proposal) }),
  'gov show': object({ proposal, quorumReached: z.boolean(), chainTime: seconds, next: text.optional() }),
  'gov vote': sends(object({ id, choice: z.enum(['for', 'against', 'abstain']) })),
  'gov queue': sends(object({ id, done: z.literal('queue') })),
  'gov execute': sends(object({ id, done: z.literal('execute') })),
  'gov delegate': sends(object({ delegate: address })),
  'worker init': sends(object({ owner: address, hotKey: address, endpoint: text, stakeWei: wei })),
  'worker run': object({ stopped: z.literal(true), openJobs: count }),
  'worker set-hot-key': sends(object({ owner: address, hotKey: address })),
  'worker set-endpoint': sends(object({ owner: address, endpoint: text })),
  'worker withdraw': sends(object({ account: address, paidWei: wei })),
  'worker status': object({ workers: z.array(workerRecord.extend({ serving: z.array(text).optional() })) }),
  ps: object({
    workers: z.array(
      object({
        endpoint: text,
        worker: address.optional(),
        answers: z.boolean(),
        models: z.array(object({ name: text, version: text.optional() })),
      }),
    ),
  }),
  top: object({ at: text, block: id.optional(), workers: z.array(workerRow) }),
  'service install': object({ unit: text, file: text.optional() }),
  'stake list': object({ chainTime: seconds, positions: z.array(position) }),
  'stake add': sends(object({ worker: address, amountWei: wei, stakeWei: wei })),
  'stake remove': sends(
    object({
      worker: address,
      amountWei: wei,
      stakeWei: wei,
      thawingWei: wei,
      thawEndsAt: seconds,
      secondsLeft: seconds,
      active: z.boolean(),
    }),
  ),
  'stake withdraw': sends(object({ worker: address, paidWei: wei })),
  'rewards show': object({
    account: address,
    marketWei: wei,
    courtWei: wei,
    auditsWei: wei,
    totalWei: wei,
    tills: z.array(object({ versionId: id, till: address, balanceWei: wei })),
  }),
  'rewards claim': sends(object({ account: address, paidWei: wei })),
  'auditor join': sends(auditor),
  'auditor run': object({ stopped: z.literal(true), openAudits: count }),
  'auditor leave': sends(
    z.union([
      object({ auditor: address, left: z.literal(true), thawEndsAt: seconds }),
      object({ auditor: address, paidWei: wei }),
    ]),
  ),
  'auditor status': auditor.extend({ pool: object({ auditors: count, fundsWei: wei, reservedWei: wei }) }),
  'audit fund': sends(object({ amountWei: wei, fundsWei: wei })),
  'audit show': object({
    jobId: digest,
    job: object({ state: text }),
    audit: object({ outcome: text, triggered: z.boolean() }).optional(),
  }),
  'audit plant': object({ jobId: digest, state: text.optional(), open: count }),
  'challenger run': object({ checked: count, open: count, disputes: z.array(dispute) }),
  'dispute list': object({ claims: z.array(object({ claimId: digest, worker: address, outcome: text })) }),
  'dispute show': object({
    claimId: digest,
    games: z.array(object({ gameId: digest, challenger: address })),
    divergence,
  }),
  'dispute open': dispute.extend({ divergence }),
  'dispute step': dispute,
  infer: object({
    model: text,
    versionId: id,
    label: count,
    scores: z.array(number),
    feeWei: wei,
    worker: address,
    jobId: digest,
    verified: z.boolean().nullable(),
    divergence,
    saved: text.optional(),
  }),
  verify: z.union([
    object({
      kind: z.literal('answer'),
      equal: z.boolean(),
      divergence,
      signer: address,
      worker: address,
      programRoot: digest,
      jobId: digest,
      versionId: id,
    }),
    object({ kind: z.literal('cid'), equal: z.boolean(), cid: text, actual: text, profile: text }),
    facts.extend({ kind: z.literal('model'), file: text, cid }),
  ]),
  'keys new': object({ name: text, address }),
  'keys link': object({ name: text, address, signer: text }),
  'keys list': object({ keys: z.array(object({ name: text, address, signer: text.optional() })) }),
  'config list': object({ settings: z.array(setting) }),
  'config get': setting,
  'config explain': setting.extend({
    withoutFlagsAndEnvironment: z.unknown(),
    files: object({ home: text, user: text.optional() }),
  }),
  'config set': object({ key: text, value: z.unknown(), file: text }),
  'config unset': object({ key: text, file: text }),
  'config path': object({ home: text, file: text, userFile: text.optional() }),
  'network deploy': z.union([
    object({
      dryRun: z.literal(true),
      plan: object({ chainId: count, deployer: address, profile: text, costWei: wei }),
    }),
    object({ deployment: object({ chainId: count, block: id }), file: text }),
  ]),
  'network verify': object({
    equal: z.boolean(),
    profile: text,
    contracts: count,
    codeBytes: count,
    parameters: count,
    findings: z.array(object({ contract: text })),
  }),
  'network export': object({
    files: z.array(text),
    config: object({ chainId: count, rpcUrls: z.array(text), subgraphUrl: text, gateways: z.array(text) }),
  }),
  'site publish': object({ cid: text, url: text, files: count, blocks: count, bytes: count, car: text.optional() }),
  'backup create': manifest.extend({ file: text }),
  'backup verify': manifest.extend({ sound: z.literal(true) }),
  'backup restore': object({ home: text, createdAt: text, written: z.array(text), kept: z.array(text) }),
  doctor: z.union([
    object({
      ok: z.boolean(),
      checks: z.array(
        object({ name: text, state: z.enum(['ok', 'failed', 'skipped']), found: text, fix: text.optional() }),
      ),
    }),
    object({
      operators: z.array(object({ operator: text, since: count, trainable: z.boolean(), exact: z.boolean() })),
    }),
  ]),
  completion: object({ shell: z.enum(['bash', 'zsh', 'fish']), script: text }),
  man: object({ page: text, file: text.optional() }),
};

/** File name of a schema in docs/schemas. */
export const schemaFile = (command: string): string => `${command.replaceAll(' ', '-')}.json`;

/** JSON Schema (2020-12) of a command's output. */
export const jsonSchemaOf = (command: string): unknown => ({
  ...(z.toJSONSchema(command === 'error' ? ERROR_SCHEMA : OUTPUT_SCHEMAS[command]!, {
    unrepresentable: 'any',
  }) as object),
  title: command === 'error' ? 'what a command prints with --json when it fails' : `assay ${command} --json`,
});

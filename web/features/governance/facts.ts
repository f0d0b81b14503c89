import type { Address } from '../../../node/core/codec/hex.ts';
import type { FeeShares, Values } from './parameters.ts';
import type { GovernanceSetting } from './settings.ts';

export interface ModelFact {
  readonly slug: string;
  /** Number of the live version; null: none is. */
  readonly liveVersion: string | null;
}

export interface VersionFact {
  readonly model: string;
  readonly cid: string;
  readonly sha256: string;
  readonly exact: boolean;
}

/** What the words about an action are made of: how things stand, or stood before a proposal was executed. */
export interface Facts {
  readonly contracts: Readonly<Record<string, Address>>;
  /** True once the index has answered: what is missing then does not exist. */
  readonly loaded: boolean;
  /** True for a proposal that has been executed: values of now are not "before". */
  readonly past: boolean;
  readonly parameters: Values;
  readonly floorSeconds: bigint;
  /** Those that are known: of an executed proposal those that it changed. */
  readonly shares?: Partial<FeeShares>;
  readonly settings: Readonly<Partial<Record<GovernanceSetting['field'], bigint>>>;
  /** Null: there is none. */
  readonly guardian?: string | null;
  readonly treasuryWei?: bigint;
  readonly auditRules?: Readonly<Record<string, string | number>>;
  readonly models: Readonly<Record<string, ModelFact>>;
  readonly versions: Readonly<Record<string, VersionFact>>;
}

/** A number that an execution changed. */
interface SettingChange {
  /** Name of the contract's event, or of the share. */
  readonly kind: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
}

/** Answer to {@link FACTS_QUERY}. */
export interface FactsAnswer {
  readonly protocol:
    | (FeeShares &
        Readonly<Record<GovernanceSetting['field'], string>> & {
          readonly treasuryWei: string;
          readonly proposalGuardian: string | null;
        })
    | null;
  readonly parameters: readonly { readonly id: string; readonly value: string }[];
  readonly auditRules_collection: readonly Readonly<Record<string, string | number>>[];
  readonly models: readonly {
    readonly id: string;
    readonly slug: string;
    readonly liveVersion: { readonly id: string } | null;
  }[];
  readonly versions: readonly {
    readonly id: string;
    readonly model: { readonly id: string };
    readonly cid: string;
    readonly sha256: string;
    readonly exact: boolean;
  }[];
  /** What the execution changed; empty for any other proposal. */
  readonly parameterChanges: readonly { readonly parameter: { readonly id: string }; readonly oldValue: string }[];
  readonly settingChanges: readonly SettingChange[];
  /** The guardian before the execution, or now. */
  readonly guardians: readonly { readonly subject: string | null }[];
  readonly liveChanges: readonly {
    readonly model: { readonly id: string };
    readonly previous: {
      readonly id: string;
      readonly model: { readonly id: string };
      readonly cid: string;
      readonly sha256: string;
      readonly exact: boolean;
    } | null;
  }[];
}

/** Under which name the index keeps the changes of each share and each setting. */
const SHARES = { workerBps: 'WorkerBps', authorBps: 'AuthorBps', treasuryBps: 'TreasuryBps' } as const;
const FIELDS = {
  votingDelaySeconds: 'VotingDelaySet',
  votingPeriodSeconds: 'VotingPeriodSet',
  proposalThresholdWei: 'ProposalThresholdSet',
  quorumPercent: 'QuorumNumeratorUpdated',
  lateQuorumExtensionSeconds: 'LateQuorumVoteExtensionSet',
  timelockDelaySeconds: 'MinDelayChange',
} as const;
const ZERO = /^0x0{40}$/;

const byId = <T extends { readonly id: string }, U>(rows: readonly T[], of: (row: T) => U): Record<string, U> =>
  Object.fromEntries(rows.map((row) => [row.id, of(row)]));

const keysOf = <K extends string>(record: Readonly<Record<K, unknown>>): readonly K[] => Object.keys(record) as K[];

const nobody = (address: string | null | undefined): string | null =>
  address == null || ZERO.test(address) ? null : address;

/** Values before an execution by the name of their field; of several changes the one that continues none. */
function valuesBefore<K extends string>(
  names: Readonly<Record<K, string>>,
  changes: readonly SettingChange[],
): Partial<Record<K, bigint>> {
  const found: Partial<Record<K, bigint>> = {};
  for (const field of keysOf(names)) {
    const same = changes.filter(({ kind, oldValue }) => kind === names[field] && oldValue !== null);
    const first = same.find(({ oldValue }) => !same.some(({ newValue }) => newValue === oldValue)) ?? same[0];
    if (first !== undefined) found[field] = BigInt(first.oldValue!);
  }
  return found;
}

const asNumbers = <K extends string>(values: Partial<Record<K, bigint>>): Partial<Record<K, number>> =>
  Object.fromEntries(keysOf(values as Record<K, bigint>).map((key) => [key, Number(values[key])])) as Partial<
    Record<K, number>
  >;

/** How things stood before an execution, as far as the index recorded it. */
function factsBefore(answer: FactsAnswer, models: Facts['models']) {
  const before = Object.fromEntries(answer.liveChanges.map(({ model, previous }) => [model.id, previous?.id ?? null]));
  return {
    parameters: Object.fromEntries(
      answer.parameterChanges.map((change) => [change.parameter.id, BigInt(change.oldValue)]),
    ),
    shares: asNumbers(valuesBefore(SHARES, answer.settingChanges)),
    settings: valuesBefore(FIELDS, answer.settingChanges),
    guardian: nobody(answer.guardians[0]?.subject),
    models: Object.fromEntries(
      Object.entries(models).map(([id, model]) => [id, { ...model, liveVersion: before[id] ?? null }]),
    ),
  };
}

/** How things stand now. */
function factsNow({ protocol, parameters }: FactsAnswer, models: Facts['models']) {
  const known = { parameters: Object.fromEntries(parameters.map(({ id, value }) => [id, BigInt(value)])), models };
  if (protocol === null) return { ...known, settings: {} };
  return {
    ...known,
    shares: Object.fromEntries(keysOf(SHARES).map((field) => [field, protocol[field]])),
    settings: Object.fromEntries(keysOf(FIELDS).map((field) => [field, BigInt(protocol[field])])),
    treasuryWei: BigInt(protocol.treasuryWei),
    guardian: nobody(protocol.proposalGuardian),
  };
}

/** How things stand by the index; for an executed proposal (`past`) as they stood before, where the index recorded it. */
export function factsOf(
  answer: FactsAnswer | undefined,
  contracts: Facts['contracts'],
  floorSeconds: bigint,
  past: boolean,
): Facts {
  const base = { contracts, loaded: answer !== undefined, past, floorSeconds };
  if (answer === undefined) return { ...base, parameters: {}, settings: {}, models: {}, versions: {} };
  const models = byId(answer.models, ({ slug, liveVersion }) => ({ slug, liveVersion: liveVersion?.id ?? null }));
  const versionRows = [...answer.versions, ...answer.liveChanges.flatMap((change) => change.previous ?? [])];
  const versions = byId(versionRows, ({ model, cid, sha256, exact }) => ({ model: model.id, cid, sha256, exact }));
  const rules = answer.auditRules_collection[0];
  return {
    ...base,
    versions,
    ...(past ? factsBefore(answer, models) : factsNow(answer, models)),
    ...(rules === undefined ? {} : { auditRules: rules }),
  };
}

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
  readonly shares?: FeeShares;
  readonly settings: Readonly<Partial<Record<GovernanceSetting['field'], bigint>>>;
  /** Null: there is none. */
  readonly guardian?: string | null;
  readonly treasuryWei?: bigint;
  readonly auditRules?: Readonly<Record<string, string | number>>;
  readonly models: Readonly<Record<string, ModelFact>>;
  readonly versions: Readonly<Record<string, VersionFact>>;
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

const SHARES = ['workerBps', 'authorBps', 'treasuryBps'] as const;
const FIELDS = [
  'votingDelaySeconds',
  'votingPeriodSeconds',
  'proposalThresholdWei',
  'quorumPercent',
  'lateQuorumExtensionSeconds',
  'timelockDelaySeconds',
] as const;
const ZERO = /^0x0{40}$/;

const byId = <T extends { readonly id: string }, U>(rows: readonly T[], of: (row: T) => U): Record<string, U> =>
  Object.fromEntries(rows.map((row) => [row.id, of(row)]));

/** How things stand by the index; for an executed proposal as they stood before, where the index recorded it. */
export function factsOf(
  answer: FactsAnswer | undefined,
  contracts: Facts['contracts'],
  floorSeconds: bigint,
  past: boolean,
): Facts {
  const models = byId(answer?.models ?? [], ({ slug, liveVersion }) => ({
    slug,
    liveVersion: liveVersion?.id ?? null,
  }));
  const versionRows = [...(answer?.versions ?? []), ...(answer?.liveChanges ?? []).flatMap((it) => it.previous ?? [])];
  const versions = byId(versionRows, ({ model, cid, sha256, exact }) => ({ model: model.id, cid, sha256, exact }));
  const base = { contracts, loaded: answer !== undefined, past, floorSeconds, versions };
  if (past) {
    const before = Object.fromEntries(
      (answer?.liveChanges ?? []).map(({ model, previous }) => [model.id, previous?.id ?? null]),
    );
    return {
      ...base,
      parameters: Object.fromEntries(
        (answer?.parameterChanges ?? []).map((change) => [change.parameter.id, BigInt(change.oldValue)]),
      ),
      settings: {},
      models: Object.fromEntries(
        Object.entries(models).map(([id, model]) => [id, { ...model, liveVersion: before[id] ?? null }]),
      ),
    };
  }
  const protocol = answer?.protocol ?? undefined;
  const rules = answer?.auditRules_collection[0];
  return {
    ...base,
    parameters: Object.fromEntries((answer?.parameters ?? []).map(({ id, value }) => [id, BigInt(value)])),
    models,
    settings: protocol === undefined ? {} : Object.fromEntries(FIELDS.map((field) => [field, BigInt(protocol[field])])),
    ...(protocol === undefined
      ? {}
      : {
          shares: Object.fromEntries(SHARES.map((field) => [field, protocol[field]])) as unknown as FeeShares,
          treasuryWei: BigInt(protocol.treasuryWei),
          guardian:
            protocol.proposalGuardian === null || ZERO.test(protocol.proposalGuardian)
              ? null
              : protocol.proposalGuardian,
        }),
    ...(rules === undefined ? {} : { auditRules: rules }),
  };
}

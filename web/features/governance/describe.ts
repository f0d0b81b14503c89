import { keccak256, stringToBytes } from 'viem';
import { type Address, sameAddress } from '../../../node/core/codec/hex.ts';
import { formatAssay, formatDuration, formatEther, formatPercent, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { Change, ContractName } from '../../lib/transactions/plan.ts';
import { contractLabel } from '../transactions/contractLabel.ts';
import { showValue } from '../transactions/showValue.ts';
import { argument, type DecodedCall, decodeCall } from './decode.ts';
import type { Facts } from './facts.ts';
import { boundsOf, type FeeShares, formatUnit, PARAMETERS, parameterFault, sharesFault } from './parameters.ts';
import type { Action } from './proposal.ts';
import { formatSetting, SETTINGS } from './settings.ts';

/** What an action means for people who vote. */
export interface Description {
  /** One sentence: "Make version 2 of digits live". */
  readonly sentence: string;
  readonly changes: readonly Change[];
  /** What is unusual, dangerous or would fail. */
  readonly warnings: readonly string[];
  /** Calls that are made by this one. */
  readonly inner: readonly Described[];
}

export interface Described {
  readonly call: DecodedCall;
  readonly description: Description;
}

type Part = Omit<Description, 'inner'>;

const MAX_DEPTH = 3;

/** Decodes an action and puts it into words. Nothing in it is believed but the chain's own rules. */
export function describeAction(action: Action, facts: Facts, depth = 0): Described {
  const call = decodeCall(action, facts.contracts);
  const inner = depth >= MAX_DEPTH ? [] : innerActions(call).map((each) => describeAction(each, facts, depth + 1));
  const part = describeCall(call, facts);
  const ether: Change[] =
    action.valueWei === 0n ? [] : [{ label: 'Ether sent along', after: formatEther(action.valueWei) }];
  const extra = call.exact ? [] : ['The calldata holds more bytes than this call needs. They are shown raw below.'];
  return {
    call,
    description: {
      sentence: part.sentence,
      changes: [...part.changes, ...ether],
      warnings: [...part.warnings, ...extra],
      inner,
    },
  };
}

/** Calls inside calls: what the governor relays. */
function innerActions(call: DecodedCall): readonly Action[] {
  if (call.contract !== 'governor' || call.functionName !== 'relay') return [];
  return [
    { target: argument<Address>(call, 0), valueWei: argument<bigint>(call, 1), calldata: argument<Address>(call, 2) },
  ];
}

function describeCall(call: DecodedCall, facts: Facts): Part {
  const { contract, functionName, action, selector } = call;
  if (functionName === undefined || contract === undefined) {
    if (action.calldata === '0x')
      return {
        sentence: `Send ether to ${nameOf(action.target, facts)}`,
        changes: [],
        warnings: contract === undefined ? [] : ['The protocol has no use for ether.'],
      };
    const whom = contract === undefined ? shortHex(action.target) : contractLabel(contract);
    return {
      sentence: `Unknown call ${selector} of ${whom}`,
      changes: [],
      warnings: [
        contract === undefined
          ? 'This is no contract of the protocol. Find out what it does before you vote for it.'
          : 'This page does not know that function. The raw bytes are below.',
      ],
    };
  }
  const known = WORDS[`${contract}.${functionName}`];
  return known?.(call, facts) ?? settingChange(call, facts) ?? general(call, contract);
}

/** A function without words of its own: its name and its arguments. */
const general = (call: DecodedCall, contract: ContractName): Part => ({
  sentence: `Call ${call.functionName} of ${contractLabel(contract)}`,
  changes: call.args.map(({ name, value }) => ({ label: name, after: showValue(value) })),
  warnings: [],
});

const nameOf = (address: Address, { contracts }: Facts): string => {
  const found = Object.entries(contracts).find(([, at]) => sameAddress(at, address));
  return found === undefined ? address : `${contractLabel(found[0])} (${shortHex(address)})`;
};

const versionText = (id: string, facts: Facts): string => {
  const version = facts.versions[id];
  return version === undefined ? `version ${id}` : `version ${id} (SHA-256 ${shortHex(version.sha256, 10, 6)})`;
};

function setLive(call: DecodedCall, facts: Facts): Part {
  const [modelId, versionId] = [String(argument<bigint>(call, 0)), String(argument<bigint>(call, 1))];
  const model = facts.models[modelId];
  const version = facts.versions[versionId];
  const slug = model === undefined ? `model ${modelId}` : safeText(model.slug, 60);
  const before = model === undefined ? undefined : (model.liveVersion ?? null);
  const warnings: string[] = [];
  if (facts.loaded && model === undefined) warnings.push(`The index knows no model ${modelId}.`);
  if (facts.loaded && version === undefined) warnings.push(`The index knows no version ${versionId}.`);
  if (version !== undefined && version.model !== modelId)
    warnings.push(`Version ${versionId} belongs to another model; the registry refuses it.`);
  if (version !== undefined && !version.exact)
    warnings.push('A float version: its answers cannot be disputed in court.');
  if (!facts.past && before === versionId) warnings.push('This version is live already.');
  return {
    sentence: `Make version ${versionId} of ${slug} live`,
    changes: [
      {
        label: `Live version of ${slug}`,
        ...(before === undefined ? {} : { before: before === null ? 'none' : versionText(before, facts) }),
        after: versionText(versionId, facts),
      },
      ...(version === undefined ? [] : [{ label: 'Artifact', after: safeText(version.cid, 80) }]),
    ],
    warnings,
  };
}

function retire(call: DecodedCall, facts: Facts): Part {
  const modelId = String(argument<bigint>(call, 0));
  const model = facts.models[modelId];
  const slug = model === undefined ? `model ${modelId}` : safeText(model.slug, 60);
  const before = model?.liveVersion;
  return {
    sentence: `Retire ${slug}`,
    changes: [
      {
        label: `Live version of ${slug}`,
        ...(model === undefined ? {} : { before: before === null ? 'none' : versionText(before!, facts) }),
        after: 'none',
      },
    ],
    warnings: ['No new jobs can be opened for a model without a live version.'],
  };
}

function setParameter(call: DecodedCall, facts: Facts): Part {
  const key = Number(argument<number | bigint>(call, 0));
  const value = argument<bigint>(call, 1);
  const parameter = PARAMETERS[key];
  if (parameter === undefined)
    return {
      sentence: `Set parameter number ${key}`,
      changes: [{ label: `Parameter ${key}`, after: String(value) }],
      warnings: ['There is no parameter of that number; the contract refuses it.'],
    };
  const before = facts.parameters[parameter.name];
  const { min, max } = boundsOf(parameter, facts.floorSeconds);
  const fault = facts.past ? undefined : parameterFault(parameter, value, facts.parameters, facts.floorSeconds);
  return {
    sentence: `Set "${parameter.label}" to ${formatUnit(parameter.unit, value)}`,
    changes: [
      {
        label: `${parameter.label} (${parameter.name})`,
        ...(before === undefined ? {} : { before: formatUnit(parameter.unit, before) }),
        after: formatUnit(parameter.unit, value),
      },
      { label: 'Hard bounds', after: `${formatUnit(parameter.unit, min)} to ${formatUnit(parameter.unit, max)}` },
    ],
    warnings: fault === undefined ? [] : [`${fault}. The contract would refuse it.`],
  };
}

const percent = (bps: number): string => formatPercent(bps / 10_000, 2);

function setFeeShares(call: DecodedCall, facts: Facts): Part {
  const shares = argument<FeeShares>(call, 0);
  const line = (label: string, field: keyof FeeShares): Change => {
    // The index keeps changes: a share that an execution left as it was has none.
    const before = facts.shares?.[field] ?? (facts.past && facts.loaded ? shares[field] : undefined);
    return { label, ...(before === undefined ? {} : { before: percent(before) }), after: percent(shares[field]) };
  };
  const fault = sharesFault(shares);
  return {
    sentence: `Share fees ${percent(shares.workerBps)} worker, ${percent(shares.authorBps)} author, ${percent(shares.treasuryBps)} treasury`,
    changes: [line('Worker', 'workerBps'), line('Author', 'authorBps'), line('Treasury', 'treasuryBps')],
    warnings: fault === undefined ? [] : [`${fault}. The contract would refuse it.`],
  };
}

/** The treasury's balance before and after `amountWei` leaves it. */
function treasuryAfter(amountWei: bigint, { past, treasuryWei }: Facts): Change[] {
  if (past || treasuryWei === undefined) return [];
  const left = treasuryWei - amountWei;
  return [{ label: 'Treasury', before: formatAssay(treasuryWei), after: formatAssay(left < 0n ? 0n : left) }];
}

function transfer(call: DecodedCall, facts: Facts): Part {
  const [to, amountWei] = [argument<Address>(call, 0), argument<bigint>(call, 1)];
  const short = !facts.past && facts.treasuryWei !== undefined && facts.treasuryWei < amountWei;
  return {
    sentence: `Pay ${formatAssay(amountWei)} from the treasury to ${shortHex(to)}`,
    changes: [
      { label: 'Recipient', after: nameOf(to, facts) },
      { label: 'Amount', after: formatAssay(amountWei) },
      ...treasuryAfter(amountWei, facts),
    ],
    warnings: short ? [`The treasury holds only ${formatAssay(facts.treasuryWei!)}; the payment would fail.`] : [],
  };
}

function approve(call: DecodedCall, facts: Facts): Part {
  const [spender, amountWei] = [argument<Address>(call, 0), argument<bigint>(call, 1)];
  return {
    sentence: `Let ${shortHex(spender)} take up to ${formatAssay(amountWei)} from the treasury`,
    changes: [
      { label: 'Spender', after: nameOf(spender, facts) },
      { label: 'May take', after: formatAssay(amountWei) },
    ],
    warnings: ['The spender can take this money at any later time, without another vote.'],
  };
}

function burn(call: DecodedCall, facts: Facts): Part {
  const amountWei = argument<bigint>(call, 0);
  return {
    sentence: `Burn ${formatAssay(amountWei)} of the treasury`,
    changes: [{ label: 'Burned for ever', after: formatAssay(amountWei) }, ...treasuryAfter(amountWei, facts)],
    warnings: [],
  };
}

function delegate(call: DecodedCall, facts: Facts): Part {
  const to = argument<Address>(call, 0);
  return {
    sentence: `Let ${shortHex(to)} vote with the treasury's tokens`,
    changes: [{ label: 'Votes of the treasury', after: nameOf(to, facts) }],
    warnings: ['Whoever votes with the treasury may decide every later vote.'],
  };
}

/** A right given to a contract or taken from it. */
const right =
  (right: string, danger: string) =>
  (call: DecodedCall, facts: Facts): Part => {
    const [who, allowed] = [argument<Address>(call, 0), argument<boolean>(call, 1)];
    return {
      sentence: `${allowed ? 'Let' : 'No longer let'} ${shortHex(who)} ${right}`,
      changes: [
        { label: 'Contract', after: nameOf(who, facts) },
        { label: `May ${right}`, before: allowed ? 'no' : 'yes', after: allowed ? 'yes' : 'no' },
      ],
      warnings: allowed ? [danger] : [],
    };
  };

function setAuditRules(call: DecodedCall, facts: Facts): Part {
  const rules = argument<Readonly<Record<string, bigint | number>>>(call, 0);
  const show = (name: string, value: bigint | number | string): string => {
    if (name.endsWith('Wei')) return formatAssay(BigInt(value));
    if (name.endsWith('Bps')) return percent(Number(value));
    return name.endsWith('Seconds') ? formatDuration(value) : String(value);
  };
  const words = (name: string): string =>
    name.replace(/(Wei|Bps|Seconds)$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return {
    sentence: 'Set the rules of audits',
    changes: Object.entries(rules).map(([name, value]) => {
      const before = facts.auditRules?.[name];
      return {
        label: `Audits: ${words(name)}`,
        ...(before === undefined ? {} : { before: show(name, before) }),
        after: show(name, value),
      };
    }),
    warnings: [],
  };
}

const ROLES: Readonly<Record<string, string>> = Object.fromEntries(
  ['PROPOSER_ROLE', 'EXECUTOR_ROLE', 'CANCELLER_ROLE']
    .map((role) => [keccak256(stringToBytes(role)) as string, role])
    .concat([[`0x${'0'.repeat(64)}`, 'DEFAULT_ADMIN_ROLE']]),
);

const role =
  (given: boolean) =>
  (call: DecodedCall, facts: Facts): Part => {
    const name = ROLES[argument<string>(call, 0)] ?? showValue(call.args[0]!.value);
    const who = argument<Address>(call, 1);
    return {
      sentence: `${given ? 'Give' : 'Take'} ${name} at the timelock ${given ? 'to' : 'from'} ${shortHex(who)}`,
      changes: [
        { label: 'Account', after: nameOf(who, facts) },
        { label: name, before: given ? 'no' : 'yes', after: given ? 'yes' : 'no' },
      ],
      warnings: [
        given
          ? 'Whoever holds a role of the timelock can act without the votes of token holders.'
          : 'Taking a role from the governor can make every later vote powerless.',
      ],
    };
  };

function guardian(call: DecodedCall, facts: Facts): Part {
  const who = argument<Address>(call, 0);
  const nobody = /^0x0{40}$/.test(who);
  return {
    sentence: nobody ? 'Remove the guardian' : `Make ${shortHex(who)} the guardian`,
    changes: [
      {
        label: 'Guardian',
        ...(facts.guardian === undefined ? {} : { before: facts.guardian ?? 'nobody' }),
        after: nobody ? 'nobody' : nameOf(who, facts),
      },
    ],
    warnings: nobody ? [] : ['The guardian alone can cancel every proposal that has not been executed.'],
  };
}

function replaceTimelock(call: DecodedCall, facts: Facts): Part {
  const to = argument<Address>(call, 0);
  return {
    sentence: `Replace the timelock by ${shortHex(to)}`,
    changes: [{ label: 'Timelock', before: facts.contracts['timelock'] ?? '', after: to }],
    warnings: ['The contracts obey the present timelock for ever: after this, votes change nothing any more.'],
  };
}

function settingChange(call: DecodedCall, facts: Facts): Part | undefined {
  const setting = SETTINGS.find(
    ({ contract, functionName }) => contract === call.contract && functionName === call.functionName,
  );
  if (setting === undefined) return undefined;
  const { unit, label, min, max } = setting;
  const value = BigInt(argument<bigint | number>(call, 0));
  const before = facts.settings[setting.field];
  return {
    sentence: `Set "${label}" to ${formatSetting(unit, value)}`,
    changes: [
      {
        label,
        ...(before === undefined ? {} : { before: formatSetting(unit, before) }),
        after: formatSetting(unit, value),
      },
      ...(setting.contract === 'governor'
        ? [{ label: 'Hard bounds', after: `${formatSetting(unit, min)} to ${formatSetting(unit, max)}` }]
        : []),
    ],
    warnings: [
      ...(setting.contract === 'governor' && (value < min || value > max)
        ? ['Outside the hard bounds. The governor would refuse it.']
        : []),
      ...(setting.contract === 'timelock' && value === 0n
        ? ['Without a delay nobody has time to leave before a vote takes effect.']
        : []),
    ],
  };
}

const WORDS: Readonly<Record<string, (call: DecodedCall, facts: Facts) => Part>> = {
  'models.setLive': setLive,
  'models.retire': retire,
  'parameters.set': setParameter,
  'parameters.setFeeShares': setFeeShares,
  'token.transfer': transfer,
  'token.approve': approve,
  'token.burn': burn,
  'token.delegate': delegate,
  'workers.setLocker': right('lock stake', 'A contract that may lock stake can keep every worker from leaving.'),
  'workers.setSlasher': right('slash stake', 'A contract that may slash can take the stake of every worker.'),
  'court.setSubject': right(
    'file claims with the court',
    'Claims of this contract decide about the stake of the workers it names.',
  ),
  'market.setEvaluator': right(
    'decide about jobs',
    'An evaluator decides whether worker or client gets the fee of the jobs that name it.',
  ),
  'auditPool.setRules': setAuditRules,
  'timelock.grantRole': role(true),
  'timelock.revokeRole': role(false),
  'governor.setProposalGuardian': guardian,
  'governor.updateTimelock': replaceTimelock,
};

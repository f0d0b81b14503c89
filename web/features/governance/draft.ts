import { encodeFunctionData } from 'viem';
import { type Address, type Hex, isAddress } from '../../../node/core/codec/hex.ts';
import { assayGovernorAbi } from '../../generated/abi/assayGovernor.ts';
import { assayTokenAbi } from '../../generated/abi/assayToken.ts';
import { modelRegistryAbi } from '../../generated/abi/modelRegistry.ts';
import { parametersAbi } from '../../generated/abi/parameters.ts';
import { timelockControllerAbi } from '../../generated/abi/timelockController.ts';
import { parseAssay } from '../../lib/format.ts';
import type { Facts } from './facts.ts';
import { PARAMETERS, parameterFault, sharesFault, type Values } from './parameters.ts';
import type { Action } from './proposal.ts';
import { formatSetting, SETTINGS } from './settings.ts';

/** An action as somebody is typing it. All values are text until they are encoded. */
export type DraftAction =
  | { readonly kind: 'live'; readonly modelId: string; readonly versionId: string }
  | { readonly kind: 'retire'; readonly modelId: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly value: string }
  | { readonly kind: 'shares'; readonly worker: string; readonly author: string; readonly treasury: string }
  | { readonly kind: 'pay'; readonly to: string; readonly amount: string }
  | { readonly kind: 'setting'; readonly functionName: string; readonly value: string }
  | { readonly kind: 'custom'; readonly target: string; readonly ether: string; readonly calldata: string };

export type DraftKind = DraftAction['kind'];

export interface Draft {
  readonly title: string;
  readonly body: string;
  readonly actions: readonly DraftAction[];
}

export const EMPTY_DRAFT: Draft = { title: '', body: '', actions: [] };
export const MAX_ACTIONS = 10;
const MAX_TEXT = 20_000;

export const NEW_ACTIONS: Readonly<Record<DraftKind, DraftAction>> = {
  live: { kind: 'live', modelId: '', versionId: '' },
  retire: { kind: 'retire', modelId: '' },
  parameter: { kind: 'parameter', name: PARAMETERS[0]!.name, value: '' },
  shares: { kind: 'shares', worker: '80', author: '15', treasury: '5' },
  pay: { kind: 'pay', to: '', amount: '' },
  setting: { kind: 'setting', functionName: SETTINGS[0]!.functionName, value: '' },
  custom: { kind: 'custom', target: '', ether: '0', calldata: '0x' },
};

/** An action encoded, or what is wrong with it. */
export type Encoded = { readonly action: Action; readonly fault?: undefined } | { readonly fault: string };

const fault = (text: string): Encoded => ({ fault: text });
const whole = (text: string): bigint | undefined => (/^\d{1,40}$/.test(text.trim()) ? BigInt(text.trim()) : undefined);

/** `12.5` percent as 1,250 basis points. */
export function basisPoints(text: string): number | undefined {
  const match = /^\s*(\d{1,3})(?:\.(\d{1,2}))?\s*%?\s*$/.exec(text);
  return match === null ? undefined : Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}

/** Amounts in tokens, spans in seconds. */
const amountOf = (unit: 'wei' | 'seconds' | 'percent', text: string): bigint | undefined =>
  unit === 'wei' ? parseAssay(text) : whole(text);

const call = (target: Address | undefined, calldata: Hex): Encoded =>
  target === undefined ? fault('The network is not known yet') : { action: { target, valueWei: 0n, calldata } };

/** Encodes one action. `values` are the parameters as the actions before it leave them. */
export function encodeAction(draft: DraftAction, facts: Facts, values: Values = facts.parameters): Encoded {
  const { contracts } = facts;
  switch (draft.kind) {
    case 'live': {
      const [modelId, versionId] = [whole(draft.modelId), whole(draft.versionId)];
      if (modelId === undefined || versionId === undefined) return fault('Choose a model and a version');
      if (facts.models[draft.modelId]?.liveVersion === draft.versionId) return fault('This version is live already');
      return call(
        contracts['models'],
        encodeFunctionData({ abi: modelRegistryAbi, functionName: 'setLive', args: [modelId, versionId] }),
      );
    }
    case 'retire': {
      const modelId = whole(draft.modelId);
      if (modelId === undefined) return fault('Choose a model');
      return call(
        contracts['models'],
        encodeFunctionData({ abi: modelRegistryAbi, functionName: 'retire', args: [modelId] }),
      );
    }
    case 'parameter':
      return encodeParameter(draft.name, draft.value, facts, values);
    case 'shares':
      return encodeShares(draft, facts);
    case 'pay':
      return encodePayment(draft, facts);
    case 'setting':
      return encodeSetting(draft.functionName, draft.value, facts);
    case 'custom':
      return encodeCustom(draft);
  }
}

function encodeParameter(name: string, text: string, facts: Facts, values: Values): Encoded {
  const parameter = PARAMETERS.find((each) => each.name === name);
  if (parameter === undefined) return fault('Choose a parameter');
  const value = amountOf(parameter.unit, text);
  if (value === undefined)
    return fault(parameter.unit === 'wei' ? 'Enter an amount in ASSAY' : 'Enter a whole number of seconds');
  const wrong = parameterFault(parameter, value, values, facts.floorSeconds);
  if (wrong !== undefined) return fault(wrong);
  if (values[name] === value) return fault('That is its value already');
  return call(
    facts.contracts['parameters'],
    encodeFunctionData({ abi: parametersAbi, functionName: 'set', args: [parameter.key, value] }),
  );
}

function encodeShares(draft: Extract<DraftAction, { kind: 'shares' }>, { contracts, shares }: Facts): Encoded {
  const [workerBps, authorBps, treasuryBps] = [draft.worker, draft.author, draft.treasury].map(basisPoints);
  if (workerBps === undefined || authorBps === undefined || treasuryBps === undefined)
    return fault('Enter three shares in percent, with at most two decimals');
  const wanted = { workerBps, authorBps, treasuryBps };
  const wrong = sharesFault(wanted);
  if (wrong !== undefined) return fault(wrong);
  if (shares !== undefined && shares.workerBps === workerBps && shares.authorBps === authorBps)
    return fault('Those are the shares already');
  return call(
    contracts['parameters'],
    encodeFunctionData({ abi: parametersAbi, functionName: 'setFeeShares', args: [wanted] }),
  );
}

function encodePayment({ to, amount }: Extract<DraftAction, { kind: 'pay' }>, facts: Facts): Encoded {
  const recipient = to.trim();
  if (!isAddress(recipient)) return fault('Enter the address of the recipient: 0x and 40 hexadecimal digits');
  if (/^0x0{40}$/.test(recipient)) return fault('Nobody owns the zero address');
  const amountWei = parseAssay(amount);
  if (amountWei === undefined || amountWei === 0n) return fault('Enter an amount in ASSAY');
  if (facts.treasuryWei !== undefined && amountWei > facts.treasuryWei) return fault('The treasury holds less');
  return call(
    facts.contracts['token'],
    encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [recipient, amountWei] }),
  );
}

function encodeSetting(functionName: string, text: string, { contracts, settings }: Facts): Encoded {
  const setting = SETTINGS.find((each) => each.functionName === functionName);
  if (setting === undefined) return fault('Choose a setting');
  const { unit, min, max, field } = setting;
  const value = amountOf(unit, text);
  if (value === undefined)
    return fault(unit === 'wei' ? 'Enter an amount in ASSAY' : `Enter a whole number of ${unit}`);
  if (value < min || value > max)
    return fault(`Outside its bounds: ${formatSetting(unit, min)} to ${formatSetting(unit, max)}`);
  if (settings[field] === value) return fault('That is its value already');
  const abi = setting.contract === 'governor' ? assayGovernorAbi : timelockControllerAbi;
  const isSmall = functionName === 'setVotingPeriod' || functionName.startsWith('setVoting');
  const args = [isSmall || functionName === 'setLateQuorumVoteExtension' ? Number(value) : value];
  return call(contracts[setting.contract], encodeFunctionData({ abi, functionName, args } as never));
}

function encodeCustom({ target, ether, calldata }: Extract<DraftAction, { kind: 'custom' }>): Encoded {
  const to = target.trim();
  if (!isAddress(to)) return fault('Enter the address of the contract: 0x and 40 hexadecimal digits');
  const valueWei = parseAssay(ether);
  if (valueWei === undefined) return fault('Enter an amount of ether, or 0');
  const bytes = calldata.trim();
  if (!/^0x([0-9a-fA-F]{2})*$/.test(bytes)) return fault('Calldata is 0x and an even number of hexadecimal digits');
  if (bytes.length > 2 && bytes.length < 10) return fault('Calldata begins with the four bytes of a function');
  return { action: { target: to, valueWei, calldata: bytes.toLowerCase() as Hex } };
}

/** Encodes all in order; each sees the parameters as those before it leave them. */
export function encodeActions(actions: readonly DraftAction[], facts: Facts): readonly Encoded[] {
  let values = facts.parameters;
  return actions.map((draft) => {
    const encoded = encodeAction(draft, facts, values);
    const parameter = draft.kind === 'parameter' ? PARAMETERS.find(({ name }) => name === draft.name) : undefined;
    if (encoded.fault === undefined && parameter !== undefined && draft.kind === 'parameter')
      values = { ...values, [parameter.name]: amountOf(parameter.unit, draft.value)! };
    return encoded;
  });
}

/** Title and text as the governor stores them; the title is the first line. */
export const descriptionOf = ({ title, body }: Draft): string =>
  [`# ${title.trim().replace(/\s+/g, ' ')}`, body.trim()].filter((part) => part !== '').join('\n\n');

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;

function actionFrom(value: unknown): DraftAction | undefined {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const shape = Object.hasOwn(NEW_ACTIONS, String(given['kind'])) ? NEW_ACTIONS[given['kind'] as DraftKind] : undefined;
  if (shape === undefined || !Object.keys(shape).every((name) => isText(given[name]))) return undefined;
  return Object.fromEntries(Object.keys(shape).map((name) => [name, given[name]])) as unknown as DraftAction;
}

/** Reads a stored draft. What is broken in it counts as empty. */
export function parseDraft(text: string | undefined): Draft {
  try {
    const given = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const actions = Array.isArray(given['actions']) ? given['actions'].slice(0, MAX_ACTIONS) : [];
    return {
      title: isText(given['title']) ? given['title'] : '',
      body: isText(given['body']) ? given['body'] : '',
      actions: actions.flatMap((each) => actionFrom(each) ?? []),
    };
  } catch {
    // Broken JSON counts as no draft.
    return EMPTY_DRAFT;
  }
}

'use client';

import type { ReactNode } from 'react';
import { NumberInput } from '../../components/NumberInput.tsx';
import { Select } from '../../components/Select.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { formatAssay, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { DraftAction } from './draft.ts';
import type { Facts } from './facts.ts';
import { boundsOf, formatUnit, PARAMETERS } from './parameters.ts';
import type { ModelChoice } from './query.ts';
import { formatSetting, SETTINGS } from './settings.ts';

interface FieldsProps<Kind extends DraftAction['kind']> {
  readonly draft: Extract<DraftAction, { kind: Kind }>;
  readonly facts: Facts;
  readonly models: readonly ModelChoice[];
  readonly onChange: (draft: DraftAction) => void;
}

/** The inputs of one action. */
export function ActionFields(props: {
  readonly draft: DraftAction;
  readonly facts: Facts;
  readonly models: readonly ModelChoice[];
  readonly onChange: (draft: DraftAction) => void;
}): ReactNode {
  const { draft, ...rest } = props;
  switch (draft.kind) {
    case 'live':
      return <LiveFields draft={draft} {...rest} />;
    case 'retire':
      return <RetireFields draft={draft} {...rest} />;
    case 'parameter':
      return <ParameterFields draft={draft} {...rest} />;
    case 'shares':
      return <SharesFields draft={draft} {...rest} />;
    case 'pay':
      return <PayFields draft={draft} {...rest} />;
    case 'setting':
      return <SettingFields draft={draft} {...rest} />;
    case 'custom':
      return <CustomFields draft={draft} {...rest} />;
  }
}

const ROW = 'grid gap-3 sm:grid-cols-2';

const modelOptions = (models: readonly ModelChoice[]) => [
  { value: '', label: 'Choose a model' },
  ...models.map(({ id, slug }) => ({ value: id, label: `${safeText(slug, 60)} (model ${id})` })),
];

function LiveFields({ draft, models, onChange }: FieldsProps<'live'>): ReactNode {
  const model = models.find(({ id }) => id === draft.modelId);
  const versions = (model?.versions ?? []).map(({ id, exact, sha256 }) => ({
    value: id,
    label: `version ${id}, ${shortHex(sha256, 10, 4)}${model?.liveVersion?.id === id ? ', live now' : ''}${exact ? '' : ', float'}`,
  }));
  return (
    <div className={ROW}>
      <Select
        label="Model"
        value={draft.modelId}
        options={modelOptions(models)}
        onChange={(modelId) => onChange({ ...draft, modelId, versionId: '' })}
      />
      <Select
        label="Version"
        value={draft.versionId}
        disabled={model === undefined}
        options={[{ value: '', label: 'Choose a version' }, ...versions]}
        onChange={(versionId) => onChange({ ...draft, versionId })}
      />
    </div>
  );
}

function RetireFields({ draft, models, onChange }: FieldsProps<'retire'>): ReactNode {
  return (
    <Select
      label="Model"
      value={draft.modelId}
      options={modelOptions(models.filter(({ liveVersion }) => liveVersion !== null))}
      onChange={(modelId) => onChange({ ...draft, modelId })}
    />
  );
}

function ParameterFields({ draft, facts, onChange }: FieldsProps<'parameter'>): ReactNode {
  const parameter = PARAMETERS.find(({ name }) => name === draft.name) ?? PARAMETERS[0]!;
  const { unit, meaning } = parameter;
  const { min, max } = boundsOf(parameter, facts.floorSeconds);
  const now = facts.parameters[parameter.name];
  return (
    <div className={ROW}>
      <Select
        label="Parameter"
        value={draft.name}
        hint={meaning}
        options={PARAMETERS.map(({ name, label }) => ({ value: name, label }))}
        onChange={(name) => onChange({ ...draft, name, value: '' })}
      />
      <NumberInput
        label="New value"
        unit={unit === 'wei' ? 'ASSAY' : 'seconds'}
        value={draft.value}
        hint={`${now === undefined ? '' : `Now ${formatUnit(unit, now)}. `}Allowed: ${formatUnit(unit, min)} to ${formatUnit(unit, max)}.`}
        onChange={(value) => onChange({ ...draft, value })}
      />
    </div>
  );
}

function SharesFields({ draft, onChange }: FieldsProps<'shares'>): ReactNode {
  const field = (name: 'worker' | 'author' | 'treasury', label: string, hint: string): ReactNode => (
    <NumberInput
      label={label}
      unit="%"
      value={draft[name]}
      hint={hint}
      onChange={(value) => onChange({ ...draft, [name]: value })}
    />
  );
  return (
    <div className="grid gap-3 sm:grid-cols-3">
      {field('worker', 'Worker', 'at least 50 %')}
      {field('author', 'Author', 'at most 40 %')}
      {field('treasury', 'Treasury', 'at most 20 %')}
    </div>
  );
}

function PayFields({ draft, facts, onChange }: FieldsProps<'pay'>): ReactNode {
  return (
    <div className={ROW}>
      <TextInput
        label="Recipient"
        placeholder="0x…"
        value={draft.to}
        hint="Check it twice: a payment cannot be taken back"
        onChange={(to) => onChange({ ...draft, to })}
      />
      <NumberInput
        label="Amount"
        unit="ASSAY"
        value={draft.amount}
        hint={facts.treasuryWei === undefined ? undefined : `The treasury holds ${formatAssay(facts.treasuryWei)}`}
        onChange={(amount) => onChange({ ...draft, amount })}
      />
    </div>
  );
}

function SettingFields({ draft, facts, onChange }: FieldsProps<'setting'>): ReactNode {
  const setting = SETTINGS.find(({ functionName }) => functionName === draft.functionName) ?? SETTINGS[0]!;
  const { unit, min, max, field } = setting;
  const now = facts.settings[field];
  return (
    <div className={ROW}>
      <Select
        label="Setting"
        value={draft.functionName}
        options={SETTINGS.map(({ functionName, label }) => ({ value: functionName, label }))}
        onChange={(functionName) => onChange({ ...draft, functionName, value: '' })}
      />
      <NumberInput
        label="New value"
        unit={unit === 'wei' ? 'ASSAY' : unit === 'percent' ? '%' : 'seconds'}
        value={draft.value}
        hint={`${now === undefined ? '' : `Now ${formatSetting(unit, now)}. `}Allowed: ${formatSetting(unit, min)} to ${formatSetting(unit, max)}.`}
        onChange={(value) => onChange({ ...draft, value })}
      />
    </div>
  );
}

function CustomFields({ draft, onChange }: FieldsProps<'custom'>): ReactNode {
  return (
    <div className="space-y-3">
      <div className={ROW}>
        <TextInput
          label="Contract"
          placeholder="0x…"
          value={draft.target}
          onChange={(target) => onChange({ ...draft, target })}
        />
        <NumberInput
          label="Ether to send"
          unit="ETH"
          value={draft.ether}
          onChange={(ether) => onChange({ ...draft, ether })}
        />
      </div>
      <TextInput
        label="Calldata"
        placeholder="0x…"
        className="font-mono"
        value={draft.calldata}
        hint="Selector and arguments in hexadecimal; 0x for a plain transfer of ether"
        onChange={(calldata) => onChange({ ...draft, calldata })}
      />
    </div>
  );
}

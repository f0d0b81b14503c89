import type { ReactNode } from 'react';
import { CONTROL, Field } from './Field.tsx';

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** The browser's own choice list, which works everywhere and on every phone. */
export function Select({
  label,
  hint,
  value,
  options,
  onChange,
  disabled,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
}): ReactNode {
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })}>
      {(control) => (
        <select
          {...control}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value)}
          className={CONTROL}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

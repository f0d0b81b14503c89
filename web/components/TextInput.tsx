import type { InputHTMLAttributes, ReactNode } from 'react';
import { CONTROL, Field, type FieldProps } from './Field.tsx';

export type TextInputProps = Omit<FieldProps, 'children'> &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value' | 'id'> & {
    readonly value: string;
    readonly onChange: (value: string) => void;
  };

/** One line of text with its label. */
export function TextInput({ label, hint, error, value, onChange, className, ...rest }: TextInputProps): ReactNode {
  const field = { label, ...(hint === undefined ? {} : { hint }), ...(error === undefined ? {} : { error }) };
  return (
    <Field {...field}>
      {(control) => (
        <input
          spellCheck={false}
          autoComplete="off"
          {...rest}
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={`${CONTROL} ${className ?? ''}`}
        />
      )}
    </Field>
  );
}

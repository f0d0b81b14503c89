import type { ReactNode } from 'react';
import { TextInput, type TextInputProps } from './TextInput.tsx';

/**
 * A number as the person typed it: text, because amounts exceed what a JavaScript number holds. The caller parses it
 * (`parseAssay` for tokens). Digits, one point and commas get through.
 */
export function NumberInput({ unit, onChange, ...rest }: TextInputProps & { readonly unit?: string }): ReactNode {
  return (
    <div className="relative">
      <TextInput
        {...rest}
        inputMode="decimal"
        className={unit === undefined ? 'tabular-nums' : 'pr-20 tabular-nums'}
        onChange={(text) => onChange(text.replace(/[^\d.,-]/g, ''))}
      />
      {unit !== undefined && (
        <span aria-hidden className="pointer-events-none absolute top-[2.125rem] right-3 text-sm text-muted">
          {unit}
        </span>
      )}
    </div>
  );
}

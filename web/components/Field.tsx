import { type ReactNode, useId } from 'react';

/** What a control needs to be tied to its label, hint and error. */
export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

export interface FieldProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** Shown in place of the hint and announced. */
  readonly error?: string;
  readonly children: (control: FieldControl) => ReactNode;
}

/** Label, control and help as one. */
export function Field({ label, hint, error, children }: FieldProps): ReactNode {
  const id = useId();
  const help = `${id}-help`;
  const hasHelp = error !== undefined || hint !== undefined;
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': hasHelp ? help : undefined,
        'aria-invalid': error === undefined ? undefined : true,
      })}
      {hasHelp && (
        <p
          id={help}
          role={error === undefined ? undefined : 'alert'}
          className={`mt-1 text-xs ${error === undefined ? 'text-muted' : 'text-critical'}`}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

/** The look of a text control. */
export const CONTROL =
  'block w-full min-w-0 min-h-10 rounded-md border border-line-strong bg-surface px-3 py-2 text-sm text-ink placeholder:text-muted aria-invalid:border-critical disabled:opacity-55';

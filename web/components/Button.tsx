import type { ButtonHTMLAttributes, MouseEvent, ReactNode } from 'react';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium';

const BASE =
  'inline-flex items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-55 aria-disabled:opacity-55 select-none';
const SIZES: Readonly<Record<ButtonSize, string>> = {
  small: 'min-h-8 px-2.5 text-[0.8125rem]',
  medium: 'min-h-10 px-4 text-sm',
};
const VARIANTS: Readonly<Record<ButtonVariant, string>> = {
  primary: 'bg-accent text-accent-ink not-aria-disabled:enabled:hover:bg-accent-strong [a&]:hover:bg-accent-strong',
  secondary: 'border border-line-strong bg-surface text-ink enabled:hover:bg-sunken [a&]:hover:bg-sunken',
  quiet: 'text-ink enabled:hover:bg-sunken [a&]:hover:bg-sunken',
  danger: 'border border-critical text-critical enabled:hover:bg-critical-soft',
};

/** One look for buttons and for links that act like buttons. */
export const buttonClass = (variant: ButtonVariant, size: ButtonSize, extra = ''): string =>
  `${BASE} ${SIZES[size]} ${VARIANTS[variant]} ${extra}`;

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  /** Work is under way: the button keeps its width, says so to screen readers and cannot be pressed again. */
  readonly busy?: boolean;
  readonly children: ReactNode;
}

const swallow = (event: MouseEvent): void => event.preventDefault();

export function Button({
  variant = 'secondary',
  size = 'medium',
  busy = false,
  disabled,
  className,
  type = 'button',
  onClick,
  children,
  ...rest
}: ButtonProps): ReactNode {
  return (
    <button
      {...rest}
      type={type}
      // A busy button keeps the focus: the keyboard goes on from here when the work is done.
      disabled={disabled === true && !busy}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? swallow : onClick}
      className={buttonClass(variant, size, className)}
    >
      {busy && (
        <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-current border-r-transparent" />
      )}
      {children}
    </button>
  );
}

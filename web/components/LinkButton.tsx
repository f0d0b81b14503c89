import type { ReactNode } from 'react';
import { type ButtonSize, type ButtonVariant, buttonClass } from './Button.tsx';
import { Link } from './Link.tsx';

/** A link to a page of this site that looks like a button. */
export function LinkButton({
  href,
  variant = 'secondary',
  size = 'medium',
  className,
  children,
}: {
  /** A path of this site, beginning with `/`. */
  readonly href: `/${string}`;
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <Link href={href} className={buttonClass(variant, size, className)}>
      {children}
    </Link>
  );
}

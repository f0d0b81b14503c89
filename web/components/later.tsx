'use client';

import { Component, type ComponentType, lazy, type ReactNode, Suspense, useSyncExternalStore } from 'react';
import { problemOf } from '../lib/problem.ts';
import { ErrorState } from './ErrorState.tsx';

interface BoundaryProps {
  readonly children: ReactNode;
}

/** What breaks inside a part is told in its place; the rest of the page stays. */
class Boundary extends Component<BoundaryProps, { readonly error?: unknown }> {
  override readonly state: { readonly error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <ErrorState problem={problemOf(this.state.error)} onRetry={() => location.reload()} />;
  }
}

const never = (): (() => void) => () => undefined;

/** False in the exported page and in the first moment of its life. */
const useIsAlive = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

/**
 * A part of a page whose code arrives after the first view. Give it a `fallback` of its size, so that nothing moves. The
 * exported page holds the fallback too: buttons that are there before their code would do nothing.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  fallback?: ReactNode,
): (props: Props) => ReactNode {
  const Part = lazy(async () => ({ default: await load() }));
  // biome-ignore lint/correctness/noComponentHookFactories: called at the top of modules only, like React's own lazy
  return function Later(props: Props): ReactNode {
    if (!useIsAlive()) return fallback;
    return (
      <Boundary>
        <Suspense fallback={fallback}>
          <Part {...props} />
        </Suspense>
      </Boundary>
    );
  };
}

/** {@link later} for what a page shows as soon as it has its data: code and data are fetched at the same time. */
export function besides<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  fallback?: ReactNode,
): (props: Props) => ReactNode {
  const started = typeof window === 'undefined' ? undefined : load();
  // Told where it is shown; until then nobody waits for it.
  started?.catch(() => undefined);
  return later(() => started ?? load(), fallback);
}

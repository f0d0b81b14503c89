import { useEffect, useState } from 'react';
import { useChainAhead } from './chainClock.ts';

/**
 * Unix seconds now, refreshed every `everyMs`; undefined in the exported page, which is older than its reader. The clock
 * is this machine's, or that of a local chain that has travelled ahead.
 */
export function useNow(everyMs = 10_000): number | undefined {
  const ahead = useChainAhead();
  const [now, setNow] = useState<number>();
  useEffect(() => {
    const tick = (): void => setNow(Math.floor(Date.now() / 1000));
    tick();
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now === undefined ? undefined : now + ahead;
}

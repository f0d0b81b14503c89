import { useEffect, useState } from 'react';

/** Unix seconds of this machine, refreshed every `everyMs`; undefined in the exported page, which is older than its reader. */
export function useNow(everyMs = 10_000): number | undefined {
  const [now, setNow] = useState<number>();
  useEffect(() => {
    const tick = (): void => setNow(Math.floor(Date.now() / 1000));
    tick();
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

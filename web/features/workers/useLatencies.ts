import { useEffect, useRef, useState } from 'react';
import { type Latency, measure } from '../../lib/latency.ts';

export interface Latencies {
  /** By gateway address. */
  readonly results: Readonly<Record<string, Latency>>;
  readonly isMeasuring: boolean;
  start(gateways: readonly string[]): void;
}

/** Measures gateways when asked, one after the other so that they do not disturb each other. */
export function useLatencies(): Latencies {
  const [results, setResults] = useState<Readonly<Record<string, Latency>>>({});
  const [isMeasuring, setMeasuring] = useState(false);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const start = (gateways: readonly string[]): void => {
    abort.current?.abort();
    const control = new AbortController();
    abort.current = control;
    setMeasuring(true);
    void (async () => {
      for (const gateway of gateways) {
        const latency = await measure(gateway, control.signal);
        if (control.signal.aborted) return;
        setResults((old) => ({ ...old, [gateway]: latency }));
      }
      setMeasuring(false);
    })();
  };
  return { results, isMeasuring, start };
}

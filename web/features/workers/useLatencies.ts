import { useEffect, useRef, useState } from 'react';
import { fetchHostFacts, type HostFacts } from '../../lib/hostFacts.ts';
import { type Latency, measure } from '../../lib/latency.ts';

/** What one gateway answered. */
export interface Measurement extends Latency {
  readonly host?: HostFacts;
}

export interface Latencies {
  /** By gateway address. */
  readonly results: Readonly<Record<string, Measurement>>;
  readonly isMeasuring: boolean;
  start(gateways: readonly string[]): void;
}

/** Measures gateways when asked, one after the other so that they do not disturb each other. */
export function useLatencies(): Latencies {
  const [results, setResults] = useState<Readonly<Record<string, Measurement>>>({});
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
        const host = await fetchHostFacts(gateway, control.signal);
        if (control.signal.aborted) return;
        setResults((old) => ({ ...old, [gateway]: { ...latency, ...(host === undefined ? {} : { host }) } }));
      }
      setMeasuring(false);
    })();
  };
  return { results, isMeasuring, start };
}

'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { isPermitted } from '../../lib/policy.ts';
import { problemOf } from '../../lib/problem.ts';
import { safeText } from '../../lib/safeText.ts';
import { endpointFault } from '../../lib/settings.ts';
import { type EndpointKind, type EndpointVerdict, testEndpoint } from './endpointTest.ts';

export interface EndpointFieldProps {
  readonly kind: EndpointKind;
  readonly label: string;
  readonly value: string;
  readonly config: SiteConfig;
  readonly onChange: (value: string) => void;
  readonly onRemove?: () => void;
  /** Loads the page again with this address permitted, and tests it then. */
  readonly onTestAfterReload: (url: string) => void;
  /** Tests at once: the page was loaded again for it. */
  readonly testNow: boolean;
}

const failure = (error: unknown): EndpointVerdict => {
  const { what, why } = problemOf(error);
  return { ok: false, sentence: `${what}: ${why}.` };
};

/** One address with its test. */
export function EndpointField(props: EndpointFieldProps): ReactNode {
  const { kind, label, value, config, onChange, onRemove, onTestAfterReload, testNow } = props;
  const [busy, setBusy] = useState(false);
  const [verdict, setVerdict] = useState<EndpointVerdict>();
  const fault = value === '' ? 'Give an address, or remove the line.' : endpointFault(value);
  const test = (): void => {
    if (!isPermitted(value)) {
      onTestAfterReload(value);
      return;
    }
    setBusy(true);
    testEndpoint(kind, value, config)
      .catch(failure)
      .then(setVerdict)
      .finally(() => setBusy(false));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: one test when the page was loaded for it
  useEffect(() => {
    if (testNow && isPermitted(value)) test();
  }, [testNow]);
  return (
    <div>
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-64">
          <TextInput
            label={label}
            type="url"
            inputMode="url"
            value={value}
            onChange={(text) => {
              setVerdict(undefined);
              onChange(text.trim());
            }}
            {...(fault === undefined ? {} : { error: fault })}
          />
        </div>
        <div className="flex gap-2 sm:pt-6">
          <Button onClick={test} busy={busy} disabled={fault !== undefined}>
            Test
          </Button>
          {onRemove !== undefined && (
            <Button variant="quiet" onClick={onRemove} aria-label={`Remove ${label}`}>
              Remove
            </Button>
          )}
        </div>
      </div>
      <p role="status" className={`mt-1 text-xs ${verdict?.ok === true ? 'text-positive' : 'text-critical'}`}>
        {verdict === undefined ? '' : safeText(verdict.sentence)}
      </p>
    </div>
  );
}

'use client';

import { type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import type { Settings } from '../../lib/settings.ts';
import type { Candidates } from './candidates.ts';
import { type Draft, draftOf, isSound, settingsOf } from './draft.ts';
import { EndpointField } from './EndpointField.tsx';
import type { EndpointKind } from './endpointTest.ts';

export interface EndpointsFormProps {
  /** What the host of the site chose. */
  readonly site: SiteConfig;
  /** What is in use. */
  readonly config: SiteConfig;
  /** The form as it was before the page loaded again for a test. */
  readonly candidates: Candidates | undefined;
  readonly onSave: (settings: Settings) => void;
  readonly onTestAfterReload: (candidates: Candidates) => void;
}

const LISTS = [
  { list: 'rpcUrls', kind: 'rpc', title: 'RPC of the chain', one: 'RPC', hint: 'The first one that answers is used.' },
  {
    list: 'gateways',
    kind: 'gateway',
    title: 'Gateways',
    one: 'Gateway',
    hint: 'Files come from the first gateway that has them.',
  },
] as const;

/** Which servers this site talks to. */
export function EndpointsForm({ site, config, candidates, onSave, onTestAfterReload }: EndpointsFormProps): ReactNode {
  const [draft, setDraft] = useState<Draft>(candidates?.draft ?? draftOf(config));
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const field = (
    kind: EndpointKind,
    label: string,
    value: string,
    onChange: (url: string) => void,
    onRemove?: () => void,
  ) => (
    <EndpointField
      key={label}
      {...{ kind, label, value, config, onChange }}
      {...(onRemove === undefined ? {} : { onRemove })}
      testNow={candidates?.test === value}
      onTestAfterReload={(test) => onTestAfterReload({ draft, test })}
    />
  );
  const unchanged = Object.keys(settingsOf(draft, draftOf(config))).length === 0;
  return (
    <Card title="Servers">
      <p className="mb-5 max-w-prose text-sm text-muted">
        These pages talk to these servers and to no others; your browser enforces it. A new address therefore applies,
        and can be tested, after the page has loaded again.
      </p>
      <form
        className="space-y-7"
        onSubmit={(event) => {
          event.preventDefault();
          if (isSound(draft)) onSave(settingsOf(draft, draftOf(site)));
        }}
      >
        <fieldset>
          <legend className="mb-2 text-sm font-semibold">Index</legend>
          {field('index', 'Address of the subgraph', draft.subgraphUrl, (subgraphUrl) => change({ subgraphUrl }))}
        </fieldset>
        {LISTS.map(({ list, kind, title, one, hint }) => (
          <fieldset key={list}>
            <legend className="text-sm font-semibold">{title}</legend>
            <p className="mb-2 text-xs text-muted">{hint}</p>
            <div className="space-y-3">
              {draft[list].map((url, at) =>
                field(
                  kind,
                  `${one} ${at + 1}`,
                  url,
                  (next) => change({ [list]: draft[list].with(at, next) }),
                  draft[list].length > 1 ? () => change({ [list]: draft[list].toSpliced(at, 1) }) : undefined,
                ),
              )}
            </div>
            <Button
              size="small"
              variant="quiet"
              className="mt-1"
              onClick={() => change({ [list]: [...draft[list], ''] })}
            >
              Add an address
            </Button>
          </fieldset>
        ))}
        <div className="flex flex-wrap gap-2 border-t border-line pt-4">
          <Button type="submit" variant="primary" disabled={!isSound(draft) || unchanged}>
            Save and reload
          </Button>
          <Button variant="quiet" onClick={() => onSave({})}>
            Use the site’s own servers
          </Button>
        </div>
      </form>
    </Card>
  );
}

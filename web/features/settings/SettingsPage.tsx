'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { useConfig, useSiteDefaults } from '../../lib/config.ts';
import { useDisplayUnit } from '../../lib/displayUnit.ts';
import { usePetnames } from '../../lib/petnames.ts';
import { type Settings, writeSettings } from '../../lib/settings.ts';
import { type Candidates, readCandidates, writeCandidates } from './candidates.ts';
import { SettingsView } from './SettingsView.tsx';

/** Settings with what this browser stored. Addresses apply with a reload, because the page's policy names them. */
export function SettingsPage(): ReactNode {
  const site = useSiteDefaults();
  const config = useConfig();
  const petnames = usePetnames();
  const unit = useDisplayUnit();
  const [candidates, setCandidates] = useState<{ readonly found: Candidates | undefined }>();
  useEffect(() => setCandidates({ found: readCandidates() }), []);
  const onSave = (settings: Settings): void => {
    writeCandidates(undefined);
    writeSettings(settings);
    location.reload();
  };
  const onTestAfterReload = (next: Candidates): void => {
    if (writeCandidates(next)) location.reload();
  };
  const ready = site !== undefined && config !== undefined && candidates !== undefined;
  return (
    <SettingsView
      petnames={petnames}
      unit={unit}
      endpoints={ready ? { site, config, candidates: candidates.found, onSave, onTestAfterReload } : undefined}
    />
  );
}

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import type { DisplayUnit } from '../../lib/displayUnit.ts';
import type { Petnames } from '../../lib/petnames.ts';
import { ThemeSwitch } from '../shell/ThemeSwitch.tsx';
import { EndpointsForm, type EndpointsFormProps } from './EndpointsForm.tsx';
import { PetnamesCard } from './PetnamesCard.tsx';
import { UnitCard } from './UnitCard.tsx';

export interface SettingsViewProps {
  /** Undefined while the network is not known. */
  readonly endpoints: EndpointsFormProps | undefined;
  readonly petnames: Petnames;
  readonly unit: DisplayUnit | undefined;
}

export function SettingsView({ endpoints, petnames, unit }: SettingsViewProps): ReactNode {
  return (
    <div className="max-w-3xl space-y-6">
      <Card title="Theme">
        <div className="flex flex-wrap items-center gap-4">
          <ThemeSwitch />
          <p className="text-sm text-muted">“System” follows your device.</p>
        </div>
      </Card>
      {endpoints === undefined ? <Skeleton className="h-[38rem] w-full" /> : <EndpointsForm {...endpoints} />}
      {endpoints === undefined ? <Skeleton className="h-64 w-full" /> : <UnitCard unit={unit} />}
      <PetnamesCard petnames={petnames} />
    </div>
  );
}

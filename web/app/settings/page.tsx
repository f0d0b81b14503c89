import type { Metadata } from 'next';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SettingsPage } from '../../features/settings/SettingsPage.tsx';

export const metadata: Metadata = { title: 'Settings' };

export default function Settings() {
  return (
    <>
      <PageHeader title="Settings" lead="Kept in this browser only." />
      <SettingsPage />
    </>
  );
}

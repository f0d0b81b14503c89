import type { Metadata } from 'next';
import { ActivityView } from '../../features/transactions/ActivityView.tsx';

export const metadata: Metadata = { title: 'Activity' };

export default function Page() {
  return <ActivityView />;
}

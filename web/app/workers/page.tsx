import type { Metadata } from 'next';
import { WorkersView } from '../../features/workers/WorkersView.tsx';

export const metadata: Metadata = { title: 'Workers' };

export default function Page() {
  return <WorkersView />;
}

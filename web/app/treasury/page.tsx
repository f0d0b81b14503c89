import type { Metadata } from 'next';
import { TreasuryView } from '../../features/treasury/TreasuryView.tsx';

export const metadata: Metadata = { title: 'Treasury and rewards' };

export default function Page() {
  return <TreasuryView />;
}

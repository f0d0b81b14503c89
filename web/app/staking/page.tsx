import type { Metadata } from 'next';
import { StakingView } from '../../features/staking/StakingView.tsx';

export const metadata: Metadata = { title: 'Staking' };

export default function Page() {
  return <StakingView />;
}

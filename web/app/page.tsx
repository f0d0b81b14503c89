import { OverviewPage } from '../features/overview/OverviewPage.tsx';

export default function Overview() {
  return <OverviewPage />;
}

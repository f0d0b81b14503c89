import { PageHeader } from '../components/PageHeader.tsx';

export default function OverviewPage() {
  return <PageHeader title="AI answers that anyone can check" />;
}

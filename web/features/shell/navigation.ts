/** A place of the site, as menu and footer name it. */
export interface Place {
  readonly href: `/${string}`;
  readonly label: string;
}

/** What most visitors come for, in the header. */
export const MAIN_PLACES: readonly Place[] = [
  { href: '/models/', label: 'Models' },
  { href: '/try/', label: 'Try it' },
  { href: '/jobs/', label: 'Jobs' },
  { href: '/workers/', label: 'Workers' },
  { href: '/disputes/', label: 'Disputes' },
  { href: '/staking/', label: 'Staking' },
  { href: '/governance/', label: 'Governance' },
  { href: '/treasury/', label: 'Treasury' },
];

/** What belongs to this browser. */
export const OWN_PLACES: readonly Place[] = [
  { href: '/activity/', label: 'Activity' },
  { href: '/settings/', label: 'Settings' },
];

/** Only on a chain of this machine. */
export const LOCAL_PLACE: Place = { href: '/local/', label: 'Local tools' };

/** Pages about one thing light up the list it belongs to. */
const PARENTS: Readonly<Record<string, string>> = {
  '/model/': '/models/',
  '/job/': '/jobs/',
  '/worker/': '/workers/',
  '/dispute/': '/disputes/',
  '/proposal/': '/governance/',
  '/propose/': '/governance/',
};

/** Whether `href` is the place that the page at `pathname` belongs to. */
export function isCurrent(href: string, pathname: string): boolean {
  const path = pathname.endsWith('/') ? pathname : `${pathname}/`;
  return (PARENTS[path] ?? path) === href;
}

import type { SiteConfig } from '../config.ts';

/** Address of a contract by name; what is an address already stays. Pages show it, {@link addressOf} checks it. */
export const addressText = (site: SiteConfig, to: string): string =>
  (site.contracts as Readonly<Record<string, string | undefined>>)[to] ?? to;

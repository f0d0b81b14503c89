import { ProtocolError } from '../../core/errors.ts';
import type { Shell } from '../shell.ts';

/** What a probe found; `skipped` when there is nothing to look at, which is no failure. */
export type Finding = string | { readonly skipped: string };
/** @throws {Unfit} with what to do about it */
export type Probe = (shell: Shell) => Promise<Finding>;

export interface NamedProbe {
  readonly name: string;
  readonly probe: Probe;
  /** Left out with --offline. */
  readonly online?: boolean;
  /** Probes that have to hold first: without them this one could only repeat what they said. */
  readonly needs?: readonly string[];
}

/** A check that found something wrong; the sentence says what to do. */
export class Unfit extends ProtocolError {
  override readonly code = 'UNFIT';
}

export const unfit = (why: string, fix: string): Unfit => new Unfit({ what: 'Not fit', why, fix });

const PATIENCE_MS = 2000;

/** Undefined: no answer. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response | undefined> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
  } catch {
    return undefined;
  }
}

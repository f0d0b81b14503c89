import { sameAddress } from '../../../node/core/codec/hex.ts';
import { formatBytes, formatNumber, shortHex } from '../../lib/format.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';

/** What the chain itself says about a version. */
export interface ChainClaim {
  readonly cid: string;
  readonly sha256: string;
  readonly programRoot: string;
  readonly sizeBytes: number;
}

export type CheckState = 'passed' | 'failed' | 'skipped';

/** One check with what was found here. */
export interface Check {
  readonly title: string;
  readonly state: CheckState;
  readonly found: string;
}

export interface Verification {
  /** True when every check passed. */
  readonly holds: boolean;
  readonly checks: readonly Check[];
  readonly problem?: Problem;
}

/** Where the parts come from; given so that the order of the checks can be tested without a network. */
export interface VerificationParts {
  /** Reads the version from the chain, not from the index. */
  readonly readClaim: () => Promise<ChainClaim>;
  /** A file all of whose blocks were hashed and compared with the CID. */
  readonly fetchArtifact: (cid: string, maxBytes: number) => Promise<Uint8Array>;
  /** SHA-256 of the file, which may be given away for it. */
  readonly digest: (bytes: Uint8Array) => Promise<string>;
  /** Proves the program of the file that was hashed. */
  readonly prove: () => Promise<{ readonly programRoot: string; readonly steps: number }>;
}

const NO_PROGRAM = /^0x0{64}$/;

const compared = (title: string, found: string, expected: string, shown = found): Check =>
  sameAddress(found, expected)
    ? { title, state: 'passed', found: shown }
    : { title, state: 'failed', found: `${shown}; the chain says ${shortHex(expected, 12, 8)}` };

/**
 * Repeats everything that makes a version what it claims to be, in this browser: the CID of the file, its size and SHA-256,
 * the proof of its program and the commitment to it. Stops at the first check that fails; `onCheck` hears each one.
 */
export async function verifyVersion(parts: VerificationParts, onCheck: (check: Check) => void): Promise<Verification> {
  const checks: Check[] = [];
  const add = (check: Check): boolean => {
    checks.push(check);
    onCheck(check);
    return check.state !== 'failed';
  };
  try {
    const claim = await parts.readClaim();
    add({ title: 'Registry read from the chain', state: 'passed', found: shortHex(claim.programRoot, 12, 8) });
    const bytes = await parts.fetchArtifact(claim.cid, claim.sizeBytes);
    add({ title: 'Every block has the hash its CID names', state: 'passed', found: shortHex(claim.cid, 12, 8) });
    const size = compared('Size', String(bytes.length), String(claim.sizeBytes), formatBytes(bytes.length));
    if (!add(size)) return { holds: false, checks };
    const digest = await parts.digest(bytes);
    if (!add(compared('SHA-256 of the file', digest, claim.sha256, shortHex(digest, 12, 8))))
      return { holds: false, checks };
    if (NO_PROGRAM.test(claim.programRoot)) {
      add({ title: 'Program', state: 'skipped', found: 'a float version has no exact program' });
      return { holds: true, checks };
    }
    const proof = await parts.prove();
    add({ title: 'Program proven again', state: 'passed', found: `${formatNumber(proof.steps)} steps, all in range` });
    const root = compared('programRoot', proof.programRoot, claim.programRoot, shortHex(proof.programRoot, 12, 8));
    return { holds: add(root), checks };
  } catch (error) {
    return { holds: false, checks, problem: problemOf(error) };
  }
}

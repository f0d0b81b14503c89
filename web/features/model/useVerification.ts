import { useEffect, useRef, useState } from 'react';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import type { Prover } from '../../lib/inference/prover.ts';
import { problemOf } from '../../lib/problem.ts';
import { readContract } from '../../lib/read.ts';
import {
  type ChainClaim,
  type Check,
  type Verification,
  type VerificationParts,
  verifyVersion,
} from './verifyVersion.ts';

/** Files above this are not loaded into a page; the command line checks them. */
export const MAX_ARTIFACT_BYTES = 256 * 1024 * 1024;

async function readClaim(config: SiteConfig, versionId: string): Promise<ChainClaim> {
  const { cid, sha256Hash, programRoot, sizeBytes } = await readContract(config, {
    contract: 'models',
    functionName: 'getVersion',
    args: [BigInt(versionId)],
  });
  return { cid, sha256: sha256Hash, programRoot, sizeBytes: Number(sizeBytes) };
}

export interface VerificationRun {
  /** Checks that are done, while more are under way. */
  readonly checks: readonly Check[];
  readonly progress?: { readonly loaded: number; readonly total: number };
  readonly isRunning: boolean;
  readonly result?: Verification;
  start(): void;
}

/** What fetches and checks is loaded when somebody wants it. */
async function partsOf(
  config: SiteConfig,
  versionId: string,
  prover: Prover,
  onProgress: (loaded: number, total: number) => void,
): Promise<VerificationParts> {
  const { fetchFile } = await import('../../lib/fetchFile.ts');
  return {
    readClaim: () => readClaim(config, versionId),
    fetchArtifact: (cid, sizeBytes) =>
      fetchFile(config.gateways, cid, { maxBytes: Math.min(sizeBytes, MAX_ARTIFACT_BYTES), onProgress }),
    digest: (file) => prover.digest(file),
    prove: () => prover.prove(),
  };
}

/** The verification of one version, on demand. Its worker ends with the check, or with the page. */
export function useVerification(versionId: string): VerificationRun {
  const config = useConfig();
  const prover = useRef<Prover | undefined>(undefined);
  useEffect(() => () => prover.current?.close(), []);
  const [run, setRun] = useState<Omit<VerificationRun, 'start'>>({ checks: [], isRunning: false });
  const start = (): void => {
    if (config === undefined || run.isRunning) return;
    setRun({ checks: [], isRunning: true });
    const onProgress = (loaded: number, total: number): void =>
      setRun((now) => ({ ...now, progress: { loaded, total } }));
    const onCheck = (check: Check): void =>
      setRun(({ progress: _, ...now }) => ({ ...now, checks: [...now.checks, check] }));
    void (async () => {
      const { Prover } = await import('../../lib/inference/prover.ts');
      const own = new Prover();
      prover.current = own;
      try {
        return await verifyVersion(await partsOf(config, versionId, own, onProgress), onCheck);
      } finally {
        own.close();
      }
    })().then(
      (result) => setRun({ checks: result.checks, isRunning: false, result }),
      (error: unknown) =>
        setRun({ checks: [], isRunning: false, result: { holds: false, checks: [], problem: problemOf(error) } }),
    );
  };
  return { ...run, start };
}

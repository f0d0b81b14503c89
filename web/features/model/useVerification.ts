import { useState } from 'react';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { fetchFile } from '../../lib/gateway.ts';
import { readContract } from '../../lib/read.ts';
import { type ChainClaim, type Check, type Verification, verifyVersion } from './verifyVersion.ts';

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

/** Lets the page paint before a computation that keeps it busy. */
const painted = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

export interface VerificationRun {
  /** Checks that are done, while more are under way. */
  readonly checks: readonly Check[];
  readonly progress?: { readonly loaded: number; readonly total: number };
  readonly isRunning: boolean;
  readonly result?: Verification;
  start(): void;
}

/** The verification of one version, on demand. */
export function useVerification(versionId: string): VerificationRun {
  const config = useConfig();
  const [run, setRun] = useState<Omit<VerificationRun, 'start'>>({ checks: [], isRunning: false });
  const start = (): void => {
    if (config === undefined || run.isRunning) return;
    setRun({ checks: [], isRunning: true });
    const onProgress = (loaded: number, total: number): void =>
      setRun((now) => ({ ...now, progress: { loaded, total } }));
    const onCheck = (check: Check): void =>
      setRun(({ progress: _, ...now }) => ({ ...now, checks: [...now.checks, check] }));
    const parts = {
      readClaim: () => readClaim(config, versionId),
      fetchArtifact: (cid: string, sizeBytes: number) =>
        fetchFile(config.gateways, cid, { maxBytes: Math.min(sizeBytes, MAX_ARTIFACT_BYTES), onProgress }),
      prove: async (bytes: Uint8Array) => {
        const { proveArtifact } = await import('./proveArtifact.ts');
        await painted();
        const { program, programRoot } = proveArtifact(bytes);
        return { programRoot, steps: program.steps.length };
      },
    };
    void verifyVersion(parts, onCheck).then((result) => setRun({ checks: result.checks, isRunning: false, result }));
  };
  return { ...run, start };
}

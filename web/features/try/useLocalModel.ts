import { useEffect, useRef, useState } from 'react';
import { useConfig } from '../../lib/config.ts';
import type { VersionClaim } from '../../lib/inference/artifact.ts';
import { Engine } from '../../lib/inference/engine.ts';
import type { OpenedProgram } from '../../lib/inference/messages.ts';
import { type Problem, ProblemError, problemOf } from '../../lib/problem.ts';

/** A version that was fetched, checked against the chain, proven, and is ready to run here. */
export interface LocalModel {
  readonly claim: VersionClaim;
  readonly artifact: Uint8Array;
  readonly program: OpenedProgram;
  readonly engine: Engine;
  /** Nothing was downloaded: this browser had it. */
  readonly cached: boolean;
}

export interface LocalModelState {
  readonly model?: LocalModel;
  readonly problem?: Problem;
  readonly progress?: { readonly loaded: number; readonly total: number };
  retry(): void;
}

/** Loads the version once it is known. The worker that holds it ends with the page. */
export function useLocalModel(versionId: string | undefined): LocalModelState {
  const config = useConfig();
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<Omit<LocalModelState, 'retry'>>({});
  const engine = useRef<Engine | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is a reason to load again
  useEffect(() => {
    if (config === undefined || versionId === undefined) return;
    const own = new Engine();
    engine.current = own;
    let isOver = false;
    const tell = (next: Omit<LocalModelState, 'retry'>): void => {
      if (!isOver) setState(next);
    };
    tell({});
    void (async () => {
      const { loadArtifact, readVersionClaim } = await import('../../lib/inference/artifact.ts');
      const claim = await readVersionClaim(config, BigInt(versionId));
      const { bytes, cached } = await loadArtifact(config, claim, (loaded, total) =>
        tell({ progress: { loaded, total } }),
      );
      const program = await own.open(bytes);
      if (program.programRoot !== claim.programRoot)
        throw new ProblemError({
          what: 'The model is not the registered program',
          why: 'its programRoot is not what the chain says',
          fix: 'Do not use this version; tell its author.',
        });
      tell({ model: { claim, artifact: bytes, program, engine: own, cached } });
    })().catch((error: unknown) => tell({ problem: problemOf(error) }));
    return () => {
      isOver = true;
      own.close();
    };
  }, [config, versionId, attempt]);
  return { ...state, retry: () => setAttempt((count) => count + 1) };
}

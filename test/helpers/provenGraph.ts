import { ExactProofFailed } from '../../node/core/exact/errors.ts';
import type { Program } from '../../node/core/exact/program.ts';
import { type RandomGraphOptions, randomGraph } from './randomProgram.ts';
import type { Seeded } from './seeded.ts';

/** {@link randomGraph}; what the prover refuses (a window whose evidence is too long) is drawn again. */
export function provenGraph(random: Seeded, options: () => RandomGraphOptions = () => ({})): Program {
  for (;;) {
    try {
      return randomGraph(random, options());
    } catch (error) {
      if (!(error instanceof ExactProofFailed)) throw error;
    }
  }
}

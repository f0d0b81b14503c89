import type { Digest } from '../../../node/core/codec/hex.ts';
import { type ChallengerMove, challengerMove, type Truth } from '../../../node/core/dispute/challengerMove.ts';
import type { ElementEvidence } from '../../../node/core/dispute/evidence.ts';
import { commitTrace } from '../../../node/core/dispute/traceCommitment.ts';
import type { Court, Filing } from '../../../node/ports/Court.ts';
import { type Answered, changed } from '../disputeBench.ts';
import type { Seeded } from '../seeded.ts';

export interface HostileChallenger {
  tick(): Promise<void>;
  /** Moves that the contracts refused. */
  readonly refused: number;
}

interface Options {
  readonly court: Court;
  readonly answered: Answered;
  readonly random: Seeded;
  readonly since: bigint;
  /** What he sends where the honest one would send `move`. */
  readonly twist: (move: ChallengerMove, random: Seeded) => ChallengerMove | undefined;
}

/**
 * Challenges a true claim, as if his own run had given other values: honest code with a false truth. Calls of time
 * end his games.
 */
export function falseChallenger({ court, answered, random, since, twist }: Options): HostileChallenger {
  const { claimId, jobId, signed, honest } = answered;
  const truth = falseTruth(honest, random);
  let refused = 0;
  return {
    get refused() {
      return refused;
    },
    tick: async () => {
      const claim = await court.claim(claimId);
      const filing: Filing = { kind: 'job', jobId };
      if (claim === undefined) await court.file(filing);
      const gameId: Digest = court.gameIdOf(claimId, court.account);
      let game = await court.history(gameId, since);
      if (game === undefined) {
        const isOver = (await court.chainTime()) >= (await court.claim(claimId))!.windowEndsAt;
        if (!isOver) await court.challenge(claimId);
        return;
      }
      for (let moves = 0; moves < 4 && game !== undefined && game.phase !== 'ended'; moves++) {
        const honestly = challengerMove(game, truth);
        const move = honestly === undefined ? undefined : twist(honestly, random);
        if (move === undefined) return;
        try {
          await court.accuse(gameId, signed.receipt, move);
        } catch {
          refused++;
          return;
        }
        game = await court.history(gameId, since);
      }
    },
  };
}

/** As if one element of a random step were another one. */
function falseTruth({ own }: Truth, random: Seeded): Truth {
  const step = random.int(1, own.values.length - 1);
  const tensors = own.values.slice(1).map(({ tensor }, at) => {
    return at + 1 === step ? changed(tensor, random.int(0, tensor.data.length - 1)) : tensor;
  });
  return { own: commitTrace(own.program, own.values[0]!.tensor, tensors) };
}

/** Sends what he has. */
export const spammer = (move: ChallengerMove): ChallengerMove => move;

/** Never moves. */
export const sleeper = (): undefined => undefined;

/** Damages one byte of every proof. */
export function malformed(move: ChallengerMove, random: Seeded): ChallengerMove {
  if (move.kind !== 'prove') return move;
  return { ...move, evidence: damaged(move.evidence, random) };
}

export function damaged(evidence: ElementEvidence, random: Seeded): ElementEvidence {
  const flip = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7);
    return copy;
  };
  const parts: (() => ElementEvidence)[] = [
    () => ({ ...evidence, record: { ...evidence.record, data: flip(evidence.record.data) } }),
    () => ({ ...evidence, record: { ...evidence.record, path: evidence.record.path.slice(1) } }),
    () => ({ ...evidence, operands: [] }),
    () => ({ ...evidence, operands: [...evidence.operands, ...evidence.operands] }),
    () => ({ ...evidence, output: { ...evidence.output, openings: [] } }),
    () => {
      const [opening] = evidence.output.openings;
      return {
        ...evidence,
        output: { ...evidence.output, openings: [{ ...opening!, leaves: flip(opening!.leaves) }] },
      };
    },
  ];
  return random.pick(parts)();
}

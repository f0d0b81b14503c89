import type { Court } from '../../../node/ports/Court.ts';

/** The player is killed; what he sent has happened. */
export class Killed extends Error {}

/** Moves only when his clock is nearly over. */
export function staller(court: Court, leftSeconds = 2n): Court {
  const isNearlyOver = async (deadline: bigint): Promise<boolean> =>
    (await court.chainTime()) + leftSeconds >= deadline;
  return {
    ...court,
    game: async (gameId) => {
      const game = await court.game(gameId);
      // He looks away until it is time.
      if (game === undefined || (await isNearlyOver(game.deadline))) return game;
      return undefined;
    },
    history: async (gameId, since) => {
      const game = await court.history(gameId, since);
      if (game === undefined || game.phase === 'ended' || (await isNearlyOver(game.deadline))) return game;
      return { ...game, phase: 'open-trace', node: undefined, deadline: game.deadline };
    },
  };
}

/** Dies before or after every call that `dies` picks; the next life needs a new court. */
export function mortal(court: Court, dies: () => 'before' | 'after' | undefined): Court {
  const writes = new Set([
    'file',
    'reveal',
    'challenge',
    'answer',
    'defend',
    'accuse',
    'timeout',
    'finalize',
    'supplyInput',
  ]);
  return new Proxy(court, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || !writes.has(String(name))) return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const when = dies();
        if (when === 'before') throw new Killed(String(name));
        const result: unknown = await value.apply(target, args);
        if (when === 'after') throw new Killed(String(name));
        return result;
      };
    },
  });
}

/** Somebody who sends every move of another player from his own account, and first. */
export function copied(court: Court, thief: Court): Court {
  const moves = new Set(['file', 'answer', 'defend', 'accuse', 'timeout', 'finalize', 'supplyInput', 'reveal']);
  return new Proxy(court, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || !moves.has(String(name))) return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const copy = Reflect.get(thief, name) as (...args: unknown[]) => Promise<unknown>;
        await copy.apply(thief, args).catch(() => undefined);
        return value.apply(target, args);
      };
    },
  });
}

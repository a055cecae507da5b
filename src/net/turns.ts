/** Lets at most so many go on at once for each key; the others wait in order. */
export interface Turns {
  /** @returns what ends the turn; to be called once. */
  take(key: string): Promise<() => void>;
}

/** @param runsMax turns at once for one key. */
export function createTurns(runsMax: number): Turns {
  const keys = new Map<string, { running: number; waiting: (() => void)[] }>();
  return {
    async take(key) {
      const state = keys.get(key) ?? { running: 0, waiting: [] };
      keys.set(key, state);
      if (state.running < runsMax) state.running += 1;
      // Whoever ends hands its turn over, so the count stays.
      else await new Promise<void>((resolve) => state.waiting.push(resolve));
      return () => {
        const next = state.waiting.shift();
        if (next !== undefined) return next();
        state.running -= 1;
        if (state.running === 0) keys.delete(key);
      };
    },
  };
}

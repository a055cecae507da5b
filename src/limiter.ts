import type { Bucket, Clock, Limiter } from './deps.ts';

interface Allowance {
  /** How much may be taken at once. */
  burst: number;
  /** How much grows back each minute. */
  perMinute: number;
}

/** Allowances per caller: an API key, or the network an anonymous caller comes from. */
export const allowances: Record<Bucket, Allowance> = {
  write: { burst: 30, perMinute: 10 },
  mail: { burst: 5, perMinute: 1 },
  fetch: { burst: 60, perMinute: 60 },
  check: { burst: 600, perMinute: 600 },
  upload: { burst: 60, perMinute: 30 },
  'sign-in': { burst: 20, perMinute: 10 },
};

/** What a caller with a key may take of the same: a crawler that says who it is can be reached and stopped. */
export const keyedFactor: Record<Bucket, number> = {
  write: 100,
  mail: 100,
  fetch: 100,
  // 36 million items an hour: a dataset is checked at the speed of the machine, not of its limits.
  check: 1_000,
  upload: 100,
  'sign-in': 100,
};

/** In development there is one caller, the person at the machine. */
export const developmentScale = 1_000;

const callersMax = 100_000;

/**
 * A token bucket per caller, in the memory of this process or isolate. Restarting forgets it, which is why nothing
 * that must hold (single-use tokens, proofs) rests on it.
 */
export function createLimiter(clock: Clock, scale = 1): Limiter {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(bucket, caller, cost = 1) {
      const factor = scale * (caller.startsWith('key:') ? keyedFactor[bucket] : 1);
      const burst = allowances[bucket].burst * factor;
      const perMs = (allowances[bucket].perMinute * factor) / 60_000;
      const id = `${bucket} ${caller}`;
      const now = clock();
      const entry = buckets.get(id);
      const left = entry === undefined ? burst : Math.min(burst, entry.left + (now - entry.at) * perMs);
      // A cost above the whole burst is charged as the whole burst, or it could never be paid.
      const price = Math.min(cost, burst);
      if (left < price) return { allowed: false, retryAfterS: Math.ceil((price - left) / perMs / 1000) };
      // Re-inserting keeps the map in order of use, so that the first is the one to forget.
      buckets.delete(id);
      buckets.set(id, { left: left - price, at: now });
      if (buckets.size > callersMax) buckets.delete(buckets.keys().next().value ?? id);
      return { allowed: true };
    },
  };
}

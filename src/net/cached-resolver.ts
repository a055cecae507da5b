import type { Resolver } from './fetching.ts';
import { createLru } from './lru.ts';
import { createTurns } from './turns.ts';

/** How long an answer, or the lack of one, is used again: one visit of a site asks several times. */
export const resolvedLifeMs = 5 * 60_000;
export const resolvedNamesMax = 100_000;
/** More questions at once are lost by the name servers people have, and a lost one looks like a dead site. */
export const lookUpsMax = 200;

/**
 * A Resolver that asks once for each name and passes on a bounded number of questions at a time. Every address it
 * gives is checked by the fetcher all the same.
 * @param now Unix ms.
 */
export function cachedResolver(resolver: Resolver, now: () => number): Resolver {
  const known = createLru<{ answer: Promise<string[]>; until: number }>(
    { entriesMax: resolvedNamesMax, bytesMax: resolvedNamesMax },
    () => 1,
  );
  const turns = createTurns(lookUpsMax);
  const ask = async (host: string) => {
    const done = await turns.take('');
    try {
      return await resolver.resolve(host);
    } finally {
      done();
    }
  };
  return {
    resolve(host) {
      const found = known.get(host);
      if (found !== undefined && now() < found.until) return found.answer;
      const answer = ask(host);
      // Whoever asked is told; nobody else has to be there to hear it.
      answer.catch(() => {});
      known.set(host, { answer, until: now() + resolvedLifeMs });
      return answer;
    },
    resolveTxt: resolver.resolveTxt,
  };
}

/**
 * The most frequent of any number of keys in bounded memory: the summary of Misra and Gries (1982), merged as by
 * Agarwal et al., "Mergeable Summaries" (PODS 2012). Each key's true count lies between what is kept for it and that
 * plus `error`; a key that is not kept has at most `error`; and `error` is at most all rows divided by `max` + 1.
 * Below `max` keys everything is exact and `error` is 0.
 */
export interface HeavyHitters {
  readonly max: number;
  counts: Map<string, number>;
  error: number;
  /** All rows that were counted, whether their key is kept or not. */
  total: number;
}

export function heavyHitters(max: number): HeavyHitters {
  return { max, counts: new Map(), error: 0, total: 0 };
}

/** Counts `rows` more rows of a key. */
export function addRows(hitters: HeavyHitters, key: string, rows: number): void {
  hitters.total += rows;
  hitters.counts.set(key, (hitters.counts.get(key) ?? 0) + rows);
  if (hitters.counts.size >= 2 * hitters.max) shrink(hitters);
}

/** Brings the summary down to `max` keys, taking the largest count that goes from all others too. */
export function shrink(hitters: HeavyHitters): void {
  if (hitters.counts.size <= hitters.max) return;
  const counts = Float64Array.from(hitters.counts.values()).sort();
  const taken = counts[counts.length - 1 - hitters.max] as number;
  const kept = new Map<string, number>();
  for (const [key, count] of hitters.counts) if (count > taken) kept.set(key, count - taken);
  hitters.counts = kept;
  hitters.error += taken;
}

/** Adds what another summary of the same `max` has counted. */
export function mergeHitters(into: HeavyHitters, other: HeavyHitters): void {
  for (const [key, count] of other.counts) into.counts.set(key, (into.counts.get(key) ?? 0) + count);
  into.error += other.error;
  into.total += other.total;
  if (into.counts.size >= 2 * into.max) shrink(into);
}

/** The keys by count, most first, equal ones by name. */
export function mostFirst(counts: Iterable<readonly [string, number]>): [string, number][] {
  return [...counts]
    .map(([key, count]): [string, number] => [key, count])
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/**
 * Values by key, of which only the `max` smallest keys are kept apart; what belongs to the others is told by the caller
 * as a total less what is kept. A key that is dropped never comes back, because there are `max` smaller ones from then
 * on, so the values that are kept are whole, and it does not matter in which order or in how many parts things came.
 */
export interface SmallestKeys<Value> {
  readonly max: number;
  values: Map<string, Value>;
  /** Keys above this are not kept any more; null while everything is. */
  ceiling: string | null;
}

export function smallestKeys<Value>(max: number): SmallestKeys<Value> {
  return { max, values: new Map(), ceiling: null };
}

/** @returns the value of that key, made by `fresh` when it is new; null when the key is not kept. */
export function valueAt<Value>(kept: SmallestKeys<Value>, key: string, fresh: () => Value): Value | null {
  const known = kept.values.get(key);
  if (known !== undefined) return known;
  if (kept.ceiling !== null && key > kept.ceiling) return null;
  const value = fresh();
  kept.values.set(key, value);
  // Twice as many are let in before the larger half goes, so that keys are sorted now and then and not each time.
  if (kept.values.size < 2 * kept.max) return value;
  settle(kept);
  return kept.values.get(key) ?? null;
}

/** Drops all but the smallest keys, and puts those in order. */
export function settle<Value>(kept: SmallestKeys<Value>): void {
  const keys = [...kept.values.keys()].sort();
  const values = new Map(keys.slice(0, kept.max).map((key) => [key, kept.values.get(key) as Value]));
  if (keys.length > kept.max) kept.ceiling = keys[kept.max - 1] as string;
  kept.values = values;
}

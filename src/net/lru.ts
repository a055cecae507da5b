export interface LruLimits {
  entriesMax: number;
  bytesMax: number;
}

export interface Lru<T> {
  /** The value, which thereby becomes the last to be dropped. */
  get(key: string): T | undefined;
  /** Keeps a value and drops those not used for longest until both limits hold. */
  set(key: string, value: T): void;
  size(): { entries: number; bytes: number };
}

/**
 * A map that forgets what was not used for longest.
 * @param bytesOf estimates what one value weighs; a value heavier than the whole limit is not kept.
 */
export function createLru<T>(limits: LruLimits, bytesOf: (value: T) => number): Lru<T> {
  const kept = new Map<string, { value: T; bytes: number }>();
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      // A Map keeps the order of insertion, so inserting again makes it the newest.
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value) {
      drop(key);
      const weight = bytesOf(value);
      if (weight > limits.bytesMax || limits.entriesMax < 1) return;
      kept.set(key, { value, bytes: weight });
      bytes += weight;
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.entriesMax && bytes <= limits.bytesMax) break;
        drop(oldest);
      }
    },
    size: () => ({ entries: kept.size, bytes }),
  };
}

import type { OpenSnapshot } from '../snapshots/open.ts';

/** The snapshot that answers now; one that gave its place to a newer is closed behind its last answer. */
export interface InUse {
  current(): OpenSnapshot | null;
  /** Takes the present one for one answer. @returns null before the first. */
  hold(): { snapshot: OpenSnapshot; release: () => void } | null;
  replace(next: OpenSnapshot): void;
  close(): Promise<void>;
}

interface Entry {
  snapshot: OpenSnapshot;
  holders: number;
  isRetired: boolean;
}

/** @param onError told when closing fails. */
export function createInUse(onError: (error: unknown) => void): InUse {
  let now: Entry | null = null;
  const closing = new Set<Promise<void>>();
  const retire = (entry: Entry) => {
    entry.isRetired = true;
    closeIfFree(entry);
  };
  const closeIfFree = (entry: Entry) => {
    if (!entry.isRetired || entry.holders > 0) return;
    const closed = entry.snapshot.close().catch(onError);
    closing.add(closed);
    void closed.then(() => closing.delete(closed));
  };
  return {
    current: () => now?.snapshot ?? null,
    hold() {
      if (now === null) return null;
      const entry = now;
      entry.holders += 1;
      return {
        snapshot: entry.snapshot,
        release() {
          entry.holders -= 1;
          closeIfFree(entry);
        },
      };
    },
    replace(next) {
      const before = now;
      now = { snapshot: next, holders: 0, isRetired: false };
      if (before !== null) retire(before);
    },
    async close() {
      const before = now;
      now = null;
      if (before !== null) retire(before);
      await Promise.all(closing);
    },
  };
}

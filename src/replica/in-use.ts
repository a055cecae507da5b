import type { RecordLookup } from '../../db/lookup.ts';
import type { FingerprintIndex } from '../deps.ts';
import type { FeedEvent } from '../follow/feed.ts';
import type { VerifiedManifest } from '../log/snapshot-manifest.ts';

/** A snapshot that answers, as `openSnapshot` gives it. */
export interface AnsweringSnapshot {
  manifest: VerifiedManifest;
  asOf(): { origin: string; size: number; root: Uint8Array; note: string };
  lookup: RecordLookup;
  fingerprints: FingerprintIndex;
  apply(events: readonly FeedEvent[], upTo: { size: number; root: Uint8Array; note: string }): void;
  isStale(nowMs: number): boolean;
  close(): Promise<void>;
}

/** The snapshot that answers now; one that gave its place to a newer is closed behind its last answer. */
export interface InUse {
  current(): AnsweringSnapshot | null;
  /** Takes the present one for one answer. @returns null before the first. */
  hold(): { snapshot: AnsweringSnapshot; release: () => void } | null;
  replace(next: AnsweringSnapshot): void;
  close(): Promise<void>;
}

interface Entry {
  snapshot: AnsweringSnapshot;
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

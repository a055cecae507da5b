import { type FingerprintChange, fingerprintsSince } from '../../db/lookup.ts';
import type { Deps } from '../deps.ts';
import { type Found, findByHash } from '../images/find.ts';
import type { VariantName } from '../images/fingerprint.ts';
import {
  addFingerprint,
  createFingerprintSet,
  type FingerprintSet,
  removeFingerprints,
} from '../images/fingerprint-set.ts';

/** The fingerprints of all active works in memory, following the outbox. */
export interface FingerprintIndex {
  set: FingerprintSet;
  /** Outbox position up to which the set is true. */
  cursor: number;
  /** Whose work each is, to tell one's own pictures from other people's. */
  creators: Map<string, string>;
  following: Promise<void> | null;
}

const eventsPerPage = 5_000;

export const createFingerprintIndex = (): FingerprintIndex => ({
  set: createFingerprintSet(),
  cursor: 0,
  creators: new Map(),
  following: null,
});

/** Brings the index up to the outbox, so that a change acts on the next query. Callers share one run. */
export async function followOutbox(deps: Deps): Promise<void> {
  const index = deps.fingerprints;
  while ((await deps.lookup.size()) !== index.cursor) {
    index.following ??= follow(deps).finally(() => {
      index.following = null;
    });
    await index.following;
  }
}

async function follow(deps: Deps): Promise<void> {
  const index = deps.fingerprints;
  for (;;) {
    const page = await fingerprintsSince(deps.database, index.cursor, eventsPerPage);
    if (page.cursor === index.cursor) return;
    for (const change of page.changes) apply(index, change);
    index.cursor = page.cursor;
  }
}

function apply(index: FingerprintIndex, change: FingerprintChange): void {
  removeFingerprints(index.set, change.rid);
  index.creators.delete(change.rid);
  if (!change.active) return;
  index.creators.set(change.rid, change.creator);
  for (const { variant, pdq, quality } of change.variants) {
    addFingerprint(index.set, change.rid, { variant: variant as VariantName, pdq, quality });
  }
}

/** @returns the likenesses of one PDQ hash among active works, nearest first. */
export async function findLike(deps: Deps, pdq: Uint8Array): Promise<Found[]> {
  await followOutbox(deps);
  return findByHash(deps.fingerprints.set, pdq);
}

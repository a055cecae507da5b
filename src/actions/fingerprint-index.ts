import { type FingerprintChange, fingerprintsSince } from '../../db/lookup.ts';
import type { Deps, FingerprintIndex, FingerprintThreads } from '../deps.ts';
import { type Found, foundByHash, possibleMax } from '../images/find.ts';
import type { VariantName } from '../images/fingerprint.ts';
import {
  addFingerprint,
  compactFingerprints,
  createFingerprintSet,
  isMostlyDead,
  livingWork,
  packedScan,
  removeFingerprints,
  type SetHit,
  searchFingerprints,
} from '../images/fingerprint-set.ts';
import { addId, createIdTable, grown, numberOf, textOf } from '../images/index/ids.ts';

const eventsPerPage = 5_000;

/** Rows compared before other requests get their turn. */
const rowsPerTurn = 2_000_000;

/** Everything in the thread that answers: for hosts that have no other. */
export const oneThread: FingerprintThreads = {
  options: packedScan,
  async search(set, hashes, distanceMax) {
    const found: SetHit[][] = [];
    let rows = 0;
    for (const hash of hashes) {
      found.push(searchFingerprints(set, hash, distanceMax));
      rows += set.index.rows;
      if (rows < rowsPerTurn) continue;
      rows = 0;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return found;
  },
  tend(set) {
    if (isMostlyDead(set)) compactFingerprints(set);
  },
  async close() {},
};

export const createFingerprintIndex = (threads: FingerprintThreads = oneThread): FingerprintIndex => ({
  set: createFingerprintSet(threads.options),
  cursor: 0,
  owners: { ids: createIdTable(), ofWork: new Uint32Array(64) },
  threads,
});

/**
 * Brings the index up to the outbox, so that a change acts on the next query. Runs may overlap: a page that was read
 * while another run moved on is thrown away, because what it says may be older than what is known. No run waits for
 * another, which Workers forbid across requests.
 */
export async function followOutbox(deps: Deps): Promise<void> {
  const index = deps.fingerprints;
  while ((await deps.lookup.size()) !== index.cursor) {
    const from = index.cursor;
    const page = await fingerprintsSince(deps.database, from, eventsPerPage);
    if (index.cursor !== from) continue;
    if (page.cursor === from) return;
    for (const change of page.changes) apply(index, change);
    index.cursor = page.cursor;
    index.threads.tend(index.set);
  }
}

function apply(index: FingerprintIndex, change: FingerprintChange): void {
  removeFingerprints(index.set, change.rid);
  if (!change.active) return;
  for (const { variant, pdq, quality } of change.variants) {
    addFingerprint(index.set, change.rid, { variant: variant as VariantName, pdq, quality });
  }
  const work = livingWork(index.set, change.rid);
  if (work === null) return;
  const { owners } = index;
  if (work >= owners.ofWork.length) {
    owners.ofWork = grown(owners.ofWork, Math.max(work + 1, owners.ofWork.length * 2));
  }
  const known = numberOf(owners.ids, change.creator);
  owners.ofWork[work] = known === -1 ? addId(owners.ids, change.creator) : known;
}

/** Whose work is in the index under this record id; undefined when none is. */
export function creatorOf({ set, owners }: FingerprintIndex, rid: string): string | undefined {
  const work = livingWork(set, rid);
  return work === null ? undefined : textOf(owners.ids, owners.ofWork[work] as number);
}

/**
 * Looks PDQ hashes up among active works.
 * @param hashes 32 bytes each.
 * @returns the likenesses of each, nearest first, in the order of the hashes.
 */
export async function findLikes(deps: Deps, hashes: readonly Uint8Array[]): Promise<Found[][]> {
  await followOutbox(deps);
  const { set, threads } = deps.fingerprints;
  return (await threads.search(set, hashes, possibleMax)).map(foundByHash);
}

import { type FingerprintChange, fingerprintsSince } from '../../db/lookup.ts';
import type { Deps, FingerprintIndex } from '../deps.ts';
import { type Found, findByHash, findByPixels } from '../images/find.ts';
import { addFingerprint, createFingerprintSet, removeFingerprints } from '../images/fingerprint-set.ts';
import { orientations } from '../images/pdq.ts';
import type { PixelForms } from '../images/pixel-query.ts';
import type { VariantName } from '../images/variants.ts';

const eventsPerPage = 5_000;

export const createFingerprintIndex = (): FingerprintIndex => ({
  set: createFingerprintSet(),
  cursor: 0,
  creators: new Map(),
  descriptors: new Map(),
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
  }
}

function apply(index: FingerprintIndex, change: FingerprintChange): void {
  removeFingerprints(index.set, change.rid);
  index.creators.delete(change.rid);
  index.descriptors.delete(change.rid);
  if (!change.active) return;
  index.creators.set(change.rid, change.creator);
  if (change.descriptor !== null) index.descriptors.set(change.rid, change.descriptor);
  for (const { variant, pdq, quality } of change.variants) {
    addFingerprint(index.set, change.rid, { variant: variant as VariantName, pdq, quality });
  }
}

/** Rows compared before other requests get their turn. */
const rowsPerTurn = 2_000_000;

/**
 * Looks PDQ hashes up among active works.
 * @param hashes 32 bytes each.
 * @returns the likenesses of each, nearest first, in the order of the hashes.
 */
export async function findLikes(deps: Deps, hashes: readonly Uint8Array[]): Promise<Found[][]> {
  return inTurns(deps, hashes, (hash) => ({ found: findByHash(deps.fingerprints.set, hash), scans: 1 }));
}

/** Looks pictures up among active works, each by all its forms. @returns the likenesses of each, nearest first. */
export async function findPicturesLike(deps: Deps, pictures: readonly PixelForms[]): Promise<Found[][]> {
  return inTurns(deps, pictures, (picture) => ({
    found: findByPixels(
      deps.fingerprints.set,
      picture,
      (id) => deps.fingerprints.descriptors.get(id) ?? null,
    ),
    scans: picture.forms.length * orientations.length,
  }));
}

async function inTurns<Query>(
  deps: Deps,
  queries: readonly Query[],
  find: (query: Query) => { found: Found[]; scans: number },
): Promise<Found[][]> {
  await followOutbox(deps);
  const all: Found[][] = [];
  let rows = 0;
  for (const query of queries) {
    const { found, scans } = find(query);
    all.push(found);
    rows += deps.fingerprints.set.size * scans;
    if (rows < rowsPerTurn) continue;
    rows = 0;
    await new Promise((resolve) => setTimeout(resolve));
  }
  return all;
}

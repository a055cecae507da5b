import { type FingerprintChange, fingerprintsSince } from '../../db/lookup.ts';
import type { Deps, FingerprintIndex, FingerprintThreads } from '../deps.ts';
import { descriptorBytes } from '../images/descriptor.ts';
import {
  type DescriptorOf,
  type Found,
  foundByHash,
  foundByPixels,
  foundByWork,
  hashesOfPixels,
  hashesOfWork,
  hashPossibleMax,
  possibleMax,
  type StoredWork,
} from '../images/find.ts';
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
import type { PixelForms } from '../images/pixel-query.ts';
import type { VariantName } from '../images/variants.ts';

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
  descriptors: new Uint8Array(64 * descriptorBytes),
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
  describe(index, work, change.descriptor);
}

function describe(index: FingerprintIndex, work: number, descriptor: Uint8Array | null): void {
  if (descriptor?.length !== descriptorBytes) return;
  const at = work * descriptorBytes;
  if (at >= index.descriptors.length) {
    index.descriptors = grown(
      index.descriptors,
      Math.max(at + descriptorBytes, index.descriptors.length * 2),
    );
  }
  index.descriptors.set(descriptor, at);
}

/** A descriptor's first byte is its version and never 0. */
function descriptorsOf({ set, descriptors }: FingerprintIndex): DescriptorOf {
  return (rid) => {
    const work = livingWork(set, rid);
    const at = work === null ? descriptors.length : work * descriptorBytes;
    return at < descriptors.length && descriptors[at] !== 0
      ? descriptors.subarray(at, at + descriptorBytes)
      : null;
  };
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
  return (await threads.search(set, hashes, hashPossibleMax)).map(foundByHash);
}

/** Looks pictures up among active works, each by all its forms. @returns the likenesses of each, nearest first. */
export async function findPicturesLike(deps: Deps, pictures: readonly PixelForms[]): Promise<Found[][]> {
  return lookUpEach(deps, pictures, hashesOfPixels, foundByPixels);
}

/** Looks stored works up among active ones. @returns the likenesses of each, its own among them. */
export async function findWorksLike(deps: Deps, works: readonly StoredWork[]): Promise<Found[][]> {
  return lookUpEach(deps, works, hashesOfWork, foundByWork);
}

/** Hashes looked up together: a batch spares passes, and a bounded one leaves others their turn. */
const hashesPerSearch = 4_096;

async function lookUpEach<Query>(
  deps: Deps,
  queries: readonly Query[],
  hashesOf: (query: Query) => Uint8Array[],
  found: (query: Query, hits: SetHit[][], descriptorOf: DescriptorOf) => Found[],
): Promise<Found[][]> {
  await followOutbox(deps);
  const index = deps.fingerprints;
  const all: Found[][] = [];
  for (let from = 0; from < queries.length; ) {
    const hashes: Uint8Array[] = [];
    const ends: number[] = [];
    for (; from + ends.length < queries.length && hashes.length < hashesPerSearch; ) {
      hashes.push(...hashesOf(queries[from + ends.length] as Query));
      ends.push(hashes.length);
    }
    const hits = await index.threads.search(index.set, hashes, possibleMax);
    const descriptorOf = descriptorsOf(index);
    for (const [at, end] of ends.entries()) {
      all.push(found(queries[from + at] as Query, hits.slice(ends[at - 1] ?? 0, end), descriptorOf));
    }
    from += ends.length;
  }
  return all;
}

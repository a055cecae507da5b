import { type FingerprintChange, fingerprintsSince, type Lookup } from '../../db/lookup.ts';
import type {
  CheckDeps,
  Deps,
  FingerprintIndex,
  FingerprintThreads,
  OwnedFingerprintIndex,
} from '../deps.ts';
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

/** The index of a registry, empty at first: it follows the outbox of the database whenever it is asked. */
export function createFingerprintIndex(
  source: Pick<Deps, 'database'> & { lookup: Pick<Lookup, 'size'> },
  threads: FingerprintThreads = oneThread,
): OwnedFingerprintIndex {
  // Outbox position up to which the set is true.
  let cursor = 0;
  const index: OwnedFingerprintIndex = {
    set: createFingerprintSet(threads.options),
    owners: { ids: createIdTable(), ofWork: new Uint32Array(64) },
    descriptors: new Uint8Array(64 * descriptorBytes),
    threads,
    // Runs may overlap: a page that was read while another run moved on is thrown away, because what it says may be
    // older than what is known. No run waits for another, which Workers forbid across requests.
    async catchUp() {
      while ((await source.lookup.size()) !== cursor) {
        const from = cursor;
        const page = await fingerprintsSince(source.database, from, eventsPerPage);
        if (cursor !== from) continue;
        if (page.cursor === from) return;
        for (const change of page.changes) keepOwner(index, putWork(index, change), change.creator);
        cursor = page.cursor;
        threads.tend(index.set);
      }
    },
  };
  return index;
}

/**
 * Puts what a work is found by in the place of what it was found by, or takes it out.
 * @returns the work's number in the set, null when it is in it no more.
 */
export function putWork(index: FingerprintIndex, change: WorkChange): number | null {
  const before = livingWork(index.set, change.rid);
  if (before !== null) index.descriptors.fill(0, before * descriptorBytes, (before + 1) * descriptorBytes);
  removeFingerprints(index.set, change.rid);
  if (!change.active) return null;
  for (const { variant, pdq, quality } of change.variants) {
    addFingerprint(index.set, change.rid, { variant: variant as VariantName, pdq, quality });
  }
  const work = livingWork(index.set, change.rid);
  if (work !== null) describe(index, work, change.descriptor);
  return work;
}

/** What the index takes of a change; whose the work is it need not know. */
export type WorkChange = Omit<FingerprintChange, 'creator'>;

function keepOwner({ owners }: OwnedFingerprintIndex, work: number | null, creator: string): void {
  if (work === null) return;
  if (work >= owners.ofWork.length) {
    owners.ofWork = grown(owners.ofWork, Math.max(work + 1, owners.ofWork.length * 2));
  }
  const known = numberOf(owners.ids, creator);
  owners.ofWork[work] = known === -1 ? addId(owners.ids, creator) : known;
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
export function creatorOf({ set, owners }: OwnedFingerprintIndex, rid: string): string | undefined {
  const work = livingWork(set, rid);
  return work === null ? undefined : textOf(owners.ids, owners.ofWork[work] as number);
}

type LikenessDeps = Pick<CheckDeps, 'fingerprints'>;

/**
 * Looks PDQ hashes up among active works.
 * @param hashes 32 bytes each.
 * @returns the likenesses of each, nearest first, in the order of the hashes.
 */
export async function findLikes(deps: LikenessDeps, hashes: readonly Uint8Array[]): Promise<Found[][]> {
  await deps.fingerprints.catchUp();
  const { set, threads } = deps.fingerprints;
  return (await threads.search(set, hashes, hashPossibleMax)).map(foundByHash);
}

/** Looks pictures up among active works, each by all its forms. @returns the likenesses of each, nearest first. */
export async function findPicturesLike(
  deps: LikenessDeps,
  pictures: readonly PixelForms[],
): Promise<Found[][]> {
  return lookUpEach(deps, pictures, hashesOfPixels, foundByPixels);
}

/** Looks stored works up among active ones. @returns the likenesses of each, its own among them. */
export async function findWorksLike(deps: LikenessDeps, works: readonly StoredWork[]): Promise<Found[][]> {
  return lookUpEach(deps, works, hashesOfWork, foundByWork);
}

/** Hashes looked up together: a batch spares passes, and a bounded one leaves others their turn. */
const hashesPerSearch = 4_096;

async function lookUpEach<Query>(
  deps: LikenessDeps,
  queries: readonly Query[],
  hashesOf: (query: Query) => Uint8Array[],
  found: (query: Query, hits: SetHit[][], descriptorOf: DescriptorOf) => Found[],
): Promise<Found[][]> {
  await deps.fingerprints.catchUp();
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

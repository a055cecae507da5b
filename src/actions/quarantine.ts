import type { LikenessRow } from '../../db/likenesses.ts';
import { type FingerprintRow, fingerprintsOf, type RecordRow } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import type { Found, StoredWork } from '../images/find.ts';
import type { VariantName } from '../images/variants.ts';
import { creatorOf, findWorksLike } from './fingerprint-index.ts';

/**
 * A work with more works of others within possible distance than this lies in a crowd: template art, or a hash that
 * was made up to stand in one. Of the published collection few pictures have this many, all of them series drawn
 * from one template.
 */
export const crowdMax = 3;

/** Likenesses kept of one held work: enough to decide by. */
const likenessesKeptMax = 20;

/**
 * Works that look like, or are the very file of, somebody else's active record, or that lie in a crowd of them: they
 * wait for a moderator, so that nobody opts out other people's pictures.
 *
 * @returns what each held work met, by its rid, nearest first.
 */
export async function findQuarantined(
  deps: Deps,
  creatorId: string,
  records: readonly RecordRow[],
): Promise<Map<string, LikenessRow[]>> {
  const works = records.filter((record) => record.kind === 'work');
  const held = new Map<string, LikenessRow[]>();
  if (works.length === 0) return held;
  const at = new Date(deps.clock()).toISOString();
  const sameFile = Map.groupBy(
    await deps.lookup.ownersBySha256(works.map((work) => work.key)),
    (owner) => owner.digest,
  );
  const rids = works.map((work) => work.rid);
  const prints = Map.groupBy(await fingerprintsOf(deps.database, rids), (print) => print.rid);
  const stored = works.map(({ rid }) => storedWork(prints.get(rid) ?? []));
  const likes = await findWorksLike(deps, stored);
  for (const [index, { rid, key }] of works.entries()) {
    const files = (sameFile.get(key) ?? []).filter(({ creator }) => creator !== creatorId);
    const met = [
      ...files.map(({ rid: other }) => sameFileRow(rid, other, at)),
      ...likesOfOthers(deps, creatorId, likes[index] ?? []).map((found) => likenessRow(rid, found, at)),
    ];
    // A file that is the same also looks the same: the first row of each work says the most.
    const distinct = [...new Map(met.toReversed().map((row) => [row.other, row])).values()].reverse();
    if (distinct.length > 0) held.set(rid, distinct.slice(0, likenessesKeptMax));
  }
  return held;
}

function storedWork(prints: readonly FingerprintRow[]): StoredWork {
  const rows = prints.flatMap(({ variant, pdq }) =>
    pdq === null ? [] : [{ variant: variant as VariantName, pdq }],
  );
  return { rows, descriptor: prints.find(({ variant }) => variant === 'full')?.descriptor ?? null };
}

/** Matches of others, and where there is a crowd all that is possible too; empty when nothing stands in the way. */
function likesOfOthers({ fingerprints }: Deps, creatorId: string, found: readonly Found[]): Found[] {
  const likes = found.filter(({ id }) => creatorOf(fingerprints, id) !== creatorId);
  return likes.length > crowdMax ? likes : likes.filter(({ match }) => match.kind === 'match');
}

const sameFileRow = (rid: string, other: string, at: string): LikenessRow => ({
  rid,
  other,
  why: 'file',
  distance: 0,
  variant: 'full',
  otherVariant: 'full',
  orientation: 'orig',
  at,
});

const likenessRow = (rid: string, { id, match, queryVariant }: Found, at: string): LikenessRow => ({
  rid,
  other: id,
  why: match.kind === 'match' ? 'match' : 'crowded',
  distance: match.distance,
  variant: queryVariant,
  otherVariant: match.variant,
  orientation: match.orientation,
  at,
});

import type { AnswerRow } from '../../db/lookup.ts';
import type { Evidence, Match, Usage } from '../consent/evidence.ts';
import type { CheckDeps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Found } from '../images/find.ts';
import { hashFromHex } from '../images/hash256.ts';
import { type PixelQuery, readPixelQuery } from '../images/pixel-query.ts';
import { recordEvidence } from '../opt-outs/effect.ts';
import type { OptOutRecord } from '../opt-outs/record.ts';
import { type LookupKeys, lookupKeys } from '../opt-outs/scope.ts';
import { nameKey } from '../opt-outs/subject.ts';
import { type UrlKey, urlKey } from '../opt-outs/url-key.ts';
import { findLikes, findPicturesLike } from './fingerprint-index.ts';

/** What is asked about; any mix of these speaks of one thing to be taken. */
export interface Item {
  id?: string | undefined;
  url?: string | undefined;
  page_url?: string | undefined;
  sha256?: string | undefined;
  md5?: string | undefined;
  pdq?: string | undefined;
  blockhash?: string | undefined;
  /** The picture itself, by its hashes. */
  pixels?: PixelQuery | undefined;
  name?: string | undefined;
}

/** One URL of an item with its canonical key, or null where it is no URL. */
export interface Place {
  role: 'url' | 'page_url';
  url: string;
  key: UrlKey | null;
}

export function placesOf(item: Item): Place[] {
  const places: Place[] = [];
  if (item.url !== undefined) places.push({ role: 'url', url: item.url, key: urlKey(item.url) });
  if (item.page_url !== undefined) {
    places.push({ role: 'page_url', url: item.page_url, key: urlKey(item.page_url) });
  }
  return places;
}

/** What looking records up needs. */
export type FindingDeps = Pick<CheckDeps, 'config' | 'lookup' | 'fingerprints'>;

/** The keys under which the registry may speak of one item. */
interface Keys {
  places: { role: Place['role']; keys: LookupKeys }[];
  name: string | null;
}

function keysOf(item: Item, places: readonly Place[]): Keys {
  return {
    places: places.flatMap(({ role, key }) => {
      const keys = key === null ? null : lookupKeys(key);
      return keys === null ? [] : [{ role, keys }];
    }),
    name: item.name === undefined ? null : nameKey(item.name),
  };
}

/** The evidence of the registry, per item. Every look-up is one query for all items together. */
export async function findRecords(
  deps: FindingDeps,
  question: { items: readonly Item[]; usage: Usage },
  places: readonly Place[][],
): Promise<Evidence[][]> {
  const { items, usage } = question;
  const keys = items.map((item, index) => keysOf(item, places[index] ?? []));
  const wanted = new Set<string>();
  for (const own of keys) {
    for (const { keys: each } of own.places) for (const key of everyKey(each)) wanted.add(key);
    if (own.name !== null) wanted.add(own.name);
  }
  const [byKey, bySha256, byMd5, byBlockhash, likes, pictures] = await Promise.all([
    deps.lookup.byKeys([...wanted]),
    deps.lookup.bySha256(distinct(items.map((item) => item.sha256))),
    deps.lookup.byMd5(distinct(items.map((item) => item.md5))),
    deps.lookup.byBlockhash(distinct(items.map((item) => item.blockhash))),
    worksLike(deps, distinct(items.map((item) => item.pdq))),
    worksInPictures(deps, items),
  ]);
  const rowsOfKey = Map.groupBy(byKey, (row) => row.key);
  const rowsOfSha256 = Map.groupBy(bySha256, (row) => row.digest);
  const rowsOfMd5 = Map.groupBy(byMd5, (row) => row.digest);
  const rowsOfBlockhash = Map.groupBy(byBlockhash, (row) => row.digest);

  return items.map((item, index) => {
    const best = new Map<string, Evidence[]>();
    // Better matches come first and are kept: a record speaks once, by its strongest likeness.
    const add = (on: Evidence['on'] & string, row: AnswerRow, match?: Match) => {
      if (best.has(row.rid)) return;
      const context = { origin: deps.config.origin, ...(match === undefined ? {} : { match }) };
      best.set(
        row.rid,
        recordEvidence(recordOf(row), usage, context).map((said) => ({ ...said, on })),
      );
    };
    const addKeys = (on: Evidence['on'] & string, kind: AnswerRow['kind'], list: readonly string[]) => {
      for (const key of list) for (const row of rowsOfKey.get(key) ?? []) if (row.kind === kind) add(on, row);
    };
    const own = keys[index];
    for (const { role, keys: each } of own?.places ?? []) {
      addKeys(role, 'domain', each.domains);
      addKeys(role, 'prefix', each.prefixes);
      addKeys(role, 'url', [each.url]);
    }
    for (const row of rowsOfSha256.get(item.sha256 ?? '') ?? []) add('sha256', row, exact);
    for (const row of rowsOfMd5.get(item.md5 ?? '') ?? []) add('md5', row, exact);
    for (const { row, match } of pictures.get(index) ?? []) add('pixels', row, match);
    for (const { row, match } of likes.get(item.pdq ?? '') ?? []) add('pdq', row, match);
    for (const row of rowsOfBlockhash.get(item.blockhash ?? '') ?? []) add('blockhash', row, sameBlocks);
    if (own !== undefined && own.name !== null) addKeys('name', 'name', [own.name]);
    return [...best.values()].flat();
  });
}

export const exact: Match = { kind: 'exact', distance: 0, variant: 'full', orientation: 'orig' };

/** One picture in sixteen shares its blockhash with another, so it never decides. */
const sameBlocks: Match = { ...exact, kind: 'possible' };

const everyKey = (keys: LookupKeys): string[] => [...keys.domains, ...keys.prefixes, keys.url];

type Like = { row: AnswerRow; match: Match };

async function worksLike(deps: FindingDeps, hashes: readonly string[]): Promise<Map<string, Like[]>> {
  if (hashes.length === 0) return new Map();
  const queries = hashes.map((hash) => {
    const pdq = hashFromHex(hash);
    if (pdq === null) throw new AppError('invalid', 'A PDQ hash has 64 hex digits.', { field: 'pdq' });
    return pdq;
  });
  const likes = await withRows(deps, await findLikes(deps, queries));
  return new Map(hashes.map((hash, at) => [hash, likes[at] ?? []]));
}

/** Likenesses of the items that are pictures, by the place of the item. */
async function worksInPictures(deps: FindingDeps, items: readonly Item[]): Promise<Map<number, Like[]>> {
  const asked = items.flatMap(({ pixels }, index) => (pixels === undefined ? [] : [{ index, pixels }]));
  if (asked.length === 0) return new Map();
  const forms = asked.map(({ index, pixels }) => {
    const read = readPixelQuery(pixels);
    if (read !== null) return read;
    throw new AppError('invalid', 'A PDQ hash has 64 hex digits.', { field: `items[${index}].pixels` });
  });
  const likes = await withRows(deps, await findPicturesLike(deps, forms));
  return new Map(asked.map(({ index }, at) => [index, likes[at] ?? []]));
}

async function withRows(deps: FindingDeps, found: readonly Found[][]): Promise<Like[][]> {
  const rids = distinct(found.flat().map(({ id }) => id));
  const rows = new Map((await deps.lookup.byRids(rids)).map((row) => [row.rid, row]));
  return found.map((own) =>
    own.flatMap(({ id, match }): Like[] => {
      const row = rows.get(id);
      return row === undefined ? [] : [{ row, match }];
    }),
  );
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

/** The columns an answer is made of, as a record; what it never shows is left empty. */
export function recordOf(row: AnswerRow): OptOutRecord {
  return {
    rid: row.rid,
    kind: row.kind,
    key: row.key,
    keySpec: '',
    usages: JSON.parse(row.usages),
    // In the order in which the log has them, so that a copy of the registry gives the same words.
    except: [...new Set<string>(JSON.parse(row.except))].sort(),
    licence: row.licence,
    contact: row.contact,
    trust: row.trust,
    contested: row.contested,
    state: 'active',
    version: 0,
    since: row.since,
    updated: row.since ?? '',
    publishedAt: null,
    fingerprints: [],
    salt: '',
  };
}

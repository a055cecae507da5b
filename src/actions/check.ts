import type { AnswerRow } from '../../db/lookup.ts';
import type { ResolvedAgent } from '../consent/agent.ts';
import { decide } from '../consent/decide.ts';
import {
  type AsOf,
  type Crawl,
  type Decision,
  earliestExpiry,
  type NotChecked,
} from '../consent/decision.ts';
import type { Evidence, Match, Usage } from '../consent/evidence.ts';
import { policyDigest, shippedPolicy } from '../consent/policy.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { hashFromHex } from '../images/hash256.ts';
import { recordEvidence } from '../opt-outs/effect.ts';
import type { OptOutRecord } from '../opt-outs/record.ts';
import { lookupKeys } from '../opt-outs/scope.ts';
import { type UrlKey, urlKey } from '../opt-outs/url-key.ts';
import { findLike } from './fingerprint-index.ts';
import { type RobotsView, robotsFor } from './robots.ts';

export interface Item {
  id?: string | undefined;
  url?: string | undefined;
  page_url?: string | undefined;
  sha256?: string | undefined;
  md5?: string | undefined;
  pdq?: string | undefined;
}

/** `cached` answers from what is known; `fetch` waits for robots.txt files that are not. */
export type SignalsMode = 'cached' | 'fetch';

export interface Question {
  items: readonly Item[];
  usage: Usage;
  /** Null when the caller named nobody. */
  agent: ResolvedAgent | null;
  signals: SignalsMode;
  /** Id of the consumer who asks, empty for anybody. */
  consumer: string;
}

export type Answer = Omit<Decision, 'notChecked' | 'agent'> & {
  id?: string;
  agent: Pick<ResolvedAgent, 'token' | 'operator' | 'purpose'> | null;
  notChecked: { source: string; why: string; retryAfter?: number }[];
};

/** How long an answer that rests on the registry alone holds, in milliseconds. */
export const registryLifeMs = 3_600_000;

/** What this version does not read yet, said in every answer so that silence is not taken for consent. */
const unread: NotChecked = {
  source: 'other-signals',
  why: 'HTTP headers, tdmrep.json, ai.txt, trust.txt, RSL, HTML and file metadata are not read by this version',
};

/** One URL of an item with its canonical key, or null where it is no URL. */
interface Place {
  role: 'url' | 'page_url';
  url: string;
  key: UrlKey | null;
}

/**
 * Answers what may be done with each item: the registry's records and the site's robots.txt, weighed by the shipped
 * policy. One answer per item, in order; nothing of the question is stored but counts of the records it hit.
 */
export async function check(deps: Deps, question: Question): Promise<Answer[]> {
  const places = question.items.map(placesOf);
  // The size is read first: the answer knows at least everything written until then.
  const size = await deps.lookup.size();
  const [found, robots, policy] = await Promise.all([
    findRecords(deps, question, places, size),
    robotsFor(
      deps,
      places.flat().flatMap(({ url, key }) => (key === null ? [] : [{ url, key }])),
      question.signals,
    ),
    digest,
  ]);
  const asOf: AsOf[] = [{ origin: deps.config.origin, size, root: null }];
  const registryUntil = new Date(deps.clock() + registryLifeMs).toISOString();
  return question.items.map((item, index) => {
    const own = places[index] ?? [];
    const spoken = own.map((place) => ({ place, robots: place.key === null ? null : robots(place.key) }));
    const signals = spoken.map(({ place, robots: view }) => speak(place, view, question.agent));
    const part = decide([...(found[index] ?? []), ...signals.flatMap((signal) => signal.evidence)], {
      usage: question.usage,
      agent: question.agent,
      policy: shippedPolicy,
      // Crawl is about what would be fetched: the file, or the page where only that is named.
      ...(signals[0] === undefined
        ? { crawl: { verdict: 'unknown', reason: 'no-url' } }
        : { crawl: signals[0].crawl }),
      notChecked: [...signals.flatMap((signal) => signal.notChecked), unread],
      warnings: signals.flatMap((signal) => signal.warnings),
    });
    count(deps, part.reasons, question.consumer, part.verdict);
    const { agent, notChecked, ...rest } = part;
    return {
      ...(item.id === undefined ? {} : { id: item.id }),
      ...rest,
      agent: agent === null ? null : { token: agent.token, operator: agent.operator, purpose: agent.purpose },
      notChecked: notChecked.map(({ source, why, retryAfterS }) => ({
        source,
        why,
        ...(retryAfterS === undefined ? {} : { retryAfter: retryAfterS }),
      })),
      asOf,
      expiresAt: earliestExpiry([registryUntil, ...signals.flatMap((signal) => signal.until)]),
      policy,
    };
  });
}

const digest = policyDigest(shippedPolicy);

function placesOf(item: Item): Place[] {
  const places: Place[] = [];
  if (item.url !== undefined) places.push({ role: 'url', url: item.url, key: urlKey(item.url) });
  if (item.page_url !== undefined)
    places.push({ role: 'page_url', url: item.page_url, key: urlKey(item.page_url) });
  return places;
}

/** The evidence of the registry, per item. Every look-up is one query for all items together. */
async function findRecords(
  deps: Deps,
  { items, usage }: Question,
  places: readonly Place[][],
  size: number,
): Promise<Evidence[][]> {
  const keys = places.map((own) => own.flatMap(({ key }) => (key === null ? [] : [lookupKeys(key)])));
  const wanted = new Set<string>();
  for (const own of keys) {
    for (const key of own) {
      if (key !== null) for (const each of [...key.domains, ...key.prefixes, key.url]) wanted.add(each);
    }
  }
  const [byKey, bySha256, byMd5, likes] = await Promise.all([
    deps.lookup.byKeys([...wanted], size),
    deps.lookup.bySha256(distinct(items.map((item) => item.sha256))),
    deps.lookup.byMd5(distinct(items.map((item) => item.md5))),
    findLikes(deps, distinct(items.map((item) => item.pdq))),
  ]);
  const rowsOfKey = Map.groupBy(byKey, (row) => row.key);
  const rowsOfSha256 = Map.groupBy(bySha256, (row) => row.digest);
  const rowsOfMd5 = Map.groupBy(byMd5, (row) => row.digest);
  const evidence = (row: AnswerRow, match?: Match) =>
    recordEvidence(recordOf(row), usage, {
      origin: deps.config.origin,
      ...(match === undefined ? {} : { match }),
    });

  return items.map((item, index) => {
    const best = new Map<string, Evidence[]>();
    // Better matches come first and are kept: a record speaks once, by its strongest likeness.
    const add = (row: AnswerRow, match?: Match) => {
      if (!best.has(row.rid)) best.set(row.rid, evidence(row, match));
    };
    for (const key of keys[index] ?? []) {
      if (key === null) continue;
      for (const each of key.domains)
        for (const row of rowsOfKey.get(each) ?? []) if (row.kind === 'domain') add(row);
      for (const each of key.prefixes)
        for (const row of rowsOfKey.get(each) ?? []) if (row.kind === 'prefix') add(row);
      for (const row of rowsOfKey.get(key.url) ?? []) if (row.kind === 'url') add(row);
    }
    for (const row of rowsOfSha256.get(item.sha256 ?? '') ?? []) add(row, exact);
    for (const row of rowsOfMd5.get(item.md5 ?? '') ?? []) add(row, exact);
    for (const { row, match } of likes.get(item.pdq ?? '') ?? []) add(row, match);
    return [...best.values()].flat();
  });
}

const exact: Match = { kind: 'exact', distance: 0, variant: 'full', orientation: 'orig' };

async function findLikes(
  deps: Deps,
  hashes: readonly string[],
): Promise<Map<string, { row: AnswerRow; match: Match }[]>> {
  const likes = new Map<string, { row: AnswerRow; match: Match }[]>();
  if (hashes.length === 0) return likes;
  const found = [];
  for (const hash of hashes) {
    const pdq = hashFromHex(hash);
    if (pdq === null) throw new AppError('invalid', 'A PDQ hash has 64 hex digits.', { field: 'pdq' });
    for (const { id, match } of await findLike(deps, pdq)) found.push({ hash, rid: id, match });
  }
  const rows = new Map(
    (await deps.lookup.byRids(distinct(found.map(({ rid }) => rid)))).map((row) => [row.rid, row]),
  );
  for (const { hash, rid, match } of found) {
    const row = rows.get(rid);
    if (row === undefined) continue;
    const known = likes.get(hash);
    if (known === undefined) likes.set(hash, [{ row, match }]);
    else known.push({ row, match });
  }
  return likes;
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

/** The columns an answer is made of, as a record; what it never shows is left empty. */
function recordOf(row: AnswerRow): OptOutRecord {
  return {
    rid: row.rid,
    kind: row.kind,
    key: row.key,
    keySpec: '',
    usages: JSON.parse(row.usages),
    except: JSON.parse(row.except),
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

interface Spoken {
  crawl: Crawl;
  evidence: Evidence[];
  notChecked: NotChecked[];
  warnings: string[];
  /** Until when this holds; empty when nothing was read. */
  until: string[];
}

function speak(place: Place, view: RobotsView | null, agent: ResolvedAgent | null): Spoken {
  if (view === null) {
    return {
      crawl: { verdict: 'unknown', reason: 'not-a-url' },
      evidence: [],
      notChecked: [{ source: 'registry', why: `${place.role} is not an http or https URL` }],
      warnings: [],
      until: [],
    };
  }
  return view.ask(place.url, agent);
}

function count(deps: Deps, reasons: Decision['reasons'], consumer: string, verdict: string): void {
  for (const { record, effect } of reasons) {
    if (record !== undefined && effect !== 'below-trust') deps.hits.add(record, consumer, verdict);
  }
}

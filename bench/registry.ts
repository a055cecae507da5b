import { insertCreator, insertOptOut } from '../db/creators.ts';
import type { Database } from '../db/database.ts';
import {
  appendEvents,
  type EventRow,
  insertFingerprints,
  type NewFingerprint,
  type RecordRow,
  saveRecords,
} from '../db/records.ts';
import { writeSignalsEntry } from '../db/signals.ts';
import type { SiteEntry } from '../src/net/gather-site.ts';
import type { RobotsEntry } from '../src/net/robots-outcome.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord, uuidv7 } from '../src/opt-outs/record.ts';
import { subjectOf } from '../src/opt-outs/subject.ts';
import { hostOf, pathOf, type Random, randomFrom, robotsTextOf } from './web.ts';

/** What the registry of the benchmark holds. */
export const urlRules = 100_000;
export const works = 10_000;
/** Hosts that are asked about, whose robots.txt are cached. Rules speak of many more. */
export const hostsAsked = 4_000;
const hostsRuled = 60_000;
const rowsPerBatch = 5_000;
const dayMs = 86_400_000;

export interface Question {
  url: string;
  /** What the registry alone must answer for train-ai; robots.txt may add a refusal. */
  ruled: boolean;
}

export interface Seeded {
  /** URLs to ask about, over all `hostsAsked` hosts. */
  questions: Question[];
  /** PDQ hashes, half of registered works up to 16 bits away, half of strangers. */
  pdqs: string[];
  /** SHA-256 of files, half registered. */
  sha256s: string[];
}

type Rule = { kind: 'url' | 'prefix' | 'domain'; value: string };

/** Fills an empty database: rules, works and the robots.txt cache, the same on every run. */
export async function seedRegistry(database: Database): Promise<Seeded> {
  const random = randomFrom(7);
  const now = Date.now();
  const creator = await oneCreator(database, now);
  const { rules, questions } = rulesAndQuestions(random);
  await save(
    database,
    rules.map(({ kind, value }) => recordOf(kind, value, now, random)),
    creator,
  );
  const pictures = Array.from({ length: works }, () => workOf(now, random));
  await save(database, pictures, creator);
  await fillRobots(database, now);
  const registered = pictures.map(({ fingerprints: [print] }) => print);
  return {
    questions,
    pdqs: registered.slice(0, 2_000).flatMap((print) => [flipped(print?.pdq ?? '', random), hex(32, random)]),
    sha256s: registered.slice(0, 2_000).flatMap((print) => [print?.sha256 ?? '', hex(32, random)]),
  };
}

/** 40 % URLs, 30 % prefixes, 30 % domains; about a quarter of the questions meet one. */
function rulesAndQuestions(random: Random): { rules: Rule[]; questions: Question[] } {
  const domains = new Set<string>();
  const prefixes = new Set<string>();
  const urls = new Set<string>();
  // Hosts 0 to hostsAsked-1 are those asked about: every tenth is opted out whole.
  for (let host = 0; host < hostsAsked; host += 10) domains.add(domainOf(hostOf(host)));
  const questions: Question[] = [];
  for (let i = 0; i < 20_000; i += 1) {
    const host = hostOf(i % hostsAsked);
    const path = pathOf(random);
    const url = `https://${host}${path}`;
    const dice = random() % 100;
    if (dice < 8) urls.add(url);
    else if (dice < 16) prefixes.add(`${host}${path.split('?', 1)[0]?.replace(/\/[^/]*$/, '')}`);
    questions.push({ url, ruled: dice < 16 || domains.has(domainOf(host)) });
  }
  const elsewhere = () => hostOf(hostsAsked + (random() % hostsRuled));
  while (domains.size < urlRules * 0.3) domains.add(domainOf(elsewhere()));
  while (prefixes.size < urlRules * 0.3)
    prefixes.add(`${elsewhere()}${pathOf(random).replace(/\/[^/]*$/, '')}`);
  while (urls.size < urlRules * 0.4) urls.add(`https://${elsewhere()}${pathOf(random)}`);
  const rules: Rule[] = [
    ...[...domains].map((value) => ({ kind: 'domain' as const, value })),
    ...[...prefixes].map((value) => ({ kind: 'prefix' as const, value })),
    ...[...urls].map((value) => ({ kind: 'url' as const, value })),
  ];
  // A prefix may cover a question that was not meant by it: it holds the folder of another.
  for (const question of questions) question.ruled ||= covered(question.url, prefixes);
  return { rules, questions };
}

function covered(url: string, prefixes: ReadonlySet<string>): boolean {
  const parts = url.slice('https://'.length).split('?', 1)[0]?.split('/') ?? [];
  return parts.some((_part, at) => prefixes.has(parts.slice(0, at).join('/')));
}

const domainOf = (host: string): string => host.split('.').slice(-2).join('.');

async function oneCreator(database: Database, now: number): Promise<string> {
  const createdAt = new Date(now - dayMs).toISOString();
  const row = { id: 'creator-1', emailLookup: 'bench.0', emailCipher: 'bench.0', createdAt };
  const optOut = { id: 'opt-out-1', creatorId: row.id, nameCipher: 'bench.0', role: 'owner' as const };
  await database.atomically([
    insertCreator(database, row),
    insertOptOut(database, { ...optOut, statement: '1', createdAt, confirmedAt: createdAt }),
  ]);
  return optOut.id;
}

function recordOf(kind: Rule['kind'] | 'work', value: string, now: number, random: Random): OptOutRecord {
  const at = new Date(now - dayMs).toISOString();
  return {
    ...subjectOf(kind, value),
    rid: uuidv7(now - dayMs + (random() % 1_000), bytes(16, random)),
    usages: { 'train-ai': 'disallow', 'ai-use': 'disallow', search: 'allow' },
    except: [],
    licence: random() % 4 === 0 ? 'https://example.com/licence' : null,
    contact: random() % 4 === 0 ? 'rights@example.com' : null,
    trust: kind === 'work' ? 'email' : 'domain',
    contested: false,
    state: 'active',
    version: 1,
    since: at,
    updated: at,
    publishedAt: null,
    fingerprints: [],
    salt: hex(32, random),
  };
}

function workOf(now: number, random: Random): OptOutRecord {
  const sha256 = hex(32, random);
  const common = { hasher: 'pdq/1', sha256, blockhash: hex(32, random), md5: hex(16, random) };
  return {
    ...recordOf('work', sha256, now, random),
    fingerprints: [
      { ...common, variant: 'full', pdq: hex(32, random), quality: 60 + (random() % 41) },
      { ...common, variant: 'trim', pdq: hex(32, random), quality: 60 + (random() % 41) },
    ],
  };
}

async function save(database: Database, records: readonly OptOutRecord[], optOutId: string): Promise<void> {
  for (let from = 0; from < records.length; from += rowsPerBatch) {
    const part = records.slice(from, from + rowsPerBatch);
    const rows: RecordRow[] = [];
    const events: EventRow[] = [];
    for (const record of part) {
      const canonical = canonicalRecordBytes(record);
      const { rid, version, state, updated: at } = record;
      const committed = await commitment(record.salt, canonical);
      const text = new TextDecoder().decode(canonical);
      rows.push(rowOf(record, optOutId, text));
      events.push({
        ...{ rid, version, event: 'confirmed-active', leafType: 'reserved', state },
        ...{ commitment: committed, at, salt: record.salt, canonical: text },
      });
    }
    await database.atomically([
      ...saveRecords(database, rows),
      ...appendEvents(database, events),
      ...insertFingerprints(database, part.flatMap(printsOf)),
    ]);
  }
}

function rowOf(record: OptOutRecord, optOutId: string, canonical: string): RecordRow {
  return {
    rid: record.rid,
    optOutId,
    kind: record.kind,
    key: record.key,
    keySpec: record.keySpec,
    label: record.key,
    host: null,
    usages: JSON.stringify(record.usages),
    except: JSON.stringify(record.except),
    licence: record.licence,
    contact: record.contact,
    trust: record.trust,
    contested: record.contested,
    state: record.state,
    version: record.version,
    since: record.since,
    updatedAt: record.updated,
    publishedAt: null,
    salt: record.salt,
    canonical,
  };
}

function printsOf(record: OptOutRecord): NewFingerprint[] {
  return record.fingerprints.map(({ variant, pdq, quality, hasher, sha256, md5, blockhash }) => ({
    rid: record.rid,
    ...{ variant, pdq, quality, hasher, blockhash },
    sha256: sha256 ?? '',
    md5: md5 ?? null,
    lowInformation: null,
  }));
}

async function fillRobots(database: Database, now: number): Promise<void> {
  const entries = Array.from({ length: hostsAsked }, (_none, host) => {
    const origin = `https://${hostOf(host)}`;
    return writeSignalsEntry(
      database,
      origin,
      JSON.stringify(siteOf(origin, host, now)),
      new Date(now).toISOString(),
    );
  });
  for (let from = 0; from < entries.length; from += 50) {
    await database.atomically(entries.slice(from, from + 50));
  }
}

function siteOf(origin: string, host: number, now: number): SiteEntry {
  const robots = entryOf(origin, host, now);
  const none = { ...robots, state: 'absent', body: null, bodyAt: null, status: 404 } as const;
  return { robots, documents: { tdmrep: none, 'ai.txt': none, 'trust.txt': none } };
}

function entryOf(origin: string, host: number, now: number): RobotsEntry {
  const body = robotsTextOf(host);
  return {
    state: body === null ? 'absent' : 'read',
    crawl: body === null ? 'allow' : 'by-rules',
    body,
    bodyAt: body === null ? null : now,
    warnings: [],
    status: body === null ? 404 : 200,
    failure: null,
    url: `${origin}/robots.txt`,
    redirects: [],
    checkedAt: now,
    refreshAt: now + dayMs,
    expiresAt: now + dayMs,
    failures: 0,
  };
}

function bytes(count: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: count }, () => random() & 0xff);
}

function hex(count: number, random: Random): string {
  return Buffer.from(bytes(count, random)).toString('hex');
}

/** The hash of the same picture after a little work on it: up to 16 of its bits differ. */
function flipped(pdq: string, random: Random): string {
  const hash = Buffer.from(pdq, 'hex');
  for (let i = 0; i < 16; i += 1) {
    const bit = random() % 256;
    hash[bit >> 3] = (hash[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  }
  return hash.toString('hex');
}

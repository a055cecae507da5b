import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkpointPath } from '../src/actions/sequence.ts';
import { readConfig } from '../src/config.ts';
import { append, emptyFrontier, frontierRoot } from '../src/log/append.ts';
import { signCheckpoint } from '../src/log/checkpoint.ts';
import { formatEntries } from '../src/log/entry-bundle.ts';
import { leafHash } from '../src/log/hash.ts';
import { type Leaf, leafBytes, leafVersion } from '../src/log/leaf.ts';
import { tilePath, tileWidth } from '../src/log/tile-path.ts';
import { openDatabase } from '../src/open.ts';
import { logFolder, openConsentLog } from '../src/open-log.ts';
import {
  canonicalRecordBytes,
  type Fingerprint,
  type OptOutRecord,
  type SubjectKind,
  uuidv7,
} from '../src/opt-outs/record.ts';
import { subjectOf } from '../src/opt-outs/subject.ts';
import { hostOf, pathOf, type Random, randomFrom } from './web.ts';

/** Whole bundles, so that each is written once. */
const recordsPerBatch = 80 * tileWidth;
const variants = ['full', 'trim', 'left', 'right', 'square'];
/** Hosts that URLs lie on: two for each. */
const urlsPerHost = 2;

export interface Size {
  domains: number;
  prefixes: number;
  urls: number;
  /** Five fingerprints each. */
  works: number;
}

/** What the n-th rule of a kind speaks of, as its creator would write it. */
export type SubjectText = (kind: 'domain' | 'prefix' | 'url' | 'work', n: number, random: Random) => string;

/**
 * Fills the data folder of a service that never ran: that many records in force, each with what opens its leaf, and the
 * signed log that holds them. The same on every run but for keys. Nothing is synced, because nobody minds.
 * @param textOf what the records speak of.
 */
export async function fillRegistry(
  folder: string,
  size: Size,
  textOf: SubjectText = subjectText,
): Promise<void> {
  const config = readConfig({ WITHHOLD_DATA: folder });
  const database = await openDatabase(config);
  const { consentLog, closeLock } = await openConsentLog(config);
  const { client } = database;
  client.pragma('synchronous = OFF');
  const insert = client.prepare(
    `INSERT INTO record_events (rid, version, event, leaf_type, state, commitment, at, seq, salt, canonical)
     VALUES (?, 1, 'confirmed-active', 'reserved', 'active', ?, ?, ?, ?, ?)`,
  );
  const store = storeIn(logFolder(config));
  let frontier = emptyFrontier;
  let entries: Uint8Array[] = [];
  const flush = () => {
    const first = Number(frontier.size);
    const grown = append(frontier, entries.map(leafHash));
    for (const { level, index, width, hashes } of grown.tiles) store(tilePath(level, index, width), hashes);
    for (let from = 0; from < entries.length; from += tileWidth) {
      const some = entries.slice(from, from + tileWidth);
      store(tilePath('entries', BigInt((first + from) / tileWidth), some.length), formatEntries(some));
    }
    frontier = grown.frontier;
    entries = [];
    client.exec('COMMIT; BEGIN');
  };
  client.exec('BEGIN');
  let seq = 0;
  for (const record of recordsOf(size, textOf)) {
    const canonical = canonicalRecordBytes(record);
    const commit = createHash('sha256')
      .update(Buffer.from(record.salt, 'hex'))
      .update(canonical)
      .digest('hex');
    const { rid, updated: at } = record;
    insert.run(rid, commit, at, seq, record.salt, Buffer.from(canonical).toString());
    const leaf: Leaf = { v: leafVersion, type: 'reserved', rid, ver: 1, commit, at };
    entries.push(leafBytes(leaf));
    seq += 1;
    if (entries.length === recordsPerBatch) flush();
  }
  flush();
  client.exec('COMMIT');
  const root = frontierRoot(frontier);
  const checkpoint = { origin: consentLog.origin, size: frontier.size, root, extensions: [] };
  const note = await signCheckpoint(checkpoint, consentLog.signers);
  if (!(await consentLog.lock.replace(null, note))) throw new Error('the log has signed already');
  store(checkpointPath, Buffer.from(note));
  closeLock();
  database.close();
}

function storeIn(folder: string): (path: string, bytes: Uint8Array) => void {
  const made = new Set<string>();
  return (path, bytes) => {
    const target = join(folder, path);
    if (!made.has(dirname(target))) mkdirSync(dirname(target), { recursive: true });
    made.add(dirname(target));
    writeFileSync(target, bytes);
  };
}

/** Rules over an imagined web, in the order of their making: mixed, as they would come. */
function* recordsOf({ domains, prefixes, urls, works }: Size, textOf: SubjectText): Generator<OptOutRecord> {
  const random = randomFrom(6);
  const total = domains + prefixes + urls + works;
  const left = { domain: domains, prefix: prefixes, url: urls, work: works };
  for (let n = 0; n < total; n += 1) {
    let pick = random() % (total - n);
    for (const kind of ['domain', 'prefix', 'url', 'work'] as const) {
      pick -= left[kind];
      if (pick >= 0) continue;
      left[kind] -= 1;
      yield recordOf(kind, textOf(kind, left[kind], random), n, random);
      break;
    }
  }
}

/** The n-th rule of a kind. Domains lie beside the hosts of URLs, a fifth of them above one. */
export function subjectText(kind: 'domain' | 'prefix' | 'url' | 'work', n: number, random: Random): string {
  switch (kind) {
    case 'domain':
      return hostOf(n * 5 + 1)
        .split('.')
        .slice(-2)
        .join('.');
    case 'prefix':
      return `${hostOf(n * 7)}${pathOf(random).replace(/\/[^/]*$/, '')}/${n}`;
    case 'url':
      return `https://${hostOf(Math.floor(n / urlsPerHost))}${pathOf(random).replace('.jpg', `-${n}.jpg`)}`;
    case 'work':
      return hex(32, random);
  }
}

function recordOf(kind: SubjectKind, value: string, n: number, random: Random): OptOutRecord {
  const ms = Date.UTC(2026, 0, 1) + n;
  const at = new Date(ms).toISOString();
  const creator = n % 50;
  return {
    ...subjectOf(kind, value),
    rid: uuidv7(ms, bytes(16, random)),
    usages: {
      'train-ai': 'disallow',
      ...(creator % 2 === 0 ? { 'ai-use': 'disallow', search: 'allow' } : {}),
    },
    except: creator === 7 ? ['Example AI'] : [],
    licence: creator % 4 === 0 ? `https://example.com/licences/${creator}` : null,
    contact: creator % 4 === 1 ? `rights-${creator}@example.com` : null,
    trust: kind === 'work' ? 'email' : 'domain',
    contested: false,
    state: 'active',
    version: 1,
    since: at,
    updated: at,
    publishedAt: null,
    fingerprints: kind === 'work' ? variants.map((variant) => printOf(variant, value, random)) : [],
    salt: hex(32, random),
  };
}

function printOf(variant: string, sha256: string, random: Random): Fingerprint {
  const whole = variant === 'full' ? { descriptor: `01${hex(62, random)}` } : {};
  const file = { sha256, md5: sha256.slice(0, 32), blockhash: hex(32, random) };
  return { variant, pdq: hex(32, random), quality: 60 + (random() % 41), hasher: 'pdq/1', ...file, ...whole };
}

function bytes(count: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: count }, () => random() & 0xff);
}

function hex(count: number, random: Random): string {
  let text = '';
  for (let at = 0; at < count; at += 2) text += (random() & 0xffff).toString(16).padStart(4, '0');
  return text.slice(0, count * 2);
}

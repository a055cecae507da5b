import canonicalize from 'canonicalize';
import type { Preference, Trust, Usage } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import { sha256 } from '../log/hash.ts';
import type { RecordState } from './states.ts';

/** What a record can speak for. */
export const subjectKinds = ['work', 'url', 'prefix', 'domain', 'name'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

export type Usages = Partial<Record<Usage, Preference>>;

/** One fingerprint of a work. A low-information picture has file hashes only. */
export interface Fingerprint {
  /** Which form of the picture this is of: `full`, `trimmed`… */
  variant: string;
  /** PDQ-256 as 64 lower-case hex digits, null for a low-information picture. */
  pdq: string | null;
  /** PDQ quality, 0 to 100; null without `pdq`. */
  quality: number | null;
  /** What computed it, with its version. */
  hasher: string;
  /** SHA-256 of the file, 64 lower-case hex digits; null when only pixels were known. */
  sha256: string | null;
  /** Second, non-binding perceptual hash, 64 lower-case hex digits. */
  blockhash: string | null;
  /** MD5 of the file, 32 lower-case hex digits, where it is known: some datasets name files by nothing else. */
  md5?: string | null;
  /** Second descriptor of the work, 126 lower-case hex digits, on its variant `full`. */
  descriptor?: string;
}

/** One subject of one opt-out: the unit of the log, the feed, the snapshots and the answers. */
export interface OptOutRecord {
  /** UUIDv7. */
  rid: string;
  kind: SubjectKind;
  /** SURT, SHA-256 of the file, or name form, as `keySpec` says. */
  key: string;
  keySpec: string;
  usages: Usages;
  /** Operators who may, in spite of a refusal. */
  except: readonly string[];
  /** URL of terms. */
  licence: string | null;
  /** Published on purpose. */
  contact: string | null;
  trust: Trust;
  contested: boolean;
  state: RecordState;
  /** 1 for the first version, one more with every event. */
  version: number;
  /** RFC 3339 UTC with milliseconds, when it first came into force; null before. */
  since: string | null;
  /** RFC 3339 UTC with milliseconds. */
  updated: string;
  publishedAt: { url: string; at: string } | null;
  /** Empty unless `kind` is `work`. */
  fingerprints: readonly Fingerprint[];
  /** 32 bytes as lower-case hex. */
  salt: string;
  /** Set while a challenger with published-at proof contests it: an `email`-only work then no longer decides. */
  challengedByPublishedAt?: boolean;
}

export const saltBytes = 32;

function byteOrder(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a record column holds what JSON cannot');
  return text;
}

/** The columns of one fingerprint in the consumer contract; `md5` and `descriptor` only where there is one. */
function fingerprintColumns(print: Fingerprint): Record<string, string | number | null> {
  const { pdq, quality, variant, hasher, sha256, blockhash, md5, descriptor } = print;
  return {
    pdq,
    quality,
    variant,
    hasher,
    sha256,
    blockhash,
    ...(md5 === undefined || md5 === null ? {} : { md5 }),
    ...(descriptor === undefined ? {} : { descriptor }),
  };
}

/**
 * The bytes a commitment is made over: canonical JSON (RFC 8785) of the columns every consumer receives (DESIGN §5),
 * so that a consumer can make them again. `seq` and `at` are given by the log afterwards and stand in the leaf, the
 * salt goes beside the bytes, and nothing else about a record or its claimant is in them. Sets are sorted.
 */
export function canonicalRecordBytes(record: OptOutRecord): Uint8Array<ArrayBuffer> {
  const prints = record.fingerprints.map(fingerprintColumns);
  const text = canonicalText({
    rid: record.rid,
    ver: record.version,
    state: record.state,
    since: record.since,
    updated: record.updated,
    kind: record.kind,
    key: record.key,
    keySpec: record.keySpec,
    usages: record.usages,
    except: [...new Set(record.except)].sort(byteOrder),
    licence: record.licence,
    contact: record.contact,
    trust: record.trust,
    contested: record.contested,
    publishedAt: record.publishedAt && { url: record.publishedAt.url, at: record.publishedAt.at },
    fingerprints: prints.sort((a, b) => byteOrder(canonicalText(a), canonicalText(b))),
  });
  return new TextEncoder().encode(text);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * What the log holds of a record version: SHA-256(salt ‖ bytes).
 *
 * @param salt 32 bytes as lower-case hex.
 * @returns 64 lower-case hex digits.
 * @throws AppError `invalid` for a salt of another form.
 */
export async function commitment(salt: string, bytes: Uint8Array): Promise<string> {
  if (salt.length !== 2 * saltBytes || !/^[0-9a-f]*$/.test(salt)) {
    throw new AppError('invalid', 'This is not a salt.', {
      fix: `Give ${saltBytes} bytes as lower-case hex.`,
    });
  }
  const message = new Uint8Array(saltBytes + bytes.length);
  for (let at = 0; at < saltBytes; at += 1) message[at] = Number.parseInt(salt.slice(2 * at, 2 * at + 2), 16);
  message.set(bytes, saltBytes);
  return hex(sha256(message));
}

/**
 * A UUID of version 7 (RFC 9562 §5.7): 48 bits of time, then 74 random bits.
 *
 * @param nowMs milliseconds since 1970, below 2⁴⁸.
 * @param random16 16 random bytes; the first six give way to the time.
 */
export function uuidv7(nowMs: number, random16: Uint8Array): string {
  if (!Number.isInteger(nowMs) || nowMs < 0 || nowMs >= 2 ** 48) throw new RangeError('time outside 48 bits');
  if (random16.length !== 16) throw new RangeError('a UUID takes 16 random bytes');
  const bytes = Uint8Array.from(random16);
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(nowMs / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const digits = hex(bytes);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

import canonicalize from 'canonicalize';
import { AppError } from '../errors.ts';
import type { RecordLeafType } from '../opt-outs/states.ts';
import { fromHex, fromUtf8, toUtf8 } from './encoding.ts';
import { entryBytesMax } from './entry-bundle.ts';
import { hashBytes } from './hash.ts';
import { hasFields, isObject, isTime, type JsonObject } from './json-text.ts';
import { parseVerifierKey } from './note-key.ts';

/** The version of the form of our leaves. */
export const leafVersion = 1;

export const recordLeafTypes = [
  'reserved',
  'changed',
  'withdrawn',
  'erased',
  'suspended',
  'contested',
  'resolved',
] as const satisfies readonly RecordLeafType[];

/** What the log holds of a record version: a commitment, and nothing that says whose it is. */
export interface RecordLeaf {
  v: typeof leafVersion;
  type: RecordLeafType;
  /** UUIDv7 of the record. */
  rid: string;
  /** Version of the record, from 1. */
  ver: number;
  /** SHA-256(salt ‖ canonical record), 64 lower-case hex digits. */
  commit: string;
  /** RFC 3339 UTC with milliseconds. */
  at: string;
}

/** A snapshot that was published. */
export interface SnapshotLeaf {
  v: typeof leafVersion;
  type: 'snapshot';
  /** SHA-256 of the snapshot's manifest, 64 lower-case hex digits. */
  digest: string;
  at: string;
}

/** A key that signs from now on. */
export interface KeyLeaf {
  v: typeof leafVersion;
  type: 'key';
  /** Its verifier key. */
  key: string;
  at: string;
}

export type Leaf = RecordLeaf | SnapshotLeaf | KeyLeaf;

const ridPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function isDigest(value: unknown): value is string {
  return typeof value === 'string' && fromHex(value, hashBytes) !== null;
}

function isVerifierKey(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    return parseVerifierKey(value).vkey === value;
  } catch {
    return false;
  }
}

function isRecordLeaf(leaf: JsonObject): boolean {
  return (
    hasFields(leaf, ['v', 'type', 'rid', 'ver', 'commit', 'at']) &&
    typeof leaf.rid === 'string' &&
    ridPattern.test(leaf.rid) &&
    Number.isSafeInteger(leaf.ver) &&
    Number(leaf.ver) >= 1 &&
    isDigest(leaf.commit)
  );
}

function isLeaf(value: unknown): value is Leaf {
  if (!isObject(value) || value.v !== leafVersion || !isTime(value.at)) return false;
  switch (value.type) {
    case 'snapshot':
      return hasFields(value, ['v', 'type', 'digest', 'at']) && isDigest(value.digest);
    case 'key':
      return hasFields(value, ['v', 'type', 'key', 'at']) && isVerifierKey(value.key);
    default:
      return recordLeafTypes.some((type) => type === value.type) && isRecordLeaf(value);
  }
}

/**
 * A leaf from parsed JSON.
 *
 * @throws AppError `invalid` for unknown or missing fields, and values that no leaf of ours has.
 */
export function requireLeaf(value: unknown): Leaf {
  if (isLeaf(value)) return value;
  throw new AppError('invalid', 'This is not a leaf of a consent log.');
}

/** Whether a leaf is about a record. */
export function isAboutRecord(leaf: Leaf): leaf is RecordLeaf {
  return leaf.type !== 'snapshot' && leaf.type !== 'key';
}

/**
 * The bytes of a leaf, as they are hashed and stored: canonical JSON (RFC 8785).
 *
 * @throws AppError `invalid` for a leaf that `parseLeaf` would refuse.
 */
export function leafBytes(leaf: Leaf): Uint8Array<ArrayBuffer> {
  const bytes = toUtf8(canonicalize(requireLeaf(leaf)) ?? '');
  if (bytes.length <= entryBytesMax) return bytes;
  throw new AppError('too-large', `A leaf has at most ${entryBytesMax} bytes.`);
}

/**
 * Reads the bytes of a leaf. Whoever holds them, they have one reading: other order, spacing, escapes, a field twice
 * or unknown are refused.
 *
 * @throws AppError `invalid` for anything else, `too-large` above `entryBytesMax`.
 */
export function parseLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > entryBytesMax) {
    throw new AppError('too-large', `A leaf has at most ${entryBytesMax} bytes.`);
  }
  const text = fromUtf8(bytes);
  const leaf = requireLeaf(parsedOrNull(text ?? ''));
  if (canonicalize(leaf) === text) return leaf;
  throw new AppError('invalid', 'This leaf is not in canonical form.');
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

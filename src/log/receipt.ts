import { type Trust, trustLevels } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import { commitment, type SubjectKind, subjectKinds } from '../opt-outs/record.ts';
import type { RecordLeafType } from '../opt-outs/states.ts';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { toHex } from './encoding.ts';
import { leafHash } from './hash.ts';
import { isObject, isTime, type JsonObject } from './json-text.ts';
import { leafBytes } from './leaf.ts';
import type { LogPolicy } from './log-policy.ts';
import { verifyInclusion } from './merkle.ts';
import {
  type Opening,
  parseReceipt,
  type ReceiptEntry,
  type ReceiptFile,
  recordBytes,
} from './receipt-file.ts';

/** The state of a log that something is proven against. */
export interface ProvenLog {
  origin: string;
  size: bigint;
  /** 64 lower-case hex digits. */
  root: string;
  /** The signed checkpoint, verbatim. */
  checkpoint: string;
  /** Verifier keys, known from the policy, that signed it. */
  signedBy: string[];
}

/** What a receipt proves of one record: that the log held this version, made public as it stands here. */
export interface ProvenRecord {
  rid: string;
  ver: number;
  type: RecordLeafType;
  /** When the log says this version was made, RFC 3339 UTC. */
  at: string;
  index: bigint;
  state: string;
  /** Since when it was in force, RFC 3339 UTC; null before. */
  since: string | null;
  subject: { kind: SubjectKind; key: string; keySpec: string };
  usages: Readonly<Record<string, 'allow' | 'disallow'>>;
  trust: Trust;
  contested: boolean;
  /** Every column of the record. */
  record: JsonObject;
}

/**
 * What kind of step failed: the file cannot be read; its checkpoint is not one of a log of the policy; the log does
 * not hold the leaf; the record is not what the leaf commits to; the record is not one of ours; a check receipt does
 * not say what was signed.
 */
export type FailureCode = 'format' | 'log' | 'inclusion' | 'commitment' | 'record' | 'signature' | 'digest';

export interface ReceiptFailure {
  code: FailureCode;
  message: string;
  /** Which record of the file, from 0; null when it concerns all. */
  position: number | null;
}

export interface ReceiptVerdict {
  /** Whether everything the file holds is proven. */
  ok: boolean;
  log: ProvenLog | null;
  /** Only records that are proven. */
  records: ProvenRecord[];
  failures: ReceiptFailure[];
}

/** What went wrong in a step, from what it threw. Anything but an AppError is a fault of ours and is thrown on. */
export function failureOf(error: unknown, code: FailureCode, position: number | null = null): ReceiptFailure {
  if (error instanceof AppError) return { code, message: error.message, position };
  throw error;
}

export function provenLog(checkpoint: OpenedCheckpoint): ProvenLog {
  return {
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: toHex(checkpoint.root),
    checkpoint: checkpoint.note,
    signedBy: checkpoint.signedBy.map(({ vkey }) => vkey),
  };
}

/**
 * Holds a receipt, or an archive of receipts, to the logs one believes. Works offline.
 *
 * @param text the file as it was received.
 * @returns what is proven, and what failed; a failure in one record of an archive leaves the others proven.
 */
export async function verifyReceipt(text: string, policy: Pick<LogPolicy, 'logs'>): Promise<ReceiptVerdict> {
  const verdict: ReceiptVerdict = { ok: false, log: null, records: [], failures: [] };
  let file: ReceiptFile;
  try {
    file = parseReceipt(text);
  } catch (error) {
    return { ...verdict, failures: [failureOf(error, 'format')] };
  }
  let checkpoint: OpenedCheckpoint;
  try {
    checkpoint = await openCheckpoint(
      file.checkpoint,
      policy.logs.map(({ key }) => key),
    );
  } catch (error) {
    return { ...verdict, failures: [failureOf(error, 'log')] };
  }
  for (const [position, entry] of file.entries.entries()) {
    const result = await verifyEntry(entry, checkpoint, position);
    if ('code' in result) verdict.failures.push(result);
    else verdict.records.push(result);
  }
  return { ...verdict, ok: verdict.failures.length === 0, log: provenLog(checkpoint) };
}

async function verifyEntry(
  entry: ReceiptEntry,
  checkpoint: OpenedCheckpoint,
  position: number,
): Promise<ProvenRecord | ReceiptFailure> {
  try {
    const hash = leafHash(leafBytes(entry.leaf));
    const { index, hashes } = entry;
    verifyInclusion({
      index,
      size: checkpoint.size,
      leafHash: hash,
      proof: hashes,
      root: checkpoint.root,
    });
  } catch (error) {
    return failureOf(error, 'inclusion', position);
  }
  try {
    await requireOpening(entry);
  } catch (error) {
    return failureOf(error, 'commitment', position);
  }
  try {
    return provenRecord(entry);
  } catch (error) {
    return failureOf(error, 'record', position);
  }
}

/**
 * Holds a record to the leaf that commits to it. Whoever follows the feed does this for every record.
 *
 * @throws AppError `invalid` when salt and record do not open the commitment.
 */
export async function requireOpening(opening: Opening): Promise<void> {
  if ((await commitment(opening.salt, recordBytes(opening))) === opening.leaf.commit) return;
  throw new AppError('invalid', 'The record is not the one the log committed to.');
}

function provenRecord({ leaf, index, record: text }: ReceiptEntry): ProvenRecord {
  const record: JsonObject = JSON.parse(text);
  if (record.rid !== leaf.rid || record.ver !== leaf.ver) {
    throw new AppError('invalid', 'The record is of another id or version than its leaf.');
  }
  const { kind, key, keySpec, state, since, trust, contested, usages } = record;
  const isRecord =
    isOneOf(subjectKinds, kind) &&
    typeof key === 'string' &&
    typeof keySpec === 'string' &&
    typeof state === 'string' &&
    (since === null || isTime(since)) &&
    isOneOf(trustLevels, trust) &&
    typeof contested === 'boolean' &&
    isUsages(usages);
  if (!isRecord) throw new AppError('invalid', 'The columns of the record are not ones we know.');
  const { type, rid, ver, at } = leaf;
  const subject = { kind, key, keySpec };
  return { rid, ver, type, at, index, state, since, subject, usages, trust, contested, record };
}

function isOneOf<T extends string>(words: readonly T[], value: unknown): value is T {
  return words.some((word) => word === value);
}

function isUsages(value: unknown): value is Record<string, 'allow' | 'disallow'> {
  return isObject(value) && Object.values(value).every((said) => isOneOf(['allow', 'disallow'], said));
}

import { AppError } from '../errors.ts';
import { fromDecimal, toBase64, toUtf8 } from './encoding.ts';
import {
  canonicalText,
  fromLines,
  hasFields,
  isObject,
  type JsonObject,
  parseJsonFile,
  plainText,
  toLines,
} from './json-text.ts';
import { isAboutRecord, type RecordLeaf, requireLeaf } from './leaf.ts';
import { formatProof, parseHashes, parseProof, type TlogProof } from './proof.ts';

/** A receipt for one version of one record. */
export const receiptFormat = 'withhold-receipt/1';
/** An archive of several that share a checkpoint. */
export const receiptArchiveFormat = 'withhold-receipts/1';

/** Longest receipt or archive read. */
export const receiptCharsMax = 128 * 1024 * 1024;
/** Most records in an archive. */
export const archiveRecordsMax = 50_000;

/** What opens a commitment: the leaf, the salt and the record it was made over. */
export interface Opening {
  leaf: RecordLeaf;
  /** 32 bytes as lower-case hex. */
  salt: string;
  /** The canonical record (RFC 8785), as text. */
  record: string;
}

/** An opened record with its place in the tree of a checkpoint. */
export interface ReceiptEntry extends Opening {
  index: bigint;
  /** Inclusion proof from the leaf's sibling up. */
  hashes: readonly Uint8Array[];
}

/** What a receipt or an archive holds. Nothing in it may be believed before `verifyReceipt`. */
export interface ReceiptFile {
  format: typeof receiptFormat | typeof receiptArchiveFormat;
  /** The signed checkpoint, verbatim. */
  checkpoint: string;
  entries: readonly ReceiptEntry[];
}

function refuse(message: string): never {
  throw new AppError('invalid', message, { fix: 'Give the receipt as it was received.' });
}

function formatJson(value: JsonObject): string {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (text.length <= receiptCharsMax) return text;
  throw new AppError('too-large', `A receipt has at most ${receiptCharsMax} characters.`, {
    fix: 'Make several archives with fewer records each.',
  });
}

function formatOpening({ leaf, salt, record }: Opening): JsonObject {
  const { v, type, rid, ver, commit, at } = leaf;
  return { record: JSON.parse(record), leaf: { v, type, rid, ver, commit, at }, salt };
}

/**
 * Writes the receipt of one record version: JSON in which `proof` is a C2SP tlog-proof, line by line, `record` the
 * opened record, and `salt` what commits to it in `leaf`.
 *
 * @throws AppError `invalid` when the record is not JSON or the proof carries extra data.
 */
export function formatReceipt(proof: TlogProof, opening: Opening): string {
  if (proof.extra !== null) refuse('The proof of a receipt has no extra data.');
  const text = formatProof(proof);
  return formatJson({ format: receiptFormat, ...formatOpening(checked(opening)), proof: toLines(text) });
}

/**
 * Writes an archive of receipts: the checkpoint once, then every record with its index and hashes.
 *
 * @throws AppError `too-many-items` above `archiveRecordsMax`, `too-large` above `receiptCharsMax`, `invalid` when a
 * record is not JSON.
 */
export function formatReceiptArchive(checkpoint: string, entries: readonly ReceiptEntry[]): string {
  if (entries.length > archiveRecordsMax) {
    throw new AppError('too-many-items', `An archive has at most ${archiveRecordsMax} records.`);
  }
  const records = entries.map((entry) => ({
    ...formatOpening(checked(entry)),
    index: entry.index.toString(),
    hashes: entry.hashes.map(toBase64),
  }));
  return formatJson({ format: receiptArchiveFormat, records, checkpoint: toLines(checkpoint) });
}

function checked<T extends Opening>(opening: T): T {
  if (canonicalText(recordOf(opening.record)) === opening.record) return opening;
  return refuse('The record is not in canonical form.');
}

function recordOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('The record is not JSON.');
  }
}

/**
 * Takes a receipt or an archive apart.
 *
 * @throws AppError `invalid` for a text that we would not have written just so (line ends, a byte order mark and white
 * space at the end aside), `too-large` above `receiptCharsMax`.
 */
export function parseReceipt(text: string): ReceiptFile {
  const value = parseJsonFile(text, receiptCharsMax);
  const file = value.format === receiptArchiveFormat ? parseArchive(value) : parseSingle(value);
  // One receipt has one text: no field twice, none hidden, none moved.
  if (formatFile(file) !== plainText(text)) refuse('This receipt was changed after it was written.');
  return file;
}

function formatFile({ format, checkpoint, entries }: ReceiptFile): string {
  const [first] = entries;
  if (format === receiptArchiveFormat || first === undefined)
    return formatReceiptArchive(checkpoint, entries);
  return formatReceipt(
    { extra: null, index: first.index, hashes: [...first.hashes], checkpoint },
    { leaf: first.leaf, salt: first.salt, record: first.record },
  );
}

function parseSingle(value: JsonObject): ReceiptFile {
  if (value.format !== receiptFormat || !hasFields(value, ['format', 'record', 'leaf', 'salt', 'proof'])) {
    refuse('This is not a receipt.');
  }
  const text = fromLines(value.proof);
  if (text === null) refuse('The proof of the receipt is not a list of lines.');
  const { index, hashes, checkpoint } = parseProof(text);
  return { format: receiptFormat, checkpoint, entries: [{ ...parseOpening(value), index, hashes }] };
}

function parseArchive(value: JsonObject): ReceiptFile {
  const checkpoint = fromLines(value.checkpoint);
  const { records } = value;
  if (!hasFields(value, ['format', 'records', 'checkpoint']) || checkpoint === null) {
    refuse('This is not an archive of receipts.');
  }
  if (!Array.isArray(records) || records.length === 0 || records.length > archiveRecordsMax) {
    refuse(`An archive has from 1 to ${archiveRecordsMax} records.`);
  }
  return { format: receiptArchiveFormat, checkpoint, entries: records.map(parseEntry) };
}

function parseEntry(value: unknown): ReceiptEntry {
  if (!isObject(value) || !hasFields(value, ['record', 'leaf', 'salt', 'index', 'hashes'])) {
    refuse('A record of the archive is incomplete.');
  }
  const index = typeof value.index === 'string' ? fromDecimal(value.index) : null;
  const { hashes } = value;
  if (index === null) refuse('A record of the archive has no index.');
  if (!Array.isArray(hashes) || !hashes.every((hash) => typeof hash === 'string')) {
    refuse('A record of the archive has no proof.');
  }
  return { ...parseOpening(value), index, hashes: parseHashes(hashes) };
}

function parseOpening({ record, leaf, salt }: JsonObject): Opening {
  const read = requireLeaf(leaf);
  if (!isAboutRecord(read)) refuse('The leaf of the receipt is not about a record.');
  if (!isObject(record)) refuse('The receipt holds no record.');
  if (typeof salt !== 'string') refuse('The receipt holds no salt.');
  return { leaf: read, salt, record: canonicalText(record) };
}

/** The bytes a commitment is made over. */
export function recordBytes({ record }: Opening): Uint8Array<ArrayBuffer> {
  return toUtf8(record);
}

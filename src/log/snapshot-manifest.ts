import { AppError } from '../errors.ts';
import { checkKeyName } from './check-receipt.ts';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { fromHex, toHex, toUtf8 } from './encoding.ts';
import { hashBytes, sha256 } from './hash.ts';
import {
  canonicalText,
  fromLines,
  hasFields,
  isObject,
  isTime,
  type JsonObject,
  parseJsonFile,
  plainText,
  toLines,
} from './json-text.ts';
import type { LogPolicy } from './log-policy.ts';
import { openNote, signNote } from './note.ts';
import type { NoteSigner } from './note-key.ts';

export const snapshotFormat = 'withhold-snapshot/1';
/** Name of the manifest in the folder of its snapshot. */
export const manifestName = 'manifest.json';
/** Longest manifest read. */
export const manifestCharsMax = 1024 * 1024;
/** Most files of one snapshot. */
export const snapshotFilesMax = 1_000;
/** How long a snapshot may be used: what was erased since must have left every copy by then (DESIGN §10). */
export const snapshotLifeMs = 31 * 86_400_000;

/** One file of a snapshot. */
export interface SnapshotFile {
  /** Without a folder: lower-case letters, digits, dots, hyphens. */
  name: string;
  bytes: number;
  /** 64 lower-case hex digits. */
  sha256: string;
  /** Rows of a Parquet file, null for the others. */
  rows: number | null;
}

/** What a snapshot is of and made of. */
export interface SnapshotContent {
  /** The records in force at this size of the log. */
  size: number;
  /** When it was made, RFC 3339 UTC with milliseconds. */
  at: string;
  /** Not to be used after this, RFC 3339 UTC with milliseconds. */
  notAfter: string;
  /** By which rules the keys of each kind of subject were made: `urlkey/1`, `name/1`, `sha256`. */
  keySpecs: Readonly<Record<string, string>>;
  /** What computed the fingerprints and descriptors that are in it. */
  hashers: readonly string[];
  /** Records of each kind, and fingerprints. */
  counts: Readonly<Record<string, number>>;
  files: readonly SnapshotFile[];
}

/** A manifest that was held to the keys one believes. */
export interface VerifiedManifest {
  content: SnapshotContent;
  /** The state of the log it is of. */
  checkpoint: OpenedCheckpoint;
  /** SHA-256 of the manifest's bytes, as the log's `snapshot` leaf has it: 64 lower-case hex digits. */
  digest: string;
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}

/** The text that is signed: everything else in the manifest is held to it by one digest. */
function statementText(content: SnapshotContent, checkpoint: OpenedCheckpoint): string {
  const { origin, size, root } = checkpoint;
  const lines = [
    snapshotFormat,
    `origin ${origin}`,
    `size ${size}`,
    `root ${toHex(root)}`,
    `at ${content.at}`,
    `notAfter ${content.notAfter}`,
    `content sha256:${toHex(sha256(toUtf8(canonicalText(content))))}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Makes the manifest of a snapshot.
 *
 * @param checkpoint the signed checkpoint the snapshot is of.
 * @param logs the log's own keys.
 * @param signer the key named `checkKeyName(origin)`, which vouches for what the log itself cannot say.
 * @returns the text of `manifest.json`; its bytes are what the `snapshot` leaf has the digest of.
 * @throws AppError `invalid` for content that `verifyManifest` would refuse.
 */
export async function makeManifest(
  content: SnapshotContent,
  checkpoint: string,
  { logs }: Pick<LogPolicy, 'logs'>,
  signer: NoteSigner,
): Promise<string> {
  const opened = await openCheckpoint(
    checkpoint,
    logs.map(({ key }) => key),
  );
  const statement = await signNote(statementText(content, opened), [signer]);
  const text = formatManifest({ content, checkpoint, statement });
  await verifyManifest(text, { logs: [...logs], checkKeys: [signer.key] });
  return text;
}

interface ManifestFile {
  content: SnapshotContent;
  checkpoint: string;
  statement: string;
}

function formatManifest({ content, checkpoint, statement }: ManifestFile): string {
  const plain: JsonObject = JSON.parse(canonicalText(content));
  const file = {
    format: snapshotFormat,
    ...plain,
    statement: toLines(statement),
    checkpoint: toLines(checkpoint),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const contentFields = ['size', 'at', 'notAfter', 'keySpecs', 'hashers', 'counts', 'files'];

function parseManifest(text: string): ManifestFile {
  const value = parseJsonFile(text, manifestCharsMax);
  const { format, statement: signed, checkpoint: note, ...rest } = value;
  if (format !== snapshotFormat || !hasFields(rest, contentFields))
    refuse('This is not a snapshot manifest.');
  const statement = fromLines(signed);
  const checkpoint = fromLines(note);
  if (statement === null || checkpoint === null) refuse('The manifest is not signed.');
  const file = { content: requireContent(rest), checkpoint, statement };
  if (formatManifest(file) !== plainText(text)) refuse('This manifest was changed after it was written.');
  return file;
}

function requireContent(value: JsonObject): SnapshotContent {
  const { size, at, notAfter, keySpecs, hashers, counts, files } = value;
  if (!isCount(size) || !isTime(at) || !isTime(notAfter)) refuse('The manifest has no size or time.');
  if (!isObject(keySpecs) || !Object.values(keySpecs).every((each) => typeof each === 'string')) {
    refuse('The manifest does not say how its keys were made.');
  }
  if (!Array.isArray(hashers) || !hashers.every((each) => typeof each === 'string')) {
    refuse('The manifest does not say what made its fingerprints.');
  }
  if (!isObject(counts) || !Object.values(counts).every(isCount)) refuse('The manifest has no counts.');
  if (!Array.isArray(files) || files.length > snapshotFilesMax || !files.every(isFile)) {
    refuse('The manifest names files that no snapshot has.');
  }
  if (new Set(files.map(({ name }) => name)).size < files.length) refuse('The manifest names a file twice.');
  return {
    ...{ size, at, notAfter, hashers, files },
    keySpecs: keySpecs as SnapshotContent['keySpecs'],
    counts: counts as SnapshotContent['counts'],
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function isFile(value: unknown): value is SnapshotFile {
  if (!isObject(value) || !hasFields(value, ['name', 'bytes', 'sha256', 'rows'])) return false;
  const { name, bytes, sha256: digest, rows } = value;
  return (
    typeof name === 'string' &&
    // The name becomes a path on the machine of whoever pulls it.
    /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9]+)+$/.test(name) &&
    name.length <= 100 &&
    name !== manifestName &&
    isCount(bytes) &&
    typeof digest === 'string' &&
    fromHex(digest, hashBytes) !== null &&
    (rows === null || isCount(rows))
  );
}

/**
 * Holds a manifest to the log and the keys one believes. That the log also has its digest as a leaf is for the caller
 * to see, who needs the log for that.
 *
 * @param text the file as it was received.
 * @throws AppError `invalid` for anything that is not a manifest signed so, `too-large` above `manifestCharsMax`.
 */
export async function verifyManifest(text: string, policy: LogPolicy): Promise<VerifiedManifest> {
  const { content, checkpoint: note, statement } = parseManifest(text);
  const checkpoint = await openCheckpoint(
    note,
    policy.logs.map(({ key }) => key),
  );
  const name = checkKeyName(checkpoint.origin);
  const opened = await openNote(
    statement,
    policy.checkKeys.filter((key) => key.name === name),
  );
  if (BigInt(content.size) !== checkpoint.size || opened.text !== statementText(content, checkpoint)) {
    refuse('The manifest is not what was signed.');
  }
  return { content, checkpoint, digest: toHex(sha256(toUtf8(text))) };
}

import { AppError } from '../errors.ts';
import { fromBase64, fromDecimal, sameBytes, toBase64 } from './encoding.ts';
import { emptyRoot, hashBytes } from './hash.ts';
import { type OpenedNote, openNote, signNote } from './note.ts';
import type { NoteKey, NoteSigner } from './note-key.ts';

/** What a log says of itself at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** The name of the log: `registry.example/log`. */
  origin: string;
  size: bigint;
  /** Merkle root at that size, 32 bytes. */
  root: Uint8Array;
  /** Lines behind the root, opaque to us; we write none. */
  extensions: string[];
}

export interface OpenedCheckpoint extends Checkpoint {
  /** The signed note as it was read. */
  note: string;
  /** The known keys that signed it. */
  signedBy: OpenedNote['signedBy'];
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}

/**
 * Reads the text of a checkpoint, without its signatures.
 *
 * @throws AppError `invalid` for any other text.
 */
export function parseCheckpointText(text: string): Checkpoint {
  const lines = text.split('\n');
  if (lines.pop() !== '') refuse('The checkpoint does not end in a newline.');
  const [origin, sizeLine, rootLine, ...extensions] = lines;
  if (origin === undefined || sizeLine === undefined || rootLine === undefined) {
    refuse('The checkpoint has fewer than three lines.');
  }
  if (origin === '' || extensions.includes('')) refuse('The checkpoint has an empty line.');
  const size = fromDecimal(sizeLine);
  if (size === null) refuse('The size in the checkpoint is not a number of leaves.');
  const root = fromBase64(rootLine);
  if (root?.length !== hashBytes) refuse('The root in the checkpoint is not a SHA-256 hash in base 64.');
  if (size === 0n && !sameBytes(root, emptyRoot())) refuse('An empty log has another root.');
  return { origin, size, root, extensions };
}

/** The text that is signed. @throws AppError `invalid` for an origin, root or extension that cannot be written. */
export function formatCheckpointText(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  const text = [origin, size.toString(), toBase64(root), ...extensions, ''].join('\n');
  const read = parseCheckpointText(text);
  if (read.origin !== origin || read.extensions.length !== extensions.length) {
    refuse('A line of the checkpoint holds a newline.');
  }
  return text;
}

/**
 * A signed checkpoint, by one key or by several while they overlap.
 *
 * @throws AppError `invalid` for a checkpoint that cannot be written, or without a signer named like the origin.
 */
export async function signCheckpoint(
  checkpoint: Checkpoint,
  signers: readonly NoteSigner[],
): Promise<string> {
  if (!signers.some(({ key }) => key.name === checkpoint.origin)) {
    refuse('A checkpoint is signed by a key named like its origin.');
  }
  return signNote(formatCheckpointText(checkpoint), signers);
}

/**
 * Holds a checkpoint to the log's keys: only keys named like the origin count, since one key must not speak for two
 * logs.
 *
 * @param origin when given, the only one accepted.
 * @throws AppError `invalid` when it is not signed so, is of another log, or is no checkpoint.
 */
export async function openCheckpoint(
  note: string | Uint8Array,
  keys: readonly NoteKey[],
  origin?: string,
): Promise<OpenedCheckpoint> {
  const opened = await openNote(note, keys);
  const checkpoint = parseCheckpointText(opened.text);
  if (origin !== undefined && checkpoint.origin !== origin) {
    refuse(`The checkpoint is of the log ${checkpoint.origin}, not of ${origin}.`);
  }
  const [first, ...others] = opened.signedBy.filter((key) => key.name === checkpoint.origin);
  if (first === undefined) refuse(`No known key of the log ${checkpoint.origin} has signed the checkpoint.`);
  const text = typeof note === 'string' ? note : new TextDecoder('utf-8', { ignoreBOM: true }).decode(note);
  return { ...checkpoint, note: text, signedBy: [first, ...others] };
}

import { AppError } from '../errors.ts';
import { fromBase64, fromUtf8, toBase64, toHex, toUtf8 } from './encoding.ts';
import { isKeyName, isSignedBy, type NoteKey, type NoteSigner } from './note-key.ts';

/** Longest note; sixteen post-quantum signatures of about 5 kB leave room for a text of 150 kB. */
export const noteBytesMax = 262_144;
/** Most signatures a note may carry; the standard asks for at least 16. */
export const noteSignaturesMax = 64;

const keyIdBytes = 4;

export interface NoteSignature {
  /** Name and id (8 hex digits) of the key that is said to have signed. */
  name: string;
  id: string;
  signature: Uint8Array<ArrayBuffer>;
}

/** A note taken apart. Nothing in it may be believed before `openNote` has held it to known keys. */
export interface Note {
  /** With its final newline, without the empty line that follows. */
  text: string;
  signatures: NoteSignature[];
}

export interface OpenedNote extends Note {
  /** The known keys that signed, in the order of their first signatures; at least one. */
  signedBy: [NoteKey, ...NoteKey[]];
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}

/**
 * Takes a signed note apart (C2SP signed-note).
 *
 * @param note as text, or as the bytes of a file.
 * @throws AppError `invalid` for anything that is not a note, `too-large` above `noteBytesMax`.
 */
export function parseNote(note: string | Uint8Array): Note {
  const whole = noteText(note);
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) refuse('The note has no empty line between its text and its signatures.');
  const lines = whole.slice(split + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0) refuse('The note does not end in signature lines.');
  if (lines.length > noteSignaturesMax) refuse(`The note has more than ${noteSignaturesMax} signatures.`);
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

function noteText(note: string | Uint8Array): string {
  if (note.length > noteBytesMax) {
    throw new AppError('too-large', `A note has at most ${noteBytesMax} bytes.`);
  }
  const whole = typeof note === 'string' ? note : fromUtf8(note);
  if (whole === null || !whole.isWellFormed()) refuse('The note is not valid UTF-8.');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the standard names exactly these.
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) refuse('The note has a control character.');
  return whole;
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, coded, ...rest] = line.split(' ');
  if (dash !== '—' || name === undefined || coded === undefined || rest.length > 0 || !isKeyName(name)) {
    refuse('A signature line of the note is not “— name signature”.');
  }
  const bytes = fromBase64(coded);
  if (bytes === null || bytes.length <= keyIdBytes) refuse('A signature of the note is not base 64.');
  return { name, id: toHex(bytes.subarray(0, keyIdBytes)), signature: bytes.slice(keyIdBytes) };
}

/**
 * Holds a note to the keys one knows. Signatures of unknown keys are ignored, which lets keys be rotated and
 * witnesses sign; one failing signature of a known key refuses the note.
 *
 * @throws AppError `invalid` when a known key's signature fails or none is there, and as `parseNote` does.
 */
export async function openNote(note: string | Uint8Array, keys: readonly NoteKey[]): Promise<OpenedNote> {
  const parsed = parseNote(note);
  const signedBy: NoteKey[] = [];
  for (const { name, id, signature } of parsed.signatures) {
    const key = knownKey(keys, name, id);
    if (key === undefined) continue;
    if (!(await isSignedBy(key, parsed.text, signature))) refuse(`The signature of ${name}+${id} is false.`);
    if (!signedBy.includes(key)) signedBy.push(key);
  }
  const [first, ...others] = signedBy;
  if (first === undefined) refuse('No key that is known here has signed the note.');
  return { ...parsed, signedBy: [first, ...others] };
}

function knownKey(keys: readonly NoteKey[], name: string, id: string): NoteKey | undefined {
  const [key, other] = keys.filter((known) => known.name === name && known.id === id);
  if (other !== undefined && other.vkey !== key?.vkey) refuse(`Two known keys are both ${name}+${id}.`);
  return key;
}

/**
 * Signs a text with one key, or with several while they overlap.
 *
 * @param text ends in a newline, holds no other control character.
 * @throws AppError `invalid` for a text that cannot be a note's.
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (!text.endsWith('\n')) refuse('The text of a note ends in a newline.');
  const lines = await Promise.all(signers.map(async ({ key, sign }) => signatureLine(key, await sign(text))));
  const note = `${text}\n${lines.join('')}`;
  if (parseNote(note).text !== text) refuse('This text cannot be told from its signatures.');
  if (toUtf8(note).length > noteBytesMax) {
    throw new AppError('too-large', `A note has at most ${noteBytesMax} bytes.`);
  }
  return note;
}

function signatureLine(key: NoteKey, signature: Uint8Array): string {
  const bytes = new Uint8Array(keyIdBytes + signature.length);
  for (let at = 0; at < keyIdBytes; at += 1) {
    bytes[at] = Number.parseInt(key.id.slice(2 * at, 2 * at + 2), 16);
  }
  bytes.set(signature, keyIdBytes);
  return `— ${key.name} ${toBase64(bytes)}\n`;
}

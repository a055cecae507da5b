import type { NoteKey } from '../../src/log/note-key.ts';
import { parseVerifierKey } from '../../src/log/note-key.ts';
import checkFile from '../vectors/log/check-receipt.json' with { type: 'json' };
import merkleFile from '../vectors/log/merkle.json' with { type: 'json' };
import notesFile from '../vectors/log/notes.json' with { type: 'json' };
import receiptFile from '../vectors/log/receipt.json' with { type: 'json' };
import archiveFile from '../vectors/log/receipts.json' with { type: 'json' };

/** Our own vectors, imported rather than read, so that they come along into workerd and the browser. */

export interface MerkleInput {
  kind: string;
  index?: string;
  size?: string;
  leafHash?: string;
  root?: string;
  size1?: string;
  size2?: string;
  root1?: string;
  root2?: string;
  proof: string[];
}

export interface MerkleVector {
  id: string;
  input: MerkleInput;
  expect: string;
}

export interface TextExpect {
  result: string;
  text?: string;
  signedBy?: string[];
  origin?: string;
  size?: string;
  root?: string;
  extensions?: string[];
  index?: string;
  extra?: string | null;
}

export interface NoteVector {
  id: string;
  input: { known: string[]; note: string };
  expect: TextExpect;
}

export interface CheckpointVector {
  id: string;
  input: { text: string };
  expect: TextExpect;
}

export interface ProofVector {
  id: string;
  input: { known: string[]; entry: string; proof: string };
  expect: TextExpect;
}

export const merkleVectors: MerkleVector[] = merkleFile.vectors;
export const { entries, roots } = merkleFile;
export const noteVectors: NoteVector[] = notesFile.vectors;
export const checkpointVectors: CheckpointVector[] = notesFile.checkpoints;
export const proofVectors: ProofVector[] = notesFile.proofs;
export const keyVectors = notesFile.keys;
export const noteText = notesFile.text;

// The files are receipts as they are given out; written again, since they are imported and not read.
export const receiptText = `${JSON.stringify(receiptFile, null, 2)}\n`;
export const archiveText = `${JSON.stringify(archiveFile, null, 2)}\n`;
export const checkText = `${JSON.stringify(checkFile, null, 2)}\n`;

export function knownKeys(names: readonly string[]): NoteKey[] {
  return names.map((name) => parseVerifierKey(keyVectors[name as keyof typeof keyVectors].vkey));
}

/** Bytes of a vector, read without our own reader; an empty text is no bytes. */
export function bytesOf(base64: string | undefined): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64 ?? ''), (char) => char.charCodeAt(0));
}

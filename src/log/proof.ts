import { AppError } from '../errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { fromBase64, fromDecimal, toBase64 } from './encoding.ts';
import { hashBytes } from './hash.ts';
import type { LogPolicy } from './log-policy.ts';
import { verifyInclusion } from './merkle.ts';
import { noteBytesMax } from './note.ts';

const header = 'c2sp.org/tlog-proof@v1';

/** Longest inclusion proof: one hash per level of the largest tree. */
export const inclusionHashesMax = 64;
/** Most extra bytes of a proof. */
export const proofExtraBytesMax = 65_536;
/** Longest text of a proof. */
export const proofCharsMax = noteBytesMax + 2 * proofExtraBytesMax;

/** C2SP tlog-proof: what shows offline that a log holds a leaf. */
export interface TlogProof {
  /** Opaque and not authenticated; we write none. */
  extra: Uint8Array | null;
  index: bigint;
  /** Inclusion proof from the leaf's sibling up. */
  hashes: Uint8Array[];
  /** The signed checkpoint, verbatim. */
  checkpoint: string;
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}

/** Writes a proof (C2SP tlog-proof). The checkpoint is taken as it is. */
export function formatProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    header,
    ...(extra === null ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/**
 * Takes a proof apart. Nothing in it may be believed before `verifyProof` has held it to a leaf and a policy.
 *
 * @throws AppError `invalid` for anything that is not a proof, `too-large` above `proofCharsMax`.
 */
export function parseProof(text: string): TlogProof {
  if (text.length > proofCharsMax) {
    throw new AppError('too-large', `A proof has at most ${proofCharsMax} characters.`);
  }
  const split = text.indexOf('\n\n');
  if (split < 0) refuse('The proof has no empty line before its checkpoint.');
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== header) refuse(`The proof does not begin with “${header}”.`);
  const extra = lines[0]?.startsWith('extra ') ? parseExtra(lines.shift() ?? '') : null;
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? fromDecimal(indexLine.slice('index '.length)) : null;
  if (index === null) refuse('The proof does not name the index of its leaf.');
  return { extra, index, hashes: parseHashes(lines), checkpoint: text.slice(split + 2) };
}

function parseExtra(line: string): Uint8Array {
  const extra = fromBase64(line.slice('extra '.length));
  if (extra === null || extra.length > proofExtraBytesMax)
    refuse('The extra data of the proof is not base 64.');
  return extra;
}

/** Reads the hashes of an inclusion proof, each in base 64. @throws AppError `invalid` for anything else. */
export function parseHashes(lines: readonly string[]): Uint8Array[] {
  if (lines.length > inclusionHashesMax) refuse('The proof has more hashes than any log needs.');
  return lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== hashBytes) refuse('A line of the proof is not a SHA-256 hash in base 64.');
    return hash;
  });
}

export interface VerifiedProof {
  index: bigint;
  checkpoint: OpenedCheckpoint;
  /** Carried along; nothing vouches for it. */
  extra: Uint8Array | null;
}

/**
 * Holds a proof to its leaf and to the logs one believes (C2SP tlog-proof, Verifying).
 *
 * @param leafHash of the leaf in question, made by `leafHash(entry)`.
 * @throws AppError `invalid` when the proof is malformed, not signed by a log of the policy, or not of this leaf.
 */
export async function verifyProof(
  proof: string | TlogProof,
  leafHash: Uint8Array,
  policy: Pick<LogPolicy, 'logs'>,
): Promise<VerifiedProof> {
  const { extra, index, hashes, checkpoint } = typeof proof === 'string' ? parseProof(proof) : proof;
  const keys = policy.logs.map(({ key }) => key);
  const opened = await openCheckpoint(checkpoint, keys);
  verifyInclusion({ index, size: opened.size, leafHash, proof: hashes, root: opened.root });
  return { index, checkpoint: opened, extra };
}

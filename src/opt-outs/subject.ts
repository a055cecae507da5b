import { AppError } from '../errors.ts';
import type { SubjectKind } from './record.ts';
import { readableScope, scopeKey } from './scope.ts';
import { urlKeySpec } from './url-key.ts';

/** What a record speaks for, by its canonical key. */
export interface Subject {
  kind: SubjectKind;
  key: string;
  /** The rules by which `key` was made. */
  keySpec: string;
}

export const workKeySpec = 'sha256';
export const nameKeySpec = 'name/1';

/** Longest name, in UTF-16 units, before and after normalisation. */
export const nameCharsMax = 200;
// Folding may uncover what the next round folds again; it settles after two or three.
const nameRoundsMax = 8;

function foldOnce(name: string): string {
  const text = name
    .normalize('NFKC')
    .replace(/[\s\u0085]+/gu, ' ')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, '');
  // Upper case first, since it spells out what lower case leaves (`ß` and `SS` meet); the two lower-case sigmas are one.
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC').replace(/ +/g, ' ').trim();
}

/**
 * The form in which two spellings of one name meet: NFKC, case folded, invisible characters dropped, white space
 * collapsed.
 *
 * @throws AppError `invalid` for an empty or over-long name, or text that is not well-formed Unicode.
 */
export function nameKey(name: string): string {
  const fix = `Give the name as it is written in public, at most ${nameCharsMax} characters.`;
  if (name.length > nameCharsMax || !name.isWellFormed())
    throw new AppError('invalid', 'This is not a name.', { fix });
  let folded = foldOnce(name);
  for (let round = 1; round < nameRoundsMax; round += 1) {
    const again = foldOnce(folded);
    if (again === folded) break;
    folded = again;
  }
  if (folded === '' || folded.length > nameCharsMax)
    throw new AppError('invalid', 'This is not a name.', { fix });
  return folded;
}

/** The key of a work: SHA-256 of its file. @throws AppError `invalid` for anything but 64 hex digits. */
export function workKey(sha256: string): string {
  if (!/^[0-9A-Fa-f]{64}$/.test(sha256)) {
    throw new AppError('invalid', 'This is not a SHA-256 hash.', {
      fix: 'Give the 64 hex digits of the file’s SHA-256.',
    });
  }
  return sha256.toLowerCase();
}

/**
 * The canonical subject of what somebody typed.
 *
 * @param value a name, a domain, a host with a path, a URL, or the SHA-256 of a work's file, as `kind` says.
 * @throws AppError `invalid` or `public-suffix`, with a fix and without a field.
 */
export function subjectOf(kind: SubjectKind, value: string): Subject {
  switch (kind) {
    case 'work':
      return { kind, key: workKey(value), keySpec: workKeySpec };
    case 'name':
      return { kind, key: nameKey(value), keySpec: nameKeySpec };
    default:
      return { ...scopeKey(kind, value), keySpec: urlKeySpec };
  }
}

/** A subject for people to read: `domain example.com`, `name jane doe`, `work 9f86d081884c…`. */
export function readableSubject(subject: { kind: SubjectKind; key: string }): string {
  const { kind, key } = subject;
  switch (kind) {
    case 'work':
      return `work ${key.slice(0, 12)}…`;
    case 'name':
      return `name ${key}`;
    default:
      return `${kind} ${readableScope({ kind, key })}`;
  }
}

import type { Dirent } from 'node:fs';
import { glob, lstat, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** One thing found below what was named: a file to read, something passed over, or something that cannot be read. */
export type Found =
  | { kind: 'file'; path: string; stamp: Stamp; isNamed: boolean }
  | { kind: 'skipped' | 'bad'; path: string; why: string };

/** What tells that a file is still the same. */
export interface Stamp {
  bytes: number;
  /** Milliseconds since the epoch, whole. */
  mtimeMs: number;
}

const looksLikePattern = /[*?[\]{}]/;

/**
 * Finds the files below each path, folder by folder in the order of their names. Links are followed where they were
 * named and nowhere else, so a folder can never lead back into itself; pipes and devices are never opened.
 *
 * @param except a file that is not given back: the one being written.
 */
export async function* walk(paths: AsyncIterable<string>, except: string | undefined): AsyncGenerator<Found> {
  const hidden = except === undefined ? undefined : resolve(except);
  for await (const path of paths) {
    for await (const found of fromRoot(path)) {
      if (hidden === undefined || resolve(found.path) !== hidden) yield found;
    }
  }
}

async function* fromRoot(path: string): AsyncGenerator<Found> {
  let about: Awaited<ReturnType<typeof stat>>;
  try {
    about = await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && looksLikePattern.test(path)) yield* fromPattern(path);
    else yield { kind: 'bad', path, why: whyNot(error) };
    return;
  }
  if (about.isDirectory()) yield* below(path);
  else if (about.isFile()) yield { kind: 'file', path, stamp: stampOf(about), isNamed: true };
  else yield { kind: 'bad', path, why: 'is neither a file nor a folder' };
}

/** A pattern that no shell has resolved: it was quoted, or the shell knows none. */
async function* fromPattern(pattern: string): AsyncGenerator<Found> {
  let matches = 0;
  for await (const path of glob(pattern)) {
    matches += 1;
    yield* entry(path, await lstat(path).catch((error: unknown) => error as Error));
  }
  if (matches === 0) yield { kind: 'bad', path: pattern, why: 'matches nothing' };
}

async function* below(root: string): AsyncGenerator<Found> {
  const stack: (string | Found)[] = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next !== 'string') {
      yield next;
      continue;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(next, { withFileTypes: true });
    } catch (error) {
      yield { kind: 'bad', path: next, why: whyNot(error) };
      continue;
    }
    const folders: string[] = [];
    for (const found of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(next, found.name);
      if (found.isDirectory()) folders.push(path);
      else if (found.isFile())
        yield* entry(path, await lstat(path).catch((error: unknown) => error as Error));
      else yield notRead(path, found.isSymbolicLink());
    }
    stack.push(...folders.reverse());
  }
}

async function* entry(path: string, about: Awaited<ReturnType<typeof lstat>> | Error): AsyncGenerator<Found> {
  if (about instanceof Error) yield { kind: 'bad', path, why: whyNot(about) };
  else if (about.isDirectory()) yield* below(path);
  else if (about.isFile()) yield { kind: 'file', path, stamp: stampOf(about), isNamed: false };
  else yield notRead(path, about.isSymbolicLink());
}

function notRead(path: string, isLink: boolean): Found {
  const why = isLink ? 'is a link; name it to have it followed' : 'is neither a file nor a folder';
  return { kind: 'skipped', path, why };
}

/** @param about what the system says of a file. */
export function stampOf(about: { size: number | bigint; mtimeMs: number | bigint }): Stamp {
  return { bytes: Number(about.size), mtimeMs: Math.floor(Number(about.mtimeMs)) };
}

const whys: Record<string, string> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  ELOOP: 'is a link that leads in a circle',
  ENAMETOOLONG: 'has too long a name',
  ENOTDIR: 'is not there',
};

/** Why the system would not give a file or a folder. */
export function whyNot(error: unknown): string {
  const code = codeOf(error);
  return whys[code] ?? `cannot be read (${code})`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown fault';
}

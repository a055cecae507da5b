import Sqlite from 'better-sqlite3';
import { AppError } from '../errors.ts';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { SiteEntry } from '../net/gather-site.ts';
import { PackedDocument, PackedSite, unpackDocument, unpackSite } from './signals-entry.ts';

/** `WHsg`: tells `file` and us that this SQLite file is a signals snapshot. */
export const applicationId = 0x57487367;
export const signalsFormat = 1;
/** What SQLite holds of the file in memory. */
const cacheKib = 16 * 1024;

/**
 * What a snapshot of signals is: an ordinary SQLite file, so that anybody can quote from it. `entry` is JSON with one
 * member for each file of the site, `body` in it the id of the text. Equal texts are kept once.
 */
export const signalsTables = [
  'CREATE TABLE sites (origin TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE documents (url TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID',
  'CREATE TABLE bodies (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
] as const;

export interface SignalsFile {
  /** @returns what was gathered from an origin as `URL.origin` spells it, or null. @throws AppError `invalid`. */
  site(origin: string): SiteEntry | null;
  /** The same for an RSL document at its URL. */
  document(url: string): DocumentEntry | null;
  /** All origins in bytewise order. */
  origins(): IterableIterator<string>;
  close(): void;
}

/** Opens the file of a signals snapshot for reading. @throws AppError `invalid` when it is none. */
export function openSignalsFile(path: string): SignalsFile {
  const client = inWords(path, () => {
    const opened = new Sqlite(path, { readonly: true, fileMustExist: true });
    // Somebody else's file: its schema may not call anything, and damage in it is an error.
    opened.pragma('trusted_schema = OFF');
    opened.pragma('cell_size_check = ON');
    opened.pragma(`cache_size = -${cacheKib}`);
    const is = [
      opened.pragma('application_id', { simple: true }),
      opened.pragma('user_version', { simple: true }),
    ];
    if (is[0] === applicationId && is[1] === signalsFormat) return opened;
    opened.close();
    throw new AppError('invalid', `${path} is not a signals snapshot this version reads`);
  });
  const find = inWords(path, () => ({
    site: client.prepare<[string], string>('SELECT entry FROM sites WHERE origin = ?').pluck(),
    document: client.prepare<[string], string>('SELECT entry FROM documents WHERE url = ?').pluck(),
    body: client.prepare<[number], string>('SELECT text FROM bodies WHERE id = ?').pluck(),
    origins: client.prepare<[], string>('SELECT origin FROM sites ORDER BY origin').pluck(),
  }));
  const bodies = {
    read(id: number): string {
      const text = find.body.get(id);
      if (typeof text !== 'string') throw new AppError('invalid', `has no text ${id}`);
      return text;
    },
  };
  return {
    site: (origin) =>
      inWords(path, () => {
        const text = find.site.get(origin);
        return text === undefined ? null : unpackSite(origin, PackedSite.parse(JSON.parse(text)), bodies);
      }),
    document: (url) =>
      inWords(path, () => {
        const text = find.document.get(url);
        return text === undefined
          ? null
          : unpackDocument(PackedDocument.parse(JSON.parse(text)), url, bodies);
      }),
    origins: () => find.origins.iterate(),
    close: () => client.close(),
  };
}

function inWords<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AppError && error.message.startsWith(path)) throw error;
    throw new AppError('invalid', `${path} is damaged, or no signals snapshot`, { cause: error });
  }
}

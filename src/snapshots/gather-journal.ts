import { createHash } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { SiteEntry } from '../net/gather-site.ts';
import { rslUrls } from '../net/robots-rules.ts';
import { siteOf } from '../net/signals-cache.ts';
import { packDocument, packSite } from './signals-entry.ts';

/** SQLite's own memory while origins are collected and looked up. */
const cacheKib = 64 * 1024;
/** Origins read ahead of the fetches. */
const pendingRows = 1_000;

/**
 * What a run has done so far, in a file that only grows. Every site is written the moment it is there, so a run that
 * was killed asks nobody again; only what was under way is asked again.
 */
export interface GatherJournal {
  readonly client: Sqlite.Database;
  /** A text kept under a name, or null. */
  note(name: string): string | null;
  setNote(name: string, text: string): void;
  /** Adds origins; those known already stay as they are. */
  addOrigins(origins: Iterable<string>): void;
  counts(): { origins: number; gathered: number; documents: number; documentsGathered: number };
  /** Origins, then RSL documents, that are not gathered yet: first one of each site, then a second one, and so on. */
  pendingSites(): Generator<string>;
  pendingDocuments(): Generator<string>;
  recordSite(origin: string, entry: SiteEntry): void;
  recordDocument(url: string, entry: DocumentEntry): void;
  close(): void;
}

const tables = `
  CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS origins (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, round INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS origins_round ON origins (round);
  CREATE TABLE IF NOT EXISTS names (site TEXT PRIMARY KEY, origins INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sites (id INTEGER PRIMARY KEY, entry TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS documents (url TEXT PRIMARY KEY, entry TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, text TEXT NOT NULL);
`;

/** Opens the journal at a path, or starts one there. */
export function openGatherJournal(path: string): GatherJournal {
  const client = new Sqlite(path, { timeout: 0 });
  // Held until the process ends: a second run in the same folder is refused.
  client.pragma('locking_mode = EXCLUSIVE');
  client.pragma('journal_mode = WAL');
  // A commit survives the end of the process; after a power cut the last ones are asked for again.
  client.pragma('synchronous = NORMAL');
  client.pragma(`cache_size = -${cacheKib}`);
  client.exec(tables);
  const statements = prepare(client);
  const together = (work: () => void) => {
    statements.begin.run();
    try {
      work();
      statements.commit.run();
    } catch (error) {
      statements.rollback.run();
      throw error;
    }
  };
  const bodies = {
    keep(text: string): number {
      const digest = createHash('sha256').update(text).digest();
      const known = statements.findBody.get(digest) as number | undefined;
      return known ?? Number(statements.addBody.run(digest, text).lastInsertRowid);
    },
  };
  return {
    client,
    note: (name) => (statements.note.get(name) as string | undefined) ?? null,
    setNote: (name, text) => statements.setNote.run(name, text),
    addOrigins(origins) {
      together(() => {
        for (const origin of origins) {
          if (statements.findOrigin.get(origin) !== undefined) continue;
          statements.addOrigin.run(origin, statements.countName.get(siteOf(origin)));
        }
      });
    },
    counts: () => statements.counts.get() as ReturnType<GatherJournal['counts']>,
    *pendingSites() {
      let [round, id] = [0, 0];
      for (;;) {
        const rows = statements.pendingSites.all(round, id, pendingRows) as PendingSite[];
        for (const row of rows) yield row.origin;
        const last = rows.at(-1);
        if (last === undefined) return;
        [round, id] = [last.round, last.id];
      }
    },
    *pendingDocuments() {
      let after = '';
      for (;;) {
        const urls = statements.pendingDocuments.all(after, pendingRows) as string[];
        yield* urls;
        if (urls.length === 0) return;
        after = urls.at(-1) ?? '';
      }
    },
    recordSite(origin, entry) {
      together(() => {
        const packed = JSON.stringify(packSite(origin, entry, bodies));
        statements.addSite.run(statements.findOrigin.get(origin), packed);
        for (const url of rslUrls(entry.robots)) statements.addDocument.run(url);
      });
    },
    recordDocument(url, entry) {
      together(() => statements.setDocument.run(JSON.stringify(packDocument(entry, url, bodies)), url));
    },
    close: () => client.close(),
  };
}

interface PendingSite {
  round: number;
  id: number;
  origin: string;
}

function prepare(client: Sqlite.Database) {
  const one = (sql: string) => client.prepare(sql).pluck();
  return {
    begin: client.prepare('BEGIN IMMEDIATE'),
    commit: client.prepare('COMMIT'),
    rollback: client.prepare('ROLLBACK'),
    note: one('SELECT text FROM notes WHERE name = ?'),
    setNote: client.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?)'),
    findOrigin: one('SELECT id FROM origins WHERE origin = ?'),
    addOrigin: client.prepare('INSERT INTO origins (origin, round) VALUES (?, ?)'),
    countName: one(
      'INSERT INTO names VALUES (?, 1) ON CONFLICT DO UPDATE SET origins = origins + 1 RETURNING origins',
    ),
    counts: client.prepare(
      `SELECT (SELECT count(*) FROM origins) AS origins, (SELECT count(*) FROM sites) AS gathered,
        (SELECT count(*) FROM documents) AS documents,
        (SELECT count(*) FROM documents WHERE entry IS NOT NULL) AS documentsGathered`,
    ),
    pendingSites: client.prepare(
      `SELECT round, id, origin FROM origins WHERE (round, id) > (?, ?)
        AND NOT EXISTS (SELECT 1 FROM sites WHERE sites.id = origins.id) ORDER BY round, id LIMIT ?`,
    ),
    pendingDocuments: one('SELECT url FROM documents WHERE url > ? AND entry IS NULL ORDER BY url LIMIT ?'),
    // One that was under way when a run was stopped and came in after all is the same.
    addSite: client.prepare('INSERT OR REPLACE INTO sites VALUES (?, ?)'),
    addDocument: client.prepare('INSERT OR IGNORE INTO documents (url) VALUES (?)'),
    setDocument: client.prepare('UPDATE documents SET entry = ? WHERE url = ?'),
    findBody: one('SELECT id FROM bodies WHERE digest = ?'),
    addBody: client.prepare('INSERT INTO bodies (digest, text) VALUES (?, ?)'),
  };
}

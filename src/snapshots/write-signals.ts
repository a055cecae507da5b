import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type Sqlite from 'better-sqlite3';
import { digestOfFile } from '../log-store/file-digest.ts';
import type { GatherJournal } from './gather-journal.ts';
import { PackedDocument, PackedSite } from './signals-entry.ts';
import { applicationId, signalsFormat, signalsTables } from './signals-file.ts';
import { manifestFile, outcomeSources, type SignalsManifest, signalsFile } from './signals-manifest.ts';

type Told = Pick<SignalsManifest, 'origins' | 'documents' | 'outcomes' | 'failures'>;

/**
 * Writes the snapshot of a journal that is complete: in the order of origins, every text once, so that the same
 * answers give the same bytes however the run went. It is built aside, made durable, and gets its name by a rename.
 * @param aside a folder beside `folder` that may be there from a run that was stopped.
 */
export async function writeSignals(
  journal: GatherJournal,
  places: { aside: string; folder: string },
  facts: Omit<SignalsManifest, keyof Told | 'files' | 'format'>,
): Promise<SignalsManifest> {
  const { aside, folder } = places;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  const path = join(aside, signalsFile);
  const told = writeFileOf(journal.client, path);
  const manifest: SignalsManifest = {
    format: 'withhold-signals/1',
    ...facts,
    ...told,
    files: [{ name: signalsFile, ...(await digestOfFile(path)) }],
  };
  await writeFile(join(aside, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
  await syncPath(path);
  await syncPath(aside);
  await rename(aside, folder);
  await syncPath(dirname(folder));
  return manifest;
}

function writeFileOf(client: Sqlite.Database, path: string): Told {
  client.prepare('ATTACH ? AS made').run(path);
  try {
    client.exec(`PRAGMA made.journal_mode = OFF; PRAGMA made.synchronous = OFF;
      PRAGMA made.application_id = ${applicationId}; PRAGMA made.user_version = ${signalsFormat}; BEGIN;`);
    for (const table of signalsTables) client.exec(table.replace('CREATE TABLE ', 'CREATE TABLE made.'));
    const told = copy(client);
    client.exec('COMMIT');
    return told;
  } catch (error) {
    if (client.inTransaction) client.exec('ROLLBACK');
    throw error;
  } finally {
    client.exec('DETACH made');
  }
}

/** A page of rows at a time: the connection cannot write while it iterates. */
const pageRows = 2_000;

function copy(client: Sqlite.Database): Told {
  const told: Told = { origins: 0, documents: 0, outcomes: {}, failures: {} };
  for (const source of outcomeSources) told.outcomes[source] = {};
  const count = (source: string, { state, status, failure }: PackedDocument) => {
    const outcomes = told.outcomes[source] ?? {};
    outcomes[state] = (outcomes[state] ?? 0) + 1;
    if (source !== 'robots.txt' || state !== 'unreachable') return;
    const why = failure ?? `HTTP ${status}`;
    told.failures[why] = (told.failures[why] ?? 0) + 1;
  };
  const renumber = numbering(client);
  const addSite = client.prepare('INSERT INTO made.sites VALUES (?, ?)');
  const sites = `SELECT origin AS key, entry FROM main.origins JOIN main.sites USING (id)
    WHERE origin > ? ORDER BY origin LIMIT ${pageRows}`;
  for (const { key, entry } of pages(client, sites)) {
    const packed = PackedSite.parse(JSON.parse(entry));
    for (const [source, document] of Object.entries(packed)) {
      if (document === undefined) continue;
      count(source, document);
      if (document.body !== undefined) document.body = renumber(document.body);
    }
    addSite.run(key, JSON.stringify(packed));
    told.origins += 1;
  }
  const addDocument = client.prepare('INSERT INTO made.documents VALUES (?, ?)');
  const documents = `SELECT url AS key, entry FROM main.documents
    WHERE url > ? AND entry IS NOT NULL ORDER BY url LIMIT ${pageRows}`;
  for (const { key, entry } of pages(client, documents)) {
    const packed = PackedDocument.parse(JSON.parse(entry));
    count('rsl', packed);
    if (packed.body !== undefined) packed.body = renumber(packed.body);
    addDocument.run(key, JSON.stringify(packed));
    told.documents += 1;
  }
  return { ...told, failures: sorted(told.failures) };
}

interface Row {
  key: string;
  entry: string;
}

function* pages(client: Sqlite.Database, sql: string): Generator<Row> {
  const page = client.prepare<[string], Row>(sql);
  for (let after = ''; ; ) {
    const rows = page.all(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.key;
  }
}

/** Texts numbered in the order of the origins, not in that of the network. */
function numbering(client: Sqlite.Database): (body: number) => number {
  const last = client.prepare('SELECT coalesce(max(id), 0) FROM main.bodies').pluck().get() as number;
  const numbers = new Uint32Array(last + 1);
  const addBody = client.prepare('INSERT INTO made.bodies SELECT ?, text FROM main.bodies WHERE id = ?');
  let next = 1;
  return (body) => {
    const known = numbers[body] ?? 0;
    if (known !== 0) return known;
    addBody.run(next, body);
    numbers[body] = next;
    next += 1;
    return next - 1;
  };
}

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  // Some systems cannot sync a folder, and none can do more there.
  await handle.sync().catch(() => {});
  await handle.close();
}

import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { RecordLeaf } from '../../src/log/leaf.ts';
import type { Audited } from './audit.ts';
import { leavesByRecord } from './audit.ts';
import type { Ledger } from './load.ts';

const loggedWithinMs = 20_000;
const pollMs = 20;

interface EventRow {
  rid: string;
  version: number;
  seq: number | null;
  commitment: string;
  salt: string;
  canonical: string;
}

/** The database of a data folder, read beside the service that runs on it. */
export function openBeside(file: string): Sqlite.Database {
  return new Sqlite(file, { readonly: true, timeout: 5_000 });
}

/** Waits until nothing that happened is without its place in the log. */
export async function allLogged(database: Sqlite.Database): Promise<void> {
  const pending = database
    .prepare('SELECT count(*) FROM record_events WHERE seq IS NULL AND leaf_type IS NOT NULL')
    .pluck();
  for (let waited = 0; pending.get() !== 0; waited += pollMs) {
    if (waited > loggedWithinMs) throw new Error('the log stands still');
    await setTimeout(pollMs);
  }
}

/**
 * Holds the database and the log to what was acknowledged: every opt-out is there as far as it was answered, and each
 * of its events stands in the log at its place, opened by its salt and text.
 * @throws naming the first that is lost.
 */
export function requireKept(database: Sqlite.Database, { leaves }: Audited, ledger: Ledger): void {
  const optOut = database.prepare('SELECT confirmed_at FROM opt_outs WHERE id = ?').pluck();
  const records = database.prepare('SELECT rid, state, label FROM records WHERE opt_out_id = ?');
  const logged = leavesByRecord(leaves);
  for (const { id, names, confirmed, withdrawn } of ledger.acknowledged) {
    const confirmedAt = optOut.get(id);
    if (confirmedAt === undefined) throw new Error(`opt-out ${id} was answered with 201 and is lost`);
    if (confirmed && confirmedAt === null) throw new Error(`the confirmation of ${id} is lost`);
    const rows = records.all(id) as { rid: string; state: string; label: string }[];
    const labels = rows.map(({ label }) => label).sort();
    if (labels.join() !== names.toSorted().join()) throw new Error(`records of ${id} are lost`);
    for (const { rid, state } of rows) {
      const types = (logged.get(rid) ?? []).map(({ type }) => type);
      if (confirmed && !types.includes('reserved')) throw new Error(`${rid} is not in the log`);
      if (withdrawn && (state !== 'withdrawn' || !types.includes('withdrawn')))
        throw new Error(`the withdrawal of ${rid} is lost`);
    }
  }
  requireOpenings(database, leaves as readonly RecordLeaf[]);
}

/** Every published event is at its place in the log, and every leaf of a record is one of ours. */
function requireOpenings(database: Sqlite.Database, leaves: readonly RecordLeaf[]): void {
  const rows = database
    .prepare(
      'SELECT rid, version, seq, commitment, salt, canonical FROM record_events WHERE seq IS NOT NULL ORDER BY seq',
    )
    .all() as EventRow[];
  const places = new Map(rows.map((row) => [row.seq, row]));
  for (const [seq, leaf] of leaves.entries()) {
    if (leaf.rid === undefined) continue;
    const row = places.get(seq);
    if (row?.rid !== leaf.rid || row.version !== leaf.ver || row.commitment !== leaf.commit)
      throw new Error(`leaf ${seq} is not what the database has there`);
    const opened = createHash('sha256')
      .update(Buffer.from(row.salt, 'hex'))
      .update(row.canonical)
      .digest('hex');
    if (opened !== leaf.commit) throw new Error(`leaf ${seq} cannot be opened`);
  }
}

/** A confirmation that was cut off has happened whole, or can be made again. */
export async function requireRepeatable(
  database: Sqlite.Database,
  url: string,
  token: string,
  ledger: Ledger,
): Promise<void> {
  const response = await fetch(`${url}/v1/confirmations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  const answer = (await response.json()) as { optOut?: string; code?: string };
  if (response.status === 200) {
    const known = ledger.acknowledged.find(({ id }) => id === answer.optOut);
    if (known !== undefined) known.confirmed = true;
    return;
  }
  const confirmed = database
    .prepare(
      'SELECT confirmed_at FROM opt_outs JOIN tokens ON tokens.subject = opt_outs.id WHERE tokens.hash = ?',
    )
    .pluck()
    .get(createHash('sha256').update(token).digest('hex'));
  if (answer.code !== 'token-used' || typeof confirmed !== 'string')
    throw new Error(`a confirmation that was cut off cannot be made again: ${JSON.stringify(answer)}`);
}

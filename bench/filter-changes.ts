import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { canonicalText } from '../src/log/json-text.ts';

interface Row {
  rid: string;
  salt: string;
  canonical: string;
}

/**
 * Changes a share of the records in the data folder of a service that does not run: half of them are withdrawn, and as
 * many are new. The service gives them their places in the log when it runs next.
 */
export function changeRegistry(data: string, share: number): void {
  const database = new Sqlite(join(data, 'withhold.sqlite'));
  try {
    const insert = database.prepare(
      `INSERT INTO record_events (rid, version, event, leaf_type, state, commitment, at, salt, canonical)
       VALUES (@rid, @ver, @event, @leafType, @state, @commit, @updated, @salt, @canonical)`,
    );
    const add = (record: Record<string, unknown>, event: string, leafType: string, salt: string) => {
      const canonical = canonicalText(record);
      const commit = createHash('sha256').update(Buffer.from(salt, 'hex')).update(canonical).digest('hex');
      const { rid, ver, state, updated } = record;
      insert.run({ rid, ver, event, leafType, state, commit, updated, salt, canonical });
    };
    const every = Math.round(2 / share);
    const rows = database
      .prepare(
        `SELECT rid, salt, canonical FROM record_events WHERE seq % ${every} = 0 AND leaf_type = 'reserved' ORDER BY seq`,
      )
      .all() as Row[];
    const updated = new Date().toISOString();
    database.transaction(() => {
      for (const { rid, salt, canonical } of rows) {
        const record = JSON.parse(canonical) as Record<string, unknown>;
        add({ ...record, ver: 2, state: 'withdrawn', updated }, 'withdrawn', 'withdrawn', salt);
        const beside = { ...record, rid: ridBeside(rid), key: keyBeside(record), since: updated, updated };
        add(beside, 'confirmed-active', 'reserved', salt);
      }
    })();
  } finally {
    database.close();
  }
}

/** An id like another, and not it. */
function ridBeside(rid: string): string {
  return rid.slice(0, -12) + createHash('sha256').update(rid).digest('hex').slice(0, 12);
}

/** A key like another, and not it: of a domain beside it, or of a place below it. */
function keyBeside({ kind, key }: Record<string, unknown>): string {
  return kind === 'domain' ? `${key}-too` : `${key}/too`;
}

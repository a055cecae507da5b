import type Sqlite from 'better-sqlite3';

/** More different texts than there are in the program. */
const keptMax = 500;

/**
 * A connection whose compiled statements are kept: the texts are the same few again and again, and cost as much to
 * compile as to run. For drizzle alone, which runs a statement in the moment it prepares it and says each time in which
 * form it wants the rows.
 */
export function keepStatements(client: Sqlite.Database): Sqlite.Database {
  const kept = new Map<string, Sqlite.Statement>();
  const prepare = (text: string): Sqlite.Statement => {
    const known = kept.get(text);
    // The last user may have asked for rows as arrays.
    if (known !== undefined) return known.reader ? known.raw(false) : known;
    const statement = client.prepare(text);
    if (kept.size < keptMax) kept.set(text, statement);
    return statement;
  };
  return Object.create(client, { prepare: { value: prepare } }) as Sqlite.Database;
}

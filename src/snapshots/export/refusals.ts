import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeedEvent } from '../../follow/feed.ts';
import type { ScopeKind } from '../../opt-outs/scope.ts';
import { readFeedRecord } from '../feed-record.ts';
import { domainKeysOf } from './host.ts';
import { type Rule, ruleOf } from './rule.ts';
import { effectOfTerms, type RefusalQuestion } from './terms.ts';

/** The records that rules can speak of. */
const files = ['domains.parquet', 'prefixes.parquet', 'urls.parquet'];

export interface Refusals {
  /** Each part of the web that is refused, once, those of one host together, of a host by kind and key. */
  rules(): AsyncGenerator<readonly Rule[]>;
  /** Records that are not proven enough to refuse, but for a person to look at. */
  possible: number;
}

export interface RefusalSource {
  /** Folder of the snapshot. */
  folder: string;
  /** What the feed said since, in order. */
  events: AsyncIterable<FeedEvent>;
  /** Where rows may be put that do not fit into memory. */
  scratch: string;
  /** Of one host alone: its authority as a key has it, `com,example:8443`. */
  authority: string | null;
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/**
 * Finds what is refused, in bounded memory: a database sorts, and spills to the scratch folder.
 * @throws AppError `invalid` for a record this version does not understand.
 */
export async function findRefusals(
  connection: DuckDBConnection,
  source: RefusalSource,
  question: RefusalQuestion,
): Promise<Refusals> {
  await connection.run(`SET temp_directory = ${text(source.scratch)}`);
  await connection.run(
    'CREATE TEMP TABLE events (seq DOUBLE, rid VARCHAR, kind VARCHAR, "key" VARCHAR, terms VARCHAR)',
  );
  await saveEvents(connection, source.events);
  await connection.run(`CREATE TEMP TABLE changed AS
    SELECT * FROM events QUALIFY row_number() OVER (PARTITION BY rid ORDER BY seq DESC) = 1`);
  await connection.run('DROP TABLE events');
  const paths = files.map((name) => text(join(source.folder, name))).join(', ');
  await connection.run(`CREATE TEMP VIEW candidates AS
    SELECT kind, "key", to_json({
      'kind': kind, 'state': state, 'usages': usages, 'except': "except", 'trust': trust, 'contested': contested
    })::VARCHAR AS terms
    FROM read_parquet([${paths}]) AS stored
    WHERE ${withinHost(source.authority)} AND NOT EXISTS (FROM changed WHERE changed.rid = stored.rid)
    UNION ALL SELECT kind, "key", terms FROM changed WHERE kind IS NOT NULL AND ${withinHost(source.authority)}`);
  const possible = await saveRefusing(connection, question);
  return { possible, rules: () => readRules(connection) };
}

/** A condition on kind and key. */
function withinHost(authority: string | null): string {
  if (authority === null) return 'true';
  const domains = domainKeysOf(authority).map(text);
  const isOn = domains.length === 0 ? 'false' : `(kind = 'domain' AND "key" IN (${domains.join(', ')}))`;
  // Keys of one host and port are those from its bracket up to the character behind it.
  const own = `(kind <> 'domain' AND "key" >= ${text(`${authority})`)} AND "key" < ${text(`${authority}*`)})`;
  return `(${isOn} OR ${own})`;
}

async function saveEvents(connection: DuckDBConnection, events: AsyncIterable<FeedEvent>): Promise<void> {
  const appender = await connection.createAppender('events');
  for await (const event of events) {
    const { rid, record } = readFeedRecord(event);
    appender.appendDouble(event.seq);
    appender.appendVarchar(rid);
    if (record === null || record.kind === 'work' || record.kind === 'name') {
      appender.appendNull();
      appender.appendNull();
      appender.appendNull();
    } else {
      const { kind, key, usages, except, trust, contested } = record;
      appender.appendVarchar(kind);
      appender.appendVarchar(key);
      appender.appendVarchar(JSON.stringify({ kind, state: 'active', usages, except, trust, contested }));
    }
    appender.endRow();
  }
  appender.closeSync();
}

/** Tells apart the terms that refuse. @returns how many records are `possible`. */
async function saveRefusing(connection: DuckDBConnection, question: RefusalQuestion): Promise<number> {
  await connection.run(
    'CREATE TEMP TABLE terms AS SELECT terms, count(*)::DOUBLE AS n FROM candidates GROUP BY terms',
  );
  await connection.run('CREATE TEMP TABLE refusing (terms VARCHAR)');
  const appender = await connection.createAppender('refusing');
  let possible = 0;
  for await (const [terms, counts] of chunksOf(connection, 'SELECT terms, n FROM terms')) {
    for (const [index, said] of (terms as string[]).entries()) {
      const effect = effectOfTerms(said, question);
      if (effect === 'possible') possible += Number(counts?.[index]);
      if (effect !== 'refused') continue;
      appender.appendVarchar(said);
      appender.endRow();
    }
  }
  appender.closeSync();
  return possible;
}

async function* readRules(connection: DuckDBConnection): AsyncGenerator<readonly Rule[]> {
  // Many may have refused the same; the ports of a host are the same host.
  const rows = chunksOf(
    connection,
    `SELECT kind, "key" FROM (SELECT DISTINCT kind, "key" FROM candidates SEMI JOIN refusing USING (terms))
     ORDER BY regexp_replace(split_part("key", ')', 1), ':[0-9]+$', ''), kind, "key"`,
  );
  for await (const [kinds, keys] of rows) {
    yield (keys as string[]).map((key, index) => ruleOf(kinds?.[index] as ScopeKind, key));
  }
}

/** The columns of an answer, some rows at a time. */
async function* chunksOf(
  connection: DuckDBConnection,
  query: string,
): AsyncGenerator<readonly (readonly unknown[])[]> {
  const result = await connection.stream(query);
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    yield chunk.getColumns();
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withDuckDb } from '../../src/snapshots/parquet-rows.ts';
import { type Answer, type Answers, answerColumns, asked } from './answers.ts';
import { fileNames } from './write.ts';

const statementsFolder = join(import.meta.dirname, '../../integrations/sql/duckdb');

/** The statements in the order of their README. */
const statements = [
  'keys',
  'records',
  'addresses',
  'match-urls',
  'match-files',
  'match-pictures',
  'decide',
] as const;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Answers by the SQL that is given to others, from the Parquet files alone. */
export async function answersBySql(
  folder: string,
  snapshotFiles: string,
  operator: string,
): Promise<Answers> {
  return withDuckDb(async (connection) => {
    const run = (sql: string) => connection.run(sql);
    await run(`SET VARIABLE snapshot = ${quoted(snapshotFiles)}`);
    await run(`SET VARIABLE usage = ${quoted(asked.usage)}`);
    await run(`SET VARIABLE agent = [${quoted(asked.agent)}, ${quoted(operator)}]`);
    // Bytes that are no text are none of a clean URL; what becomes of them stands in the side table.
    await run(`CREATE VIEW dataset AS
      SELECT file_row_number + 1 AS row, id, TRY(decode(url)) AS url, TRY(decode(page_url)) AS page_url, sha256, md5, pdq
      FROM read_parquet(${quoted(join(folder, fileNames.parquet))}, file_row_number = true)`);
    await run(`CREATE VIEW unclean_keys AS FROM read_parquet(${quoted(join(folder, fileNames.keys))})`);
    for (const name of statements) await run(readFileSync(join(statementsFolder, `${name}.sql`), 'utf8'));
    const found = await connection.runAndReadAll(
      `SELECT ${answerColumns.map((column) => `"${column}"::VARCHAR AS "${column}"`).join(', ')}
       FROM decisions ORDER BY decisions.row`,
    );
    const rows = found.getRowObjectsJS() as unknown as Answer[];
    return new Map(rows.map((row) => [Number(row.row), row]));
  });
}

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetNames } from '../src/snapshots/file-names.ts';
import { countRows } from '../src/snapshots/parquet-rows.ts';
import { platforms, usersPerPlatform } from './filter-web.ts';
import { folders, subdomains, suffixes, words } from './web.ts';

/** As DuckDB makes them by itself. */
const rowGroupRows = 122_880;
/** Made and put in order at once. */
const rowsPerBlock = 2_500_000;
/** Hosts of the long tail for each row: as many rows fall on about half as many different ones. */
const tailHostsPerRow = 4;
/** Coprime to any number of hosts in use, so that which hosts are common has nothing to do with which have rules. */
const spread = 104_729;

const list = (texts: readonly string[]): string => `[${texts.map((each) => `'${each}'`).join(',')}]`;
const pick = (texts: readonly string[], number: string): string =>
  `${list(texts)}[1 + (${number}) % ${texts.length}]`;
const pad = (number: string): string => `lpad((${number})::VARCHAR, 2, '0')`;

/** `hostOf` in SQL. */
const hostSql = (n: string): string =>
  `concat(${pick(subdomains, n)}, '.', ${pick(words, n)}, '-', ${pick(words, `(${n}) >> 4`)}, '-', ${n}, '.', ${pick(suffixes, n)})`;

/** A key such as `com,example,img)/a/b` as host, and as path. */
const keyHostSql = `array_to_string(list_reverse(string_split(split_part(key, ')', 1), ',')), '.')`;
const keyPathSql = `substr(key, strpos(key || ')', ')') + 1)`;

type RuleKind = 'domain' | 'prefix' | 'url';

/**
 * The rows of a dataset of the imagined web, the same for the same rules: 3 % under a domain of the snapshot, 0.5 % under
 * a prefix, 1.5 % one of its URLs, 35 % others on platforms, the rest on a long tail of hosts, some of which have rules.
 * Two in a hundred URLs are written otherwise than their key.
 * @param folder of the snapshot's files.
 * @param counts of the rules there.
 * @param rows of the whole dataset, which decide how many hosts it has.
 */
function rowsSql(
  folder: string,
  counts: Record<RuleKind, number>,
  rows: number,
  block: { from: number; to: number },
): string {
  const rules = (kind: RuleKind) =>
    `read_parquet('${join(folder, parquetNames[kind])}', file_row_number = true)`;
  const picked = (kind: RuleKind, from: number, to: number) => `
    SELECT id, ${keyHostSql} AS host, ${keyPathSql} AS path
    FROM drawn JOIN ${rules(kind)} ON file_row_number = b % ${counts[kind]}
    WHERE share >= ${from} AND share < ${to}`;
  const tailHosts = tailHostsPerRow * rows;
  // A square makes some hosts common and most rare.
  const tail = `((floor(pow((b % 1000003) / 1000003.0 + (a >> 44) / 524288.0 / 1000003.0, 2) * ${tailHosts})::BIGINT * ${spread}) % ${tailHosts})`;
  return `
  WITH numbers AS (
    SELECT id, (md5_number_lower('filter ' || id) >> 1)::BIGINT AS a,
      (md5_number_upper('filter ' || id) >> 1)::BIGINT AS b
    FROM range(${block.from}, ${block.to}) AS numbers(id)
  ),
  drawn AS MATERIALIZED (SELECT id, b >> 8 AS b, a % 1000 AS share FROM numbers WHERE a % 1000 < 50),
  hits AS MATERIALIZED (${picked('domain', 0, 30)} UNION ALL ${picked('prefix', 30, 35)} UNION ALL ${picked('url', 35, 50)}),
  places AS (
    SELECT id, a, b, a % 1000 AS share, ${tail} AS tail, (a >> 10) % 36 AS platform,
      concat('/', ${pick(folders, 'a >> 16')}, '/', 2005 + (a >> 20) % 21, '/', ${pad('1 + (a >> 26) % 12')},
        '/', ${pick(words, 'a >> 30')}, '-', ${pick(words, 'a >> 34')}, '-', (a >> 38) % 100000, '.jpg',
        CASE WHEN b % 10 = 0 THEN '?w=1200&q=80' ELSE '' END) AS file
    FROM numbers
  ),
  parts AS (
    SELECT places.id, a, b, file,
      CASE
        WHEN share < 30 AND b % 2 = 0 THEN concat(${pick(subdomains, 'b >> 20')}, '.', hits.host)
        WHEN share < 50 THEN hits.host
        WHEN share < 400 THEN ${pick(platforms, `platform`)}
        ELSE ${hostSql(`(tail + CASE WHEN tail % 5 = 1 THEN 1 ELSE 0 END)`)}
      END AS host,
      CASE
        WHEN share < 30 THEN file
        WHEN share < 35 THEN hits.path || '/' || ${pick(words, 'a >> 30')} || '.jpg'
        WHEN share < 50 THEN hits.path
        WHEN share < 400 THEN concat('/u/', ${pick(words, 'b >> 20')}, '-', ${usersPerPlatform} + (b >> 30) % 3000000, file)
        ELSE file
      END AS path,
      (b >> 50) % 500 AS odd
    FROM places LEFT JOIN hits ON places.id = hits.id
  )
  SELECT
    concat(CASE WHEN a % 7 < 2 THEN 'http://' ELSE 'https://' END,
      CASE odd WHEN 0 THEN upper(host) WHEN 1 THEN concat(host, ':', CASE WHEN b % 2 = 0 THEN '8443' ELSE CASE WHEN a % 7 < 2 THEN '80' ELSE '443' END END)
        WHEN 2 THEN concat('bücher.', host) ELSE host END,
      CASE odd WHEN 3 THEN replace(path, '.jpg', '%7Eold.jpg') WHEN 4 THEN replace(path, '.jpg', ' (1).jpg')
        WHEN 5 THEN concat(path, '#top') WHEN 6 THEN concat('/./', path[2:]) WHEN 7 THEN replace(path, '.jpg', 'é.jpg')
        WHEN 8 THEN replace(path, '/20', '/%320') WHEN 9 THEN replace(path, '-', '%2d') ELSE path END) AS url,
    concat('A ', ${pick(words, 'b >> 8')}, ' and a ', ${pick(words, 'b >> 12')}, ', photographed near ',
      ${pick(words, 'b >> 16')}, ' ', ${pick(words, 'b >> 24')}, ' in ', 1980 + (b >> 28) % 46, ', print ', (b >> 32) % 10000) AS text,
    (200 + (a >> 12) % 1800)::INTEGER AS width,
    (200 + (a >> 22) % 1800)::INTEGER AS height,
    sha256(id::VARCHAR) AS content_digest,
    id
  FROM parts ORDER BY id`;
}

/**
 * The Parquet file of so many rows in a folder: made unless it is there.
 * @param snapshot folder of the files of a pulled snapshot, whose rules some rows fall under.
 */
export async function rowsFile(folder: string, snapshot: string, rows: number): Promise<string> {
  const path = join(folder, `rows-${rows / 1e6}m.parquet`);
  if (existsSync(path)) return path;
  const temp = join(folder, 'temp');
  mkdirSync(temp, { recursive: true });
  const options = { threads: '2', memory_limit: '4GB', temp_directory: temp };
  const instance = await DuckDBInstance.create(':memory:', options);
  try {
    const connection = await instance.connect();
    const count = (kind: RuleKind) => countRows(connection, join(snapshot, parquetNames[kind]));
    const counts = { domain: await count('domain'), prefix: await count('prefix'), url: await count('url') };
    const copy = (query: string, to: string) =>
      connection.run(
        `COPY (${query}) TO '${to}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`,
      );
    const blocks: string[] = [];
    for (let from = 0; from < rows; from += rowsPerBlock) {
      const to = join(temp, `block-${blocks.length}.parquet`);
      await copy(rowsSql(snapshot, counts, rows, { from, to: Math.min(rows, from + rowsPerBlock) }), to);
      blocks.push(to);
    }
    const whole = join(temp, 'rows.parquet');
    await copy(`FROM read_parquet(${list(blocks)})`, whole);
    const reader = await connection.runAndReadAll(
      `SELECT bool_and(id = file_row_number) AS ordered FROM read_parquet('${whole}', file_row_number = true)`,
    );
    if (reader.getRowObjects()[0]?.ordered !== true) throw new Error('the rows are out of order');
    connection.closeSync();
    renameSync(whole, path);
    return path;
  } finally {
    instance.closeSync();
    rmSync(temp, { recursive: true, force: true });
  }
}

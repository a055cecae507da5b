import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { canonicalUrl, urlKey } from '../src/opt-outs/url-key.ts';
import { type Found, provenRows } from './filter-proof.ts';

/** `filter.sql`, and between its parts the keys of the URLs that only a URL parser can read. */
const [path = '', files = '', threads = '1'] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads });
const connection = await instance.connect();
await connection.run(`SET VARIABLE files = '${files}'; SET VARIABLE data = '${path}'`);
const script = readFileSync(new URL('./filter.sql', import.meta.url), 'utf8');
const [opening = '', matching = ''] = script.split('-- part two:');
await connection.run(opening);
const unclean = await connection.runAndReadAll('FROM unclean');
const appender = await connection.createAppender('unclean_keys');
for (const [row, url] of unclean.getRows()) {
  const key = urlKey(String(url));
  if (key === null) continue;
  appender.appendBigInt(row as bigint);
  appender.appendVarchar(canonicalUrl(key).slice(`${key.scheme}://`.length));
  if (key.isIp) appender.appendNull();
  else appender.appendVarchar(key.host);
  appender.endRow();
}
appender.closeSync();
await connection.run(matching);
const numbers = async (query: string) =>
  (await connection.runAndReadAll(query)).getRows().map(([number]) => Number(number));
const [rows = 0] = await numbers('SELECT count(*) FROM rows');
const [dropped = 0] = await numbers('SELECT count(*) FROM dropped');
const first = await numbers(`SELECT row FROM dropped WHERE row < ${provenRows} ORDER BY row`);
connection.closeSync();
instance.closeSync();
process.stdout.write(JSON.stringify({ rows, dropped, first } satisfies Found));

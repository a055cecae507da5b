import { bytesFromHex, bytesToHex } from '../src/images/hash256.ts';
import { compile } from '../src/images/index/build.ts';
import { allocateWasm } from '../src/images/index/kernel-wasm.ts';
import { searchMany } from '../src/images/index/search.ts';
import { hashesOf, queriesFor } from './hash-sets.ts';

/** What a hash without its picture is looked up to. */
const radius = 31;
const rows = 20_000;
/** Rows of a column that are looked up together. */
const together = 1_024;

/** A program: rows a second and core of a column of PDQ hashes as hex, against so many hashes. */
const [hashes = '0'] = process.argv.slice(2);
const source = hashesOf(allocateWasm, Number(hashes), 'random');
const asked = queriesFor(source, rows);
const column = asked.map(({ hash }) => bytesToHex(hash));
const segment = compile(allocateWasm, [source], new Uint8Array(0));
const { user, system } = process.cpuUsage();
let found = 0;
for (let from = 0; from < rows; from += together) {
  const queries = column.slice(from, from + together).map(bytesFromHex);
  for (const [at, hits] of searchMany(segment, queries, radius).entries()) {
    const { row, distance } = asked[from + at] as (typeof asked)[number];
    if (row === null) continue;
    const place = hits.rows.indexOf(row);
    if (place < 0 || hits.distances[place] !== distance) throw new Error(`row ${row} was not found`);
    found += 1;
  }
}
const used = process.cpuUsage({ user, system });
if (found !== rows / 2) throw new Error(`${found} of ${rows / 2} hashes were found`);
process.stdout.write(JSON.stringify({ rowsPerCpuS: (rows * 1e6) / (used.user + used.system) }));

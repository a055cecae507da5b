import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OptOutRecord } from '../../src/opt-outs/record.ts';
import type { Terms } from '../../src/opt-outs/table/table.ts';
import { compileWorks } from '../../src/snapshots/build/compile-works.ts';
import { compileTable } from '../../src/snapshots/compile-table.ts';
import { withDuckDb } from '../../src/snapshots/parquet-rows.ts';

/** A record with where its leaf is. */
export interface Placed {
  record: OptOutRecord;
  seq: number;
  at: string;
}

const fileOfKind = {
  domain: 'domains.parquet',
  prefix: 'prefixes.parquet',
  url: 'urls.parquet',
  name: 'names.parquet',
  work: 'works.parquet',
} as const;

const text = (value: string | null): string => (value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`);
const time = (value: string | null): string => (value === null ? 'NULL' : `TIMESTAMPTZ '${value}'`);
const blob = (hex: string | null | undefined): string => (hex == null ? 'NULL' : `unhex('${hex}')`);

const recordType = `seq BIGINT, rid VARCHAR, ver INTEGER, state VARCHAR, since TIMESTAMPTZ, updated TIMESTAMPTZ,
  "at" TIMESTAMPTZ, kind VARCHAR, "key" VARCHAR, "keySpec" VARCHAR, usages MAP(VARCHAR, VARCHAR), "except" VARCHAR[],
  licence VARCHAR, contact VARCHAR, trust VARCHAR, contested BOOLEAN,
  "publishedAt" STRUCT(url VARCHAR, "at" TIMESTAMPTZ), salt BLOB`;
const fingerprintType = `seq BIGINT, rid VARCHAR, pdq0 UBIGINT, pdq1 UBIGINT, pdq2 UBIGINT, pdq3 UBIGINT,
  quality UTINYINT, variant VARCHAR, hasher VARCHAR, sha256 BLOB, md5 BLOB, blockhash BLOB, descriptor BLOB`;

function recordValues({ record, seq, at }: Placed): string {
  const { rid, version, state, since, updated, kind, key, keySpec, usages, except } = record;
  const { licence, contact, trust, contested, publishedAt, salt } = record;
  const pairs = Object.entries(usages);
  const map = `map([${pairs.map(([usage]) => text(usage))}], [${pairs.map(([, said]) => text(said))}])`;
  const place = publishedAt && `{'url': ${text(publishedAt.url)}, 'at': ${time(publishedAt.at)}}`;
  return `(${[
    ...[seq, text(rid), version, text(state), time(since), time(updated), time(at), text(kind), text(key)],
    ...[text(keySpec), map, `[${except.map(text)}]::VARCHAR[]`, text(licence), text(contact), text(trust)],
    ...[contested, place ?? 'NULL', blob(salt)],
  ].join(', ')})`;
}

function fingerprintValues({ record, seq }: Placed): string[] {
  return record.fingerprints.map((print) => {
    const { pdq, quality, variant, hasher, sha256, md5, blockhash, descriptor } = print;
    const words = [0, 16, 32, 48].map((from) =>
      pdq === null ? 'NULL' : `${BigInt(`0x${pdq.slice(from, from + 16)}`)}::UBIGINT`,
    );
    const blobs = [sha256, md5, blockhash, descriptor].map(blob);
    const values = [
      seq,
      text(record.rid),
      ...words,
      quality ?? 'NULL',
      text(variant),
      text(hasher),
      ...blobs,
    ];
    return `(${values.join(', ')})`;
  });
}

/** The Parquet files of a snapshot of these records, written from the description of their columns. */
export async function parquetOf(placed: readonly Placed[]): Promise<Record<string, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-parquet-'));
  try {
    const files: Record<string, Uint8Array> = {};
    await withDuckDb(async (connection) => {
      const write = async (name: string, type: string, values: readonly string[]) => {
        await connection.run(`CREATE OR REPLACE TABLE t (${type})`);
        if (values.length > 0) await connection.run(`INSERT INTO t VALUES ${values.join(', ')}`);
        await connection.run(`COPY t TO '${join(folder, name)}' (FORMAT parquet, COMPRESSION zstd)`);
        files[name] = new Uint8Array(readFileSync(join(folder, name)));
      };
      for (const [kind, name] of Object.entries(fileOfKind)) {
        const own = placed.filter(({ record }) => record.kind === kind);
        await write(name, recordType, own.map(recordValues));
      }
      await write('fingerprints.parquet', fingerprintType, placed.flatMap(fingerprintValues));
    });
    return files;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows of each of those files. */
export function rowsOf(placed: readonly Placed[]): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const [kind, name] of Object.entries(fileOfKind))
    rows[name] = placed.filter(({ record }) => record.kind === kind).length;
  rows['fingerprints.parquet'] = placed.reduce((sum, { record }) => sum + record.fingerprints.length, 0);
  return rows;
}

/** The compiled files of a snapshot of these records. */
export async function tablesOf(placed: readonly Placed[]): Promise<Record<string, Uint8Array>> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-tables-'));
  try {
    const paths = ['records.table', 'works.index', 'works.descriptors'].map((name) => join(folder, name));
    const [path = '', indexPath = '', descriptorsPath = ''] = paths;
    const terms = placed.map(({ record }): Terms => {
      const { kind, usages, except, licence, contact, trust, contested } = record;
      return { kind, usages, except, licence, contact, trust, contested };
    });
    const lines = linesOf(placed);
    const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
    await compileTable(
      (async function* () {
        yield text;
      })(),
      { path, rows: lines.length, terms, seed: [1, 2] },
    );
    const prints = placed.flatMap(({ record: { rid, fingerprints } }) =>
      fingerprints.flatMap(({ pdq, variant, quality, descriptor }) =>
        pdq === null ? [] : [[rid, variant, quality, pdq, descriptor ?? ''].join('\t')],
      ),
    );
    const printsPath = join(folder, 'prints');
    writeFileSync(printsPath, prints.map((line) => `${line}\n`).join(''));
    await compileWorks(printsPath, { indexPath, descriptorsPath });
    return Object.fromEntries(
      ['records.table', 'works.index', 'works.descriptors'].map((name, at) => [
        name,
        new Uint8Array(readFileSync(paths[at] as string)),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines as src/snapshots/table-lines.ts reads them. */
function linesOf(placed: readonly Placed[]): string[] {
  const order = (a: readonly string[], b: readonly string[]) =>
    Buffer.compare(Buffer.from(a[0] as string), Buffer.from(b[0] as string));
  const own = placed.map((each, at) => ({ ...each, at: String(at) }));
  const line = ({ record, seq, at }: (typeof own)[number], key: string) => {
    const since = record.since === null ? '' : String(Date.parse(record.since));
    return [key, [record.kind, key, record.rid, since, seq, at, ''].join('\t')] as const;
  };
  const works = own.filter(({ record }) => record.kind === 'work');
  const primary = works.map((each) => line(each, `h01${each.record.key}`)).toSorted(order);
  const rowOf = ({ record }: Placed) => primary.findIndex(([, text]) => text.includes(record.rid));
  const aliases = works.flatMap((each) => {
    const { rid, fingerprints } = each.record;
    const full = fingerprints.find(({ variant }) => variant === 'full');
    const keys = [
      ...(full?.md5 == null ? [] : [`h02${full.md5}`]),
      ...(full?.pdq == null || full.blockhash === null ? [] : [`h03${full.blockhash}`]),
      `h04${rid.replaceAll('-', '')}`,
    ];
    return keys.map((key) => [key, ['work', key, rid, '', 0, each.at, rowOf(each)].join('\t')] as const);
  });
  const texts = own
    .filter(({ record }) => record.kind !== 'work')
    .map((each) => line(each, `t${each.record.key}`));
  return [...primary, ...aliases.toSorted(order), ...texts.toSorted(order)].map(([, text]) => text);
}

import type { SubjectKind } from '../../opt-outs/record.ts';

/** Rows of one row group: the smallest piece of a Parquet file that is read at once. */
const rowsPerGroup = 122_880;

/** Longest line of a staging file in bytes: no database takes a record of 2 MB. */
const lineBytesMax = 2 * 1024 * 1024;
/** Read at once by each thread; left to itself DuckDB takes sixteen times the longest line. */
const readBytes = 8 * 1024 * 1024;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The Parquet file of each kind of subject. */
export const parquetNames: Readonly<Record<SubjectKind | 'fingerprints', string>> = {
  domain: 'domains.parquet',
  prefix: 'prefixes.parquet',
  url: 'urls.parquet',
  name: 'names.parquet',
  work: 'works.parquet',
  fingerprints: 'fingerprints.parquet',
};

const recordShape = {
  rid: 'UUID',
  ver: 'INTEGER',
  state: 'VARCHAR',
  since: 'TIMESTAMPTZ',
  updated: 'TIMESTAMPTZ',
  kind: 'VARCHAR',
  key: 'VARCHAR',
  keySpec: 'VARCHAR',
  usages: 'MAP(VARCHAR, VARCHAR)',
  except: ['VARCHAR'],
  licence: 'VARCHAR',
  contact: 'VARCHAR',
  trust: 'VARCHAR',
  contested: 'BOOLEAN',
  publishedAt: { url: 'VARCHAR', at: 'TIMESTAMPTZ' },
};

const printShape = {
  pdq: 'VARCHAR',
  quality: 'UTINYINT',
  variant: 'VARCHAR',
  hasher: 'VARCHAR',
  sha256: 'VARCHAR',
  md5: 'VARCHAR',
  blockhash: 'VARCHAR',
  descriptor: 'VARCHAR',
};

/** Columns many records share in all their values. */
export const sharedNames = ['kind', 'usages', 'except', 'licence', 'contact', 'trust', 'contested'] as const;

export const createTables = [
  `CREATE TABLE records (
    seq BIGINT, "at" TIMESTAMPTZ, salt BLOB, terms VARCHAR, rid UUID, ver INTEGER, state VARCHAR,
    since TIMESTAMPTZ, updated TIMESTAMPTZ, kind VARCHAR, "key" VARCHAR, "keySpec" VARCHAR,
    usages MAP(VARCHAR, VARCHAR), "except" VARCHAR[], licence VARCHAR, contact VARCHAR, trust VARCHAR,
    contested BOOLEAN, "publishedAt" STRUCT(url VARCHAR, "at" TIMESTAMPTZ)
  )`,
  `CREATE TABLE prints (
    seq BIGINT, rid UUID, pdq VARCHAR, quality UTINYINT, variant VARCHAR, hasher VARCHAR, sha256 VARCHAR, md5 VARCHAR,
    blockhash VARCHAR, descriptor VARCHAR
  )`,
];

/** What of a record many others share, as a JSON array in the order of `sharedNames`. */
const terms = `'[' || list_aggregate(json_extract(record, [${sharedNames
  .map((name) => `'$.${name}'`)
  .join(', ')}]), 'string_agg', ',') || ']'`;

/** Takes a staging file apart: JSON into columns, fingerprints into rows of their own. */
export function readStaged(
  path: string,
  { hasWorks }: { hasWorks: boolean },
): [readRecords: string, ...others: string[]] {
  const lines = `read_csv(${quoted(path)}, header = false, delim = E'\\t', quote = '', escape = '', auto_detect = false,
    max_line_size = ${lineBytesMax}, buffer_size = ${readBytes}, columns = {'seq': 'BIGINT', 'at': 'TIMESTAMPTZ', 'salt': 'VARCHAR', 'record': 'VARCHAR'})`;
  const shape = (columns: object) => `from_json(record, ${quoted(JSON.stringify(columns))})`;
  const { rid } = recordShape;
  return [
    `INSERT INTO records
     SELECT seq, "at", salt, terms, r.rid, r.ver, r.state, r.since, r.updated, r.kind, r."key", r."keySpec", r.usages,
       r."except", r.licence, r.contact, r.trust, r.contested, r."publishedAt"
     FROM (SELECT seq, "at", unhex(salt) AS salt, ${shape(recordShape)} AS r, ${terms} AS terms FROM ${lines})`,
    ...(hasWorks
      ? [
          `INSERT INTO prints
           SELECT seq, rid, f.pdq, f.quality, f.variant, f.hasher, f.sha256, f.md5, f.blockhash, f.descriptor
           FROM (SELECT seq, r.rid AS rid, unnest(r.fingerprints) AS f
             FROM (SELECT seq, ${shape({ rid, fingerprints: [printShape] })} AS r FROM ${lines}))`,
        ]
      : []),
  ];
}

const recordColumns = `seq, rid::VARCHAR AS rid, ver, state, since, updated, "at", kind, "key", "keySpec", usages, "except",
  licence, contact, trust, contested, "publishedAt", salt`;

const parquet = `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowsPerGroup})`;

/** Writes one Parquet file. */
export function copyParquet(kind: SubjectKind | 'fingerprints', path: string): string {
  if (kind === 'fingerprints') return copyFingerprints(path);
  return kind === 'work' ? copyWorks(path) : copyRecords(kind, path);
}

/** The records of one kind, sorted by key. */
function copyRecords(kind: Exclude<SubjectKind, 'work'>, path: string): string {
  return `COPY (SELECT ${recordColumns} FROM records WHERE kind = '${kind}' ORDER BY "key", rid)
    TO ${quoted(path)} ${parquet}`;
}

/** Works, with the digests of their files as bytes beside the key. */
function copyWorks(path: string): string {
  return `COPY (SELECT ${recordColumns}, unhex("key") AS sha256, unhex(md5) AS md5
      FROM (SELECT records.*, prints.md5 FROM records LEFT JOIN prints
        ON prints.rid = records.rid AND prints.variant = 'full' WHERE kind = 'work')
      ORDER BY "key", rid) TO ${quoted(path)} ${parquet}`;
}

const word = (n: number): string => `('0x' || substr(pdq, ${1 + 16 * n}, 16))::UBIGINT AS pdq${n}`;

/** Fingerprints, a PDQ as four words, the first bit of the hash highest in the first. */
function copyFingerprints(path: string): string {
  return `COPY (SELECT seq, rid::VARCHAR AS rid, ${[0, 1, 2, 3].map(word).join(', ')}, quality, variant, hasher,
      unhex(sha256) AS sha256, unhex(md5) AS md5, unhex(blockhash) AS blockhash, unhex(descriptor) AS descriptor
      FROM prints ORDER BY pdq0 NULLS LAST, pdq1, pdq2, pdq3, rid, variant) TO ${quoted(path)} ${parquet}`;
}

/** Numbers what records have in common, and works in the order of their keys. */
export const numberTerms = [
  `CREATE TABLE terms AS
   SELECT row_number() OVER (ORDER BY terms) - 1 AS number, terms FROM (SELECT DISTINCT terms FROM records)`,
  `CREATE TABLE works AS
   SELECT row_number() OVER (ORDER BY "key", rid) - 1 AS number, rid, terms.number AS terms
   FROM records JOIN terms USING (terms) WHERE kind = 'work'`,
];

export const copyTerms = (path: string): string =>
  `COPY (SELECT terms FROM terms ORDER BY number) TO ${quoted(path)} ${lines}`;

// No byte of a key or of JSON is a tab or a line end. Given any quote, DuckDB puts it around whatever has a `#`.
const lines = `(FORMAT csv, HEADER false, DELIMITER E'\\t', QUOTE '', ESCAPE '')`;

const line = (key: string) =>
  `kind, ${key} AS k, records.rid, epoch_ms(since) AS since, seq, terms.number, NULL AS of_work`;

/** The lines of the record table in its order: works by their files, then by everything else, then what has text. */
export function copyLines(path: string, part: 'works' | 'aliases' | 'texts'): string {
  switch (part) {
    case 'works':
      return `COPY (SELECT ${line(`'h01' || "key"`)} FROM records JOIN terms USING (terms) WHERE kind = 'work'
        ORDER BY "key", records.rid) TO ${quoted(path)} ${lines}`;
    case 'aliases':
      return `COPY (SELECT 'work', k, rid, NULL, 0, terms, number FROM (
          SELECT 'h02' || md5 AS k, rid, terms, number FROM prints JOIN works USING (rid)
            WHERE variant = 'full' AND md5 IS NOT NULL
          UNION ALL SELECT 'h03' || blockhash, rid, terms, number FROM prints JOIN works USING (rid)
            WHERE variant = 'full' AND pdq IS NOT NULL AND blockhash IS NOT NULL
          UNION ALL SELECT 'h04' || replace(rid::VARCHAR, '-', ''), rid, terms, number FROM works)
        ORDER BY k, rid) TO ${quoted(path)} ${lines}`;
    case 'texts':
      return `COPY (SELECT ${line(`'t' || "key"`)} FROM records JOIN terms USING (terms) WHERE kind <> 'work'
        ORDER BY "key", kind, records.rid) TO ${quoted(path)} ${lines}`;
  }
}

/** The fingerprints that are compared, record by record. */
export function copyPrints(path: string): string {
  return `COPY (SELECT rid, variant, quality, pdq, descriptor FROM prints WHERE pdq IS NOT NULL
    ORDER BY rid, variant) TO ${quoted(path)} ${lines}`;
}

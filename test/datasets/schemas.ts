/**
 * Datasets as others publish them: names and types of columns, codec and row groups, each with where that was seen.
 * The rows are made up. `COPY (sql(rows)) TO … (FORMAT parquet, options)` in DuckDB makes a file of one.
 */
export interface Schema {
  name: string;
  source: string;
  sql: (rows: number) => string;
  options: string;
}

const url = (host: string) =>
  `'https://' || ${host} || '.example/' || (hash(i) % 1000) || '/' || substr(md5(i::VARCHAR), 1, 16) || '.jpg'`;
const anyHost = "'img' || (hash(i + 1) % 500)";
const rowsOf = (rows: number) => `range(${rows}) t(i)`;

export const schemas: readonly Schema[] = [
  {
    name: 'laion',
    source:
      'Dataset cards of LAION-5B subsets on Hugging Face; parts in snappy after img2dataset, dataset_examples/laion5B.md. ' +
      'Names are upper-case, and hash is a number that is no digest.',
    sql: (
      rows,
    ) => `SELECT ${url(anyHost)} AS "URL", 'a caption ' || i AS "TEXT", (i % 2000)::DOUBLE AS "WIDTH",
      (i % 1500)::DOUBLE AS "HEIGHT", (i % 100) / 250.0 AS similarity, (hash(i) >> 1)::BIGINT AS hash,
      (i % 97) / 97.0 AS punsafe, (i % 89) / 89.0 AS pwatermark, 'en' AS "LANGUAGE" FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION snappy, ROW_GROUP_SIZE 20480',
  },
  {
    name: 'datacomp',
    source:
      'DataComp, download_upstream.py and resharder.py: uid, url, text, face_bboxes; uid is 128 bits in hex. Sizes, ' +
      'scores and sha256 are as its metadata is described in its README.',
    sql: (
      rows,
    ) => `SELECT md5('u' || i) AS uid, ${url(anyHost)} AS url, 'text ' || i AS text, 512 AS original_width,
      384 AS original_height, (i % 100) / 300.0 AS clip_b32_similarity_score,
      [[0.1, 0.2, 0.3, 0.4]::DOUBLE[]] AS face_bboxes, sha256('f' || i) AS sha256 FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION snappy',
  },
  {
    name: 'pd12m',
    source:
      'Dataset card of Spawning/PD12M: id, url, s3_key, caption, hash, width, height, mime_type, license, source. hash is MD5.',
    sql: (rows) => `SELECT uuid()::VARCHAR AS id, ${url(anyHost)} AS url, 'images/' || i || '.jpg' AS s3_key,
      'caption ' || i AS caption, md5('f' || i) AS hash, 1024 AS width, 768 AS height, 'image/jpeg' AS mime_type,
      'https://creativecommons.org/publicdomain/zero/1.0/' AS license, 'Wikimedia' AS source FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION zstd',
  },
  {
    name: 'cc2dataset',
    source:
      'cc2dataset, README: uid, url, alt, cc_filename, page_url; uid is md5(alt + url). Spark writes snappy.',
    sql: (rows) => `SELECT md5('alt' || i) AS uid, ${url(anyHost)} AS url, 'alt ' || i AS alt,
      'crawl-data/CC-MAIN/' || (i // 1000) || '.warc.wat.gz' AS cc_filename,
      'https://page' || (i % 60) || '.example/' || (i // 7) AS page_url FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION snappy, ROW_GROUP_SIZE 10240',
  },
  {
    name: 'img2dataset',
    source:
      'img2dataset, writer.py and downloader.py: the Parquet beside each shard. sha256 is of the file as it was downloaded, ' +
      'and missing, as sizes are, where the download failed.',
    sql: (rows) => `SELECT ${url(anyHost)} AS url, 'caption ' || i AS caption, printf('%09d', i) AS key,
      CASE WHEN i % 9 = 0 THEN 'failed_to_download' ELSE 'success' END AS status,
      CASE WHEN i % 9 = 0 THEN 'HTTP Error 404: Not Found' END AS error_message,
      CASE WHEN i % 9 <> 0 THEN 256 END AS width, CASE WHEN i % 9 <> 0 THEN 256 END AS height,
      CASE WHEN i % 9 <> 0 THEN 800 END AS original_width, CASE WHEN i % 9 <> 0 THEN 600 END AS original_height,
      CASE WHEN i % 9 <> 0 THEN '{}' END AS exif, CASE WHEN i % 9 <> 0 THEN sha256('f' || i) END AS sha256 FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION snappy',
  },
  {
    name: 'coyo',
    source:
      'img2dataset, dataset_examples for COYO-700M: url and text in 128 snappy parts; id and image_phash after its card.',
    sql: (
      rows,
    ) => `SELECT (4000000000000 + i)::BIGINT AS id, ${url(anyHost)} AS url, 'text ' || i AS text, 640 AS width,
      480 AS height, substr(md5('p' || i), 1, 16) AS image_phash, 17 AS text_length FROM ${rowsOf(rows)}`,
    options: 'COMPRESSION snappy',
  },
];

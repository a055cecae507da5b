-- Works by the digests of their files. dataset(row, sha256, md5): text of hex digits, in any case.

-- What JavaScript calls white space, so that the same cells are blank everywhere.
CREATE OR REPLACE MACRO trimmed(cell) AS
  trim(cell, E'\t\n\u000b\u000c\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff');

-- The cells of one column of hashes that are not blank.
CREATE OR REPLACE TABLE file_digests AS
SELECT row, field, trimmed(cell) AS cell, CASE field WHEN 'sha256' THEN 64 ELSE 32 END AS digits
FROM (
  SELECT row, 'sha256' AS field, sha256 AS cell FROM dataset
  UNION ALL SELECT row, 'md5', md5 FROM dataset)
WHERE trimmed(cell) <> '';

INSERT INTO faults
SELECT row, field, 'has an unusable ' || field || ': must be ' || digits || ' hex digits (' ||
  if(field = 'sha256', 'SHA-256', 'MD5') || ' of the file)'
FROM file_digests WHERE NOT (length(cell) = digits AND regexp_full_match(cell, '[0-9A-Fa-f]*'));

INSERT INTO matches
WITH
  digests AS (
    SELECT row, field, unhex(cell) AS digest FROM file_digests
    ANTI JOIN faults USING (row, field)
  ),
  works AS (
    SELECT 'sha256' AS field, sha256 AS digest, rid FROM records WHERE sha256 IS NOT NULL
    UNION ALL SELECT 'md5', md5, rid FROM records WHERE md5 IS NOT NULL
  )
SELECT row, field, 'exact' AS likeness, rid, trust, trust_rank, preference, effect, since
FROM digests JOIN works USING (field, digest) JOIN records USING (rid);

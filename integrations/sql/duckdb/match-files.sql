-- Works by the digests of their files. dataset(row, sha256, md5): text of hex digits, in any case.

-- Without the white space around it, as JavaScript knows it, so that the same cells are blank everywhere.
CREATE OR REPLACE MACRO trimmed(cell) AS trim(cell, array_to_string(list_transform(
  range(9, 14) || [32, 160, 5760] || range(8192, 8203) || [8232, 8233, 8239, 8287, 12288, 65279],
  lambda code: chr(code::INTEGER)), ''));

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

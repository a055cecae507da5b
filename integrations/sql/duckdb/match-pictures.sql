-- Works by their PDQ hash. dataset(row, pdq): text of 64 hex digits, in any case.
--
-- Two hashes at most 31 bits apart are, in one of sixteen bands of 16 bits, at most one bit apart: of 31 differing bits
-- sixteen bands cannot all have two. So every registered band is filed under its own value and under the sixteen that are
-- one bit away, a dataset's band is looked up once, and whatever meets is compared whole.

-- src/images/decide.ts and src/images/gate.ts
SET VARIABLE match_max = 24;
SET VARIABLE possible_max = 31;
SET VARIABLE quality_min = 50;

-- The n-th 16 bits of four words, from 0, the highest first.
CREATE OR REPLACE MACRO band(words, n) AS (words[1 + n // 4] >> (48 - 16 * (n % 4))) & 65535;

-- bit_count gives an INT8, whose sum overflows from 128 on.
CREATE OR REPLACE MACRO hamming(a0, a1, a2, a3, b0, b1, b2, b3) AS
  bit_count(xor(a0, b0))::INTEGER + bit_count(xor(a1, b1))::INTEGER +
  bit_count(xor(a2, b2))::INTEGER + bit_count(xor(a3, b3))::INTEGER;

CREATE OR REPLACE TABLE picture_hashes AS
SELECT row, trimmed(pdq) AS cell FROM dataset WHERE trimmed(pdq) <> '';

INSERT INTO faults
SELECT row, 'pdq', 'has an unusable pdq: must be 64 hex digits (PDQ-256 hash)'
FROM picture_hashes WHERE NOT (length(cell) = 64 AND regexp_full_match(cell, '[0-9A-Fa-f]*'));

-- Each hash once, however many rows have it.
CREATE OR REPLACE TABLE asked_hashes AS
SELECT cell, list_transform(range(4), lambda n: ('0x' || substr(cell, 1 + 16 * n, 16))::UBIGINT) AS words
FROM (SELECT DISTINCT lower(cell) AS cell FROM picture_hashes
  ANTI JOIN (FROM faults WHERE field = 'pdq') USING (row));

CREATE OR REPLACE TABLE work_hashes AS
SELECT rid, pdq0, pdq1, pdq2, pdq3
FROM read_parquet(getvariable('snapshot') || '/fingerprints.parquet') SEMI JOIN records USING (rid)
WHERE pdq0 IS NOT NULL AND quality >= getvariable('quality_min');

INSERT INTO matches
WITH
  work_bands AS (
    SELECT n, band([pdq0, pdq1, pdq2, pdq3], n) AS band, work_hashes.* FROM work_hashes, range(16) AS bands(n)
  ),
  filed AS (
    SELECT n, unnest([band] || list_transform(range(16), lambda bit: xor(band, 1::UBIGINT << bit))) AS band,
      rid, pdq0, pdq1, pdq2, pdq3
    FROM work_bands
  ),
  asked AS (SELECT cell, words, n, band(words, n) AS band FROM asked_hashes, range(16) AS bands(n)),
  near AS (
    SELECT cell, rid, min(hamming(words[1], words[2], words[3], words[4], pdq0, pdq1, pdq2, pdq3)) AS distance
    FROM asked JOIN filed USING (n, band)
    GROUP BY cell, rid
  )
SELECT picture_hashes.row, 'pdq',
  if(distance <= getvariable('match_max'), 'match', 'possible') AS likeness,
  rid, trust, trust_rank, preference,
  -- What is only similar never decides, and what is excepted stays so.
  if(effect = 'decides' AND distance > getvariable('match_max'), 'possible', effect) AS effect, since
FROM near
  JOIN picture_hashes ON lower(picture_hashes.cell) = near.cell
  JOIN records USING (rid)
WHERE distance <= getvariable('possible_max');

-- What the records of a snapshot say about one usage to one agent, before they meet the others.
--
--   SET VARIABLE snapshot = '/data/snapshot/1234';  -- the folder with the Parquet files
--   SET VARIABLE usage = 'train-ai';
--   SET VARIABLE agent = ['GPTBot', 'OpenAI'];      -- the product token and its operator; [] for nobody

-- src/opt-outs/effect.ts: from which trust on a record decides, and whether it is possible below.
CREATE OR REPLACE TABLE effects AS
FROM (VALUES ('domain', 2, false), ('prefix', 1, false), ('url', 1, true), ('work', 0, false))
  AS effects(kind, decides_from, possible_below);

-- src/consent/evidence.ts: later outranks earlier.
CREATE OR REPLACE TABLE trusts AS
FROM (VALUES ('email', 0), ('profile', 1), ('domain', 2), ('identity', 3)) AS trusts(trust, trust_rank);

-- effect: `decides`, `possible` (goes to a person), or `excepted` (refuses, but not this agent).
CREATE OR REPLACE TABLE records AS
WITH
  files AS (
    FROM read_parquet(
      list_transform(['domains', 'prefixes', 'urls', 'works'],
        lambda name: getvariable('snapshot') || '/' || name || '.parquet'),
      union_by_name = true)
  ),
  speaking AS (
    SELECT *, usages[getvariable('usage')] AS preference FROM files
    WHERE state = 'active' AND preference IS NOT NULL
  )
SELECT
  kind, "key", rid, trust, trust_rank, preference,
  CASE
    WHEN preference = 'disallow' AND list_has_any(
      list_transform("except", lambda name: lower(name)),
      list_transform(getvariable('agent')::VARCHAR[], lambda name: lower(name))) THEN 'excepted'
    WHEN trust_rank >= decides_from THEN 'decides'
    ELSE 'possible'
  END AS effect,
  strftime(make_timestamp_ms(epoch_ms(since)), '%Y-%m-%dT%H:%M:%S.%gZ') AS since,
  sha256, md5
FROM speaking JOIN effects USING (kind) JOIN trusts USING (trust)
WHERE (trust_rank >= decides_from OR possible_below)
  -- To allow takes more than an email address.
  AND (preference = 'disallow' OR trust_rank >= 1);

-- No look-up goes deeper than this (src/opt-outs/scope.ts), so a rule that does is never met.
DELETE FROM records
WHERE (kind = 'domain' AND length("key") > 253)
  OR (kind = 'prefix' AND (len(segments("key")) > 16 OR length("key") - length(authority("key")) - 1 > 4096));

-- Hosts with rules for some of their paths: prefixes are tried for their rows alone.
CREATE OR REPLACE TABLE prefix_authorities AS
SELECT DISTINCT authority("key") AS authority FROM records WHERE kind = 'prefix';

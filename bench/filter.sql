-- Which rows of a dataset the domains, prefixes and URLs of a snapshot cover: joins for equality on keys made beforehand.
-- It says which rows and nothing else, so that nothing slows it; integrations/sql/duckdb has what a decision takes besides.
-- Rules are few against rows, so their keys are put in the spelling of a URL, and rows are cut and never turned round.
--
--   SET VARIABLE files = …;  the folder of the snapshot's Parquet files
--   SET VARIABLE data = …;   a Parquet file with a column `url`

-- The pattern of src/opt-outs/clean-url.ts: what canonicalisation would not change.
CREATE MACRO is_clean(url) AS
  length(url) <= 16384 AND regexp_full_match(url,
    'https?://' ||
    '(?:[a-z0-9_]+(?:-[a-z0-9_]+)*\.)*[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*' ||
    '(?:/(?:(?:[A-Za-z0-9_~!$&''()*+,;=:@-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))' ||
    '(?:[A-Za-z0-9._~!$&''()*+,;=:@-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))*)?)+' ||
    '(?:\?(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))*)?');

-- `com,example,www` is `www.example.com`.
CREATE MACRO spelled_host(surt) AS array_to_string(list_reverse(string_split(surt, ',')), '.');

-- `com,example:8443)/art` is `example.com:8443/art`. IPv6 addresses, in brackets, hold colons and stay as they are.
CREATE MACRO authority(surt) AS split_part(surt, ')', 1);
CREATE MACRO port(authority) AS if(contains(authority, ':') AND authority[1] <> '[', ':' || split_part(authority, ':', 2), '');
CREATE MACRO spelled(surt) AS
  if(surt[1] = '[', authority(surt), spelled_host(split_part(authority(surt), ':', 1))) || port(authority(surt)) ||
    substr(surt, length(authority(surt)) + 2);

-- Rules that refuse training and decide.
CREATE MACRO rules(name) AS TABLE
  SELECT DISTINCT "key" FROM read_parquet(getvariable('files') || '/' || name)
  WHERE state = 'active' AND usages['train-ai'] = 'disallow' AND trust IN ('profile', 'domain', 'identity')
    AND (kind <> 'domain' OR trust <> 'profile');
CREATE TABLE domains AS SELECT spelled_host("key") AS host FROM rules('domains.parquet');
CREATE TABLE prefixes AS SELECT spelled("key") AS place FROM rules('prefixes.parquet');
-- How deep the prefixes of a host go, and whether they end in a slash: no row has to be cut anywhere else.
CREATE TABLE prefix_depths AS
SELECT DISTINCT split_part(place, '/', 1) AS authority, len(string_split(if(suffix(place, '/'), place[:-2], place), '/')) AS n,
  if(suffix(place, '/'), '/', '') AS slash
FROM prefixes;
CREATE TABLE urls AS SELECT spelled("key") AS place FROM rules('urls.parquet');

CREATE TABLE rows AS
SELECT file_row_number AS row, url, is_clean(url) AS clean
FROM read_parquet(getvariable('data'), file_row_number = true);

-- place: a URL without its scheme; host: NULL where it is an address, of which no domain speaks.
CREATE TABLE unclean_keys (row BIGINT, place VARCHAR, host VARCHAR);
CREATE VIEW unclean AS SELECT row, url FROM rows WHERE NOT clean;

-- part two:
-- Once the keys of what is in `unclean` are in `unclean_keys`.

CREATE VIEW addresses AS
SELECT row, substr(url, if(url[5] = ':', 8, 9)) AS place, split_part(url, '/', 3) AS host FROM rows WHERE clean
UNION ALL
FROM unclean_keys;

CREATE TABLE dropped AS
WITH
  -- Every name above a host but the last label: the few that are longer are taken apart.
  hosts_0 AS (SELECT row, host FROM addresses WHERE host IS NOT NULL),
  hosts_1 AS (SELECT row, substr(host, strpos(host, '.') + 1) AS host FROM hosts_0),
  hosts_2 AS (SELECT row, substr(host, strpos(host, '.') + 1) AS host FROM hosts_1 WHERE contains(host, '.')),
  labels AS (SELECT row, string_split(host, '.') AS labels FROM hosts_2 WHERE contains(host, '.')),
  hosts_3 AS (
    SELECT row, array_to_string(labels[n:], '.') AS host
    FROM (SELECT *, unnest(range(2, len(labels))) AS n FROM labels)
  ),
  hosts AS (FROM hosts_0 UNION ALL FROM hosts_1 UNION ALL FROM hosts_2 UNION ALL FROM hosts_3),

  -- A prefix ends behind a whole segment, and with a slash another has to follow.
  paths AS (
    SELECT row, split_part(place, '/', 1) AS authority, split_part(place, '?', 1) AS place
    FROM addresses SEMI JOIN prefix_depths ON authority = split_part(place, '/', 1)
  ),
  parts AS (SELECT row, authority, string_split(place, '/') AS parts FROM paths),
  prefixes_of AS (
    SELECT row, array_to_string(parts[:n], '/') || slash AS place
    FROM parts JOIN prefix_depths USING (authority)
    WHERE n + length(slash) <= len(parts)
  )
SELECT DISTINCT row FROM (
  SELECT row FROM hosts SEMI JOIN domains USING (host)
  UNION ALL
  SELECT row FROM prefixes_of SEMI JOIN prefixes USING (place)
  UNION ALL
  SELECT row FROM addresses SEMI JOIN urls USING (place)
);

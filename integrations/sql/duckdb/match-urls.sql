-- Which records cover which URL: the domains above its host, the prefixes above its path, and the URL itself. Keys are
-- exploded and joined for equality; a LIKE would compare every row with every record.

CREATE OR REPLACE TABLE matches AS
WITH
  -- `com,example`, `com,example,www`: from two labels on, up to sixteen.
  hosts AS (SELECT row, field, string_split(host_surt, ',') AS labels FROM addresses),
  host_ends AS (SELECT *, unnest(range(2, 1 + least(16, len(labels)))) AS n FROM hosts),
  domain_keys AS (SELECT row, field, array_to_string(labels[1:n], ',') AS "key" FROM host_ends),

  -- Two prefixes end at each boundary: `/art/`, what is below, and `/art/x`, that segment too. Up to sixteen segments.
  paths AS (
    SELECT row, field, authority(surt) AS authority, segments(surt)[1:16] AS segments
    FROM addresses WHERE authority(surt) IN (FROM prefix_authorities)
  ),
  path_ends AS (SELECT *, unnest(range(0, 1 + len(segments))) AS n FROM paths),
  prefix_keys AS (
    SELECT row, field, authority || ')/' || array_to_string(segments[1:n], '/') AS "key"
    FROM path_ends WHERE n > 0 AND segments[n] <> ''
    UNION ALL
    SELECT row, field, authority || ')/' || array_to_string(segments[1:n] || [''], '/')
    FROM path_ends WHERE n < len(segments)
  ),

  found AS (
    SELECT row, field, 'domain' AS kind, "key" FROM domain_keys
      SEMI JOIN (FROM records WHERE kind = 'domain') USING ("key")
    UNION ALL
    SELECT row, field, 'prefix', "key" FROM prefix_keys
      SEMI JOIN (FROM records WHERE kind = 'prefix') USING ("key")
    UNION ALL
    SELECT row, field, 'url', surt FROM addresses
      SEMI JOIN (FROM records WHERE kind = 'url') ON surt = "key"
  )
-- likeness: how alike the files are; an address has none.
SELECT row, field, NULL::VARCHAR AS likeness, rid, trust, trust_rank, preference, effect, since
FROM found JOIN records USING (kind, "key");

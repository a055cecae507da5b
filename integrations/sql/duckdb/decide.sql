-- From all that was found to one decision a row. A row that is not among them may be kept: nothing was found for it.

-- The order in which columns are looked at (src/actions/check-records.ts).
CREATE OR REPLACE TABLE fields AS
FROM (VALUES ('url', 1), ('page_url', 2), ('sha256', 3), ('md5', 4), ('pdq', 5)) AS fields(field, place);

-- What the match is called, and which one counts for more.
CREATE OR REPLACE TABLE likenesses AS
FROM (VALUES ('exact', 'same file', 0), ('match', 'same picture', 1), ('possible', 'similar picture', 2),
  (NULL, 'address', 3)) AS likenesses(likeness, likeness_words, likeness_rank);

CREATE OR REPLACE TABLE decisions AS
WITH
  -- A record speaks once, by the first column that meets it.
  said AS (
    FROM matches JOIN fields USING (field)
      JOIN likenesses ON likenesses.likeness IS NOT DISTINCT FROM matches.likeness
    QUALIFY row_number() OVER (PARTITION BY row, rid ORDER BY place) = 1
  ),
  verdicts AS (
    SELECT row,
      bool_or(effect = 'decides' AND preference = 'disallow') AS is_refused,
      bool_or(effect = 'decides' AND preference = 'allow') AS is_allowed,
      bool_or(effect = 'possible') AS is_possible
    FROM said GROUP BY row
  ),
  -- src/consent/decide.ts: a refusal before what is only possible before a permission; then the better proven, the
  -- nearer match, and the id of the record.
  strongest AS (
    FROM said WHERE effect <> 'excepted'
    QUALIFY row_number() OVER (
      PARTITION BY row
      ORDER BY (effect = 'decides' AND preference = 'disallow') DESC, (effect = 'possible') DESC,
        (preference = 'disallow') DESC, trust_rank DESC, likeness_rank, rid) = 1
  ),
  -- http or https, and yet of a host that no record can name: nobody can say that nothing was said.
  unknowable AS (
    SELECT row, 'registry: ' || min(field) || ' is not an http or https URL' AS why
    FROM unclean_keys WHERE fault IS NULL AND surt IS NULL GROUP BY row
  ),
  bad AS (
    SELECT row, fault FROM faults JOIN fields USING (field)
    QUALIFY row_number() OVER (PARTITION BY row ORDER BY place) = 1
  ),
  found AS (SELECT row FROM verdicts UNION SELECT row FROM unknowable UNION SELECT row FROM bad),
  together AS (
    SELECT row, fault,
      CASE WHEN is_refused THEN 'disallow' WHEN is_allowed THEN 'allow' ELSE 'unknown' END AS verdict,
      CASE WHEN is_refused THEN 'stop' WHEN is_possible OR why IS NOT NULL THEN 'review' ELSE 'proceed' END AS act,
      -- What could not be looked up outweighs a permission, and nothing else.
      why IS NOT NULL AND NOT coalesce(is_refused OR is_possible, false) AS is_unknowable, why
    FROM found LEFT JOIN verdicts USING (row) LEFT JOIN unknowable USING (row) LEFT JOIN bad USING (row)
  ),
  reasons AS (
    SELECT row, likeness_words, rid, trust, since, field FROM strongest
    ANTI JOIN (FROM together WHERE is_unknowable OR fault IS NOT NULL) USING (row)
  )
SELECT
  row, id,
  if(fault IS NULL, verdict, 'bad') AS verdict,
  if(fault IS NULL, act, '') AS act,
  CASE
    WHEN fault IS NOT NULL THEN fault
    WHEN is_unknowable THEN why
    WHEN rid IS NULL THEN ''
    ELSE 'registry, ' || likeness_words ||
      CASE act WHEN 'stop' THEN ' refuses ' WHEN 'review' THEN ' may refuse ' ELSE ' allows ' END ||
      getvariable('usage')
  END AS reason,
  if(rid IS NULL, '', 'registry') AS source,
  coalesce(rid, '') AS record,
  coalesce(trust, '') AS trust,
  coalesce(since, '') AS reserved_since,
  coalesce(field, '') AS "column"
FROM together JOIN dataset USING (row) LEFT JOIN reasons USING (row);

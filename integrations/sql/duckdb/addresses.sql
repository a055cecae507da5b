-- The keys of every URL of a dataset, in one table for all columns of URLs.
--
--   dataset(row, id, url, page_url): `row` counts from 1.
--   unclean_keys(row, field, surt, host_surt, fault): every URL that `is_clean` refuses or that is longer than 8,192
--     characters, by src/datasets/unclean-keys.ts. host_surt is NULL for an IP address, surt for what has no key; fault
--     says why a row is bad.

CREATE OR REPLACE TABLE addresses AS
SELECT row, 'url' AS field, surt(url) AS surt, host_surt(url) AS host_surt
FROM dataset WHERE length(url) <= 8192 AND is_clean(url)
UNION ALL
SELECT row, 'page_url', surt(page_url), host_surt(page_url)
FROM dataset WHERE length(page_url) <= 8192 AND is_clean(page_url)
UNION ALL
SELECT row, field, surt, host_surt
FROM unclean_keys WHERE fault IS NULL AND surt IS NOT NULL;

-- Cells that make their row bad.
CREATE OR REPLACE TABLE faults AS
SELECT row, field, fault FROM unclean_keys WHERE fault IS NOT NULL;

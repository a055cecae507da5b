-- Keys of URLs (urlkey/1). A clean URL is one that canonicalisation would not change, so that its key is its own bytes
-- put in another order. All others need a URL parser: their keys come from a table that one has made beforehand.

-- The pattern of src/opt-outs/clean-url.ts, held against the whole text.
CREATE OR REPLACE MACRO is_clean(url) AS
  length(url) <= 16384 AND regexp_full_match(url,
    'https?://' ||
    '(?:[a-z0-9_]+(?:-[a-z0-9_]+)*\.)*[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*' ||
    '(?:/(?:(?:[A-Za-z0-9_~!$&''()*+,;=:@-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))' ||
    '(?:[A-Za-z0-9._~!$&''()*+,;=:@-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))*)?)+' ||
    '(?:\?(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF]))*)?');

-- The host of a clean URL with its labels reversed: `com,example,www`.
CREATE OR REPLACE MACRO host_surt(url) AS
  array_to_string(list_reverse(string_split(split_part(url, '/', 3), '.')), ',');

-- The exact key of a clean URL: `com,example,www)/path?query`.
CREATE OR REPLACE MACRO surt(url) AS
  host_surt(url) || ')' || substr(url, length(split_part(url, '/', 1)) + length(split_part(url, '/', 3)) + 3);

-- Host and port of a key, which prefixes and URLs hold whole: `com,example:8443`.
CREATE OR REPLACE MACRO authority(surt) AS split_part(surt, ')', 1);

-- The segments of the path of a key: `['art', 'x.jpg']` for `com,example)/art/x.jpg?size=2`.
CREATE OR REPLACE MACRO segments(surt) AS
  string_split(substr(split_part(surt, '?', 1), length(authority(surt)) + 3), '/');

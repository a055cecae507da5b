-- What sites say of themselves, by origin, and documents they name elsewhere, by URL. robots.txt files are among it
-- now; the table that held them alone stays empty.
CREATE TABLE signals_cache (
  key TEXT NOT NULL PRIMARY KEY,
  entry TEXT NOT NULL,
  stored_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX signals_cache_age ON signals_cache (stored_at);
DELETE FROM robots_cache;

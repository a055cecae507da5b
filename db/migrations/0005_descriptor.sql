-- The second descriptor of a work, on the row of its whole form; null where none was sent.
ALTER TABLE fingerprints ADD COLUMN descriptor BLOB;
-- Whose works a held-back work met, and how: what a moderator has to look at side by side.
CREATE TABLE likenesses (
  rid TEXT NOT NULL,
  other TEXT NOT NULL,
  why TEXT NOT NULL,
  distance INTEGER NOT NULL,
  variant TEXT NOT NULL,
  other_variant TEXT NOT NULL,
  orientation TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (rid, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX likenesses_other ON likenesses (other);

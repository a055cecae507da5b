-- What opens each version's commitment, for receipts and the feed; emptied when the record is erased.
ALTER TABLE record_events ADD COLUMN salt TEXT;
ALTER TABLE record_events ADD COLUMN canonical TEXT;
CREATE INDEX record_events_pending ON record_events (rid) WHERE seq IS NULL AND leaf_type IS NOT NULL;

-- What consumers say of their datasets, one report of each at a time; completed_at is null while parts are to come.
CREATE TABLE dataset_reports (
  id TEXT NOT NULL PRIMARY KEY,
  consumer TEXT NOT NULL,
  dataset TEXT NOT NULL,
  digest TEXT NOT NULL,
  at TEXT NOT NULL,
  completed_at TEXT,
  UNIQUE (consumer, dataset, digest)
) STRICT, WITHOUT ROWID;
-- Copies of each record in them. They go with the record.
CREATE TABLE reported_records (
  rid TEXT NOT NULL,
  report TEXT NOT NULL,
  removed INTEGER NOT NULL,
  licensed INTEGER NOT NULL,
  disputed INTEGER NOT NULL,
  PRIMARY KEY (rid, report)
) STRICT, WITHOUT ROWID;
CREATE INDEX reported_records_report ON reported_records (report);

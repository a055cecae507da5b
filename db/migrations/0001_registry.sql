-- Times are RFC 3339 UTC with milliseconds, so that text order is time order.
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE creators (
  id TEXT NOT NULL PRIMARY KEY,
  email_lookup TEXT NOT NULL UNIQUE,
  email_cipher TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE opt_outs (
  id TEXT NOT NULL PRIMARY KEY,
  creator_id TEXT NOT NULL REFERENCES creators (id),
  name_cipher TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'agent')),
  statement TEXT NOT NULL,
  created_at TEXT NOT NULL,
  confirmed_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX opt_outs_creator ON opt_outs (creator_id);
CREATE INDEX opt_outs_unconfirmed ON opt_outs (created_at) WHERE confirmed_at IS NULL;

CREATE TABLE records (
  rid TEXT NOT NULL PRIMARY KEY,
  opt_out_id TEXT NOT NULL REFERENCES opt_outs (id),
  kind TEXT NOT NULL CHECK (kind IN ('work', 'url', 'prefix', 'domain', 'name')),
  key TEXT NOT NULL,
  key_spec TEXT NOT NULL,
  label TEXT NOT NULL,
  host TEXT,
  usages TEXT NOT NULL,
  except_operators TEXT NOT NULL,
  licence TEXT,
  contact TEXT,
  trust TEXT NOT NULL CHECK (trust IN ('email', 'profile', 'domain', 'identity')),
  contested INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  since TEXT,
  updated_at TEXT NOT NULL,
  published_at TEXT,
  salt TEXT NOT NULL,
  canonical TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX records_key ON records (key) WHERE state = 'active';
CREATE INDEX records_opt_out ON records (opt_out_id);

-- The append-only outbox. Its rowid is the order of events; (rid, version) is the guard that stops the loser of a
-- race, because a constraint rolls a whole batch back and a WHERE that matches nothing does not.
CREATE TABLE record_events (
  rid TEXT NOT NULL,
  version INTEGER NOT NULL,
  event TEXT NOT NULL,
  leaf_type TEXT,
  state TEXT NOT NULL,
  commitment TEXT NOT NULL,
  at TEXT NOT NULL,
  seq INTEGER UNIQUE,
  PRIMARY KEY (rid, version)
) STRICT;

CREATE TABLE fingerprints (
  rid TEXT NOT NULL REFERENCES records (rid),
  variant TEXT NOT NULL,
  pdq BLOB,
  quality INTEGER,
  hasher TEXT,
  sha256 TEXT NOT NULL,
  md5 TEXT,
  blockhash TEXT,
  low_information TEXT,
  PRIMARY KEY (rid, variant)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_sha256 ON fingerprints (sha256) WHERE variant = 'full';
CREATE INDEX fingerprints_md5 ON fingerprints (md5) WHERE variant = 'full';

CREATE TABLE proofs (
  creator_id TEXT NOT NULL REFERENCES creators (id),
  host TEXT NOT NULL,
  token TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'found', 'missing', 'lost')),
  method TEXT,
  detail TEXT,
  created_at TEXT NOT NULL,
  checked_at TEXT,
  found_at TEXT,
  missing_since TEXT,
  PRIMARY KEY (creator_id, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX proofs_due ON proofs (state, checked_at);

CREATE TABLE tokens (
  hash TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('confirm', 'link', 'session', 'admin', 'admin-session')),
  subject TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_expiry ON tokens (expires_at);

-- A letter waits here until it is handed over, so that a restart loses none; its content is encrypted.
CREATE TABLE letters (
  id TEXT NOT NULL PRIMARY KEY,
  cipher TEXT NOT NULL,
  created_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TEXT NOT NULL,
  sent_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX letters_waiting ON letters (next_attempt_at) WHERE sent_at IS NULL;

CREATE TABLE consumers (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  consumer_id TEXT NOT NULL REFERENCES consumers (id),
  hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT, WITHOUT ROWID;

-- What a check leaves behind: a count per record, consumer, verdict and day. Never a missed URL, never a query.
CREATE TABLE checks_daily (
  rid TEXT NOT NULL,
  consumer TEXT NOT NULL,
  verdict TEXT NOT NULL,
  day TEXT NOT NULL,
  hits INTEGER NOT NULL,
  PRIMARY KEY (rid, consumer, verdict, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE robots_cache (
  origin TEXT NOT NULL PRIMARY KEY,
  entry TEXT NOT NULL,
  stored_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX robots_cache_age ON robots_cache (stored_at);

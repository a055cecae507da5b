import { customType, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Bytes on both drivers: better-sqlite3 answers with a Buffer, D1 with an ArrayBuffer or an array of numbers. */
const bytes = customType<{ data: Uint8Array; driverData: Uint8Array | ArrayBuffer | number[] }>({
  dataType: () => 'blob',
  fromDriver: (value) => (value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array(value)),
});

/** Small facts about this installation: its origin, its schema version. */
export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

export const creators = sqliteTable('creators', {
  id: text('id').primaryKey(),
  emailLookup: text('email_lookup').notNull().unique(),
  emailCipher: text('email_cipher').notNull(),
  createdAt: text('created_at').notNull(),
});

export const optOuts = sqliteTable('opt_outs', {
  id: text('id').primaryKey(),
  creatorId: text('creator_id').notNull(),
  nameCipher: text('name_cipher').notNull(),
  role: text('role', { enum: ['owner', 'agent'] }).notNull(),
  statement: text('statement').notNull(),
  createdAt: text('created_at').notNull(),
  confirmedAt: text('confirmed_at'),
  /** When the letter that leads to the receipt was written. */
  receiptSentAt: text('receipt_sent_at'),
});

export const records = sqliteTable('records', {
  rid: text('rid').primaryKey(),
  optOutId: text('opt_out_id').notNull(),
  kind: text('kind', { enum: ['work', 'url', 'prefix', 'domain', 'name'] }).notNull(),
  key: text('key').notNull(),
  keySpec: text('key_spec').notNull(),
  /** What the creator typed or the file's name: shown to the creator alone, never published. */
  label: text('label').notNull(),
  /** The host whose proof concerns this record; null for works and names. */
  host: text('host'),
  usages: text('usages').notNull(),
  except: text('except_operators').notNull(),
  licence: text('licence'),
  contact: text('contact'),
  trust: text('trust', { enum: ['email', 'profile', 'domain', 'identity'] }).notNull(),
  contested: integer('contested', { mode: 'boolean' }).notNull().default(false),
  state: text('state').notNull(),
  version: integer('version').notNull(),
  since: text('since'),
  updatedAt: text('updated_at').notNull(),
  publishedAt: text('published_at'),
  salt: text('salt').notNull(),
  canonical: text('canonical').notNull(),
});

export const recordEvents = sqliteTable(
  'record_events',
  {
    rid: text('rid').notNull(),
    version: integer('version').notNull(),
    event: text('event').notNull(),
    leafType: text('leaf_type'),
    state: text('state').notNull(),
    commitment: text('commitment').notNull(),
    at: text('at').notNull(),
    /** Index of its leaf in the consent log; null until sequenced, and for events that are never published. */
    seq: integer('seq'),
    salt: text('salt'),
    canonical: text('canonical'),
  },
  (table) => [primaryKey({ columns: [table.rid, table.version] })],
);

export const fingerprints = sqliteTable(
  'fingerprints',
  {
    rid: text('rid').notNull(),
    variant: text('variant').notNull(),
    pdq: bytes('pdq'),
    quality: integer('quality'),
    hasher: text('hasher'),
    sha256: text('sha256').notNull(),
    md5: text('md5'),
    blockhash: text('blockhash'),
    lowInformation: text('low_information'),
    /** Of the whole work, on the row of its variant `full`. */
    descriptor: bytes('descriptor'),
  },
  (table) => [primaryKey({ columns: [table.rid, table.variant] })],
);

/** Why a work is held back: each work of somebody else that it met. */
export const likenesses = sqliteTable(
  'likenesses',
  {
    rid: text('rid').notNull(),
    other: text('other').notNull(),
    why: text('why', { enum: ['file', 'match', 'crowded'] }).notNull(),
    /** In bits; 0 for the same file. */
    distance: integer('distance').notNull(),
    /** Which row of the held work, turned how, met which row of the other. */
    variant: text('variant').notNull(),
    otherVariant: text('other_variant').notNull(),
    orientation: text('orientation').notNull(),
    at: text('at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.rid, table.other] })],
);

export const proofs = sqliteTable(
  'proofs',
  {
    creatorId: text('creator_id').notNull(),
    host: text('host').notNull(),
    token: text('token').notNull(),
    state: text('state', { enum: ['waiting', 'found', 'missing', 'lost'] }).notNull(),
    method: text('method'),
    detail: text('detail'),
    createdAt: text('created_at').notNull(),
    checkedAt: text('checked_at'),
    foundAt: text('found_at'),
    missingSince: text('missing_since'),
  },
  (table) => [primaryKey({ columns: [table.creatorId, table.host] })],
);

export const tokens = sqliteTable('tokens', {
  hash: text('hash').primaryKey(),
  purpose: text('purpose', { enum: ['confirm', 'link', 'session', 'admin', 'admin-session'] }).notNull(),
  subject: text('subject').notNull(),
  createdAt: text('created_at').notNull(),
  expiresAt: text('expires_at').notNull(),
  usedAt: text('used_at'),
});

export const letters = sqliteTable('letters', {
  id: text('id').primaryKey(),
  cipher: text('cipher').notNull(),
  createdAt: text('created_at').notNull(),
  attempts: integer('attempts').notNull().default(0),
  nextAttemptAt: text('next_attempt_at').notNull(),
  sentAt: text('sent_at'),
  /** Keyed hash of the address it goes to. */
  lookup: text('lookup'),
});

export const consumers = sqliteTable('consumers', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: text('created_at').notNull(),
});

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  consumerId: text('consumer_id').notNull(),
  hash: text('hash').notNull().unique(),
  hint: text('hint').notNull(),
  scopes: text('scopes').notNull(),
  createdAt: text('created_at').notNull(),
  revokedAt: text('revoked_at'),
});

export const checksDaily = sqliteTable(
  'checks_daily',
  {
    rid: text('rid').notNull(),
    consumer: text('consumer').notNull(),
    verdict: text('verdict').notNull(),
    day: text('day').notNull(),
    hits: integer('hits').notNull(),
  },
  (table) => [primaryKey({ columns: [table.rid, table.consumer, table.verdict, table.day] })],
);

export const datasetReports = sqliteTable('dataset_reports', {
  id: text('id').primaryKey(),
  /** Empty in development, where nobody has to show a key. */
  consumer: text('consumer').notNull(),
  dataset: text('dataset').notNull(),
  digest: text('digest').notNull(),
  at: text('at').notNull(),
  /** Null while parts are still to come: until then the report before it counts. */
  completedAt: text('completed_at'),
});

export const reportedRecords = sqliteTable(
  'reported_records',
  {
    rid: text('rid').notNull(),
    report: text('report').notNull(),
    removed: integer('removed').notNull(),
    licensed: integer('licensed').notNull(),
    disputed: integer('disputed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.rid, table.report] })],
);

export const signalsCache = sqliteTable('signals_cache', {
  key: text('key').primaryKey(),
  entry: text('entry').notNull(),
  storedAt: text('stored_at').notNull(),
});

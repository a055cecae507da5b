import type { Database } from '../db/database.ts';
import type { Lookup, RecordLookup } from '../db/lookup.ts';
import type { Config } from './config.ts';
import type { FingerprintSet, SetHit } from './images/fingerprint-set.ts';
import type { LowInformation } from './images/gate.ts';
import type { IndexOptions } from './images/index/hash-index.ts';
import type { IdTable } from './images/index/ids.ts';
import type { PixelQuery } from './images/pixel-query.ts';
import type { Work } from './images/work.ts';
import type { NoteKey, NoteSigner } from './log/note-key.ts';
import type { SnapshotContent } from './log/snapshot-manifest.ts';
import type { LogFiles, LogLock } from './log-store/ports.ts';
import type { Fetcher, Resolver } from './net/fetching.ts';
import type { SignalsCache } from './net/signals-cache.ts';
import type { Secrets } from './secrets.ts';

/**
 * Everything an action needs from outside. Built once by node.ts or worker.ts; tests build their own.
 */
export interface Deps {
  config: Config;
  database: Database;
  /** Prepared once per database. */
  lookup: Lookup;
  secrets: Secrets;
  clock: Clock;
  random: Random;
  log: Log;
  mail: Mail;
  letters: Letters;
  fingerprints: OwnedFingerprintIndex;
  /** Null where the host cannot decode pictures (Workers). */
  decoder: Decoder | null;
  fetcher: Fetcher;
  resolver: Resolver;
  /** What sites say of themselves. */
  signals: SignalsCache;
  hits: Hits;
  consentLog: ConsentLog;
  /** Null where none can lie (Workers). */
  snapshots: Snapshots | null;
  limiter: Limiter;
  /** Aborted when the host begins to stop, so that answers which wait for news end. Absent where none is told. */
  stopping?: AbortSignal;
}

/** What answering a check needs: a registry with its database has it, and so has a snapshot without one. */
export interface CheckDeps extends Pick<Deps, 'clock'> {
  config: Pick<Config, 'origin'>;
  lookup: RecordLookup;
  fingerprints: FingerprintIndex;
  /** Null where nothing is known of what sites say, and nothing is fetched: each answer then says so. */
  signals: SignalsCache | null;
  hits: Pick<Hits, 'add'>;
  consentLog: Pick<ConsentLog, 'origin' | 'published'>;
  /** What every answer has to warn of, such as a snapshot past its time. Absent where there is nothing. */
  warnings?: () => readonly string[];
}

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** @returns that many bytes no one can guess. */
export type Random = (bytes: number) => Uint8Array<ArrayBuffer>;

/** Structured log lines. Never given an address, a name, a URL that was checked, or a token. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface Letter {
  to: string;
  subject: string;
  text: string;
}

/** The fingerprints of all active works in memory. */
export interface FingerprintIndex {
  set: FingerprintSet;
  /** The second descriptor of each work, `descriptorBytes` each by the set's work numbers; zeros where there is none. */
  descriptors: Uint8Array;
  threads: FingerprintThreads;
  /** Brings the set up to what is known by now, so that a change acts on the next query. */
  catchUp(): Promise<void>;
}

/** The same in a registry, which can tell one's own pictures from other people's. */
export interface OwnedFingerprintIndex extends FingerprintIndex {
  /** Whose work each is, by the set's work numbers. */
  owners: { ids: IdTable; ofWork: Uint32Array };
}

/** Who searches and compiles the index: the thread that answers, or others beside it. */
export interface FingerprintThreads {
  /** What the set is made with. */
  options: IndexOptions;
  /** @returns what `searchFingerprints` finds for each hash, in the order of the hashes. */
  search(set: FingerprintSet, hashes: readonly Uint8Array[], distanceMax: number): Promise<SetHit[][]>;
  /** Told after changes: compiles what is due, without making searches wait. */
  tend(set: FingerprintSet): void;
  close(): Promise<void>;
}

/** Reads one uploaded picture and fingerprints it, off the thread that answers requests. */
export interface Decoder {
  /** @throws AppError `unsupported-image`, `broken-image`, `image-too-large`, `unavailable`. */
  fingerprint(
    bytes: Uint8Array,
  ): Promise<{ work: Work; exactOnly: LowInformation | null; pixels: PixelQuery }>;
}

/** Counts answered checks; kept in memory and written down from time to time. */
export interface Hits {
  add(rid: string, consumer: string, verdict: string): void;
  /** Writes what was counted since the last time. */
  flush(): Promise<void>;
}

/** The consent log: where it lies, who signs it, and what was published last. */
export interface ConsentLog {
  /** `example.org/log`: the name in its checkpoints. */
  origin: string;
  files: LogFiles;
  lock: LogLock;
  /** Keys that sign now: one, or two while they overlap. */
  signers: readonly NoteSigner[];
  /** Keys whose signatures count: those, and their predecessors. */
  keys: readonly NoteKey[];
  /** Signs check receipts. */
  checkSigner: NoteSigner;
  /** The newest checkpoint this process knows to be published; null before the first. */
  published: { note: string; size: number; root: Uint8Array } | null;
}

/** Snapshots that lie ready on this host, published or not. */
export interface Snapshots {
  list(): Promise<{ content: SnapshotContent; digest: string }[]>;
  /** @returns null when there is no such file. */
  open(size: number, name: string): Promise<SnapshotFile | null>;
}

/** A file of a snapshot. What is open can be read to its end even when the file is removed meanwhile. */
export interface SnapshotFile {
  bytes: number;
  /** 64 lower-case hex digits. */
  sha256: string;
  /** Bytes `from` up to `to`, which is left out. Once. */
  read(from: number, to: number): ReadableStream<Uint8Array>;
  /** Lets go of a file that is not to be read. */
  close(): Promise<void>;
}

/** Writes the letters; the words themselves live with the pages. */
export interface Letters {
  confirm(to: { to: string; name: string; token: string; expiresAt: string; records: number }): Letter;
  link(to: { to: string; token: string; expiresAt: string }): Letter;
  receipt(to: { to: string; token: string; expiresAt: string; records: number }): Letter;
  proofMissing(to: { to: string; host: string; records: number; suspendAfter: string }): Letter;
  proofLost(to: { to: string; host: string; records: number }): Letter;
}

/**
 * Hands one letter over.
 * @throws when it was not accepted; the letter is then tried again later.
 */
export type Mail = (letter: Letter) => Promise<void>;

/**
 * Counts what one caller does. `take` says whether `cost` more is allowed now, and if not, in how many seconds.
 */
export interface Limiter {
  take(
    bucket: Bucket,
    caller: string,
    cost?: number,
  ): { allowed: true } | { allowed: false; retryAfterS: number };
}

/** What is limited, each with its own allowance. */
export type Bucket = 'write' | 'mail' | 'fetch' | 'check' | 'upload' | 'sign-in';

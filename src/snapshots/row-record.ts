import type { Fingerprint, OptOutRecord, Usages } from '../opt-outs/record.ts';

/** A row of a record's Parquet file: times as RFC 3339 UTC with milliseconds, bytes as lower-case hex. */
export interface RecordRow {
  seq: number;
  rid: string;
  ver: number;
  state: string;
  since: string | null;
  updated: string;
  /** Time of the leaf. */
  at: string;
  kind: string;
  key: string;
  keySpec: string;
  usages: Readonly<Record<string, string>>;
  except: readonly string[];
  licence: string | null;
  contact: string | null;
  trust: string;
  contested: boolean;
  publishedAt: { url: string; at: string } | null;
  salt: string;
}

/** A row of `fingerprints.parquet`, `pdq` being its four words. */
export interface FingerprintRow {
  pdq: readonly [bigint, bigint, bigint, bigint] | null;
  quality: number | null;
  variant: string;
  hasher: string;
  sha256: string | null;
  md5: string | null;
  blockhash: string | null;
  descriptor: string | null;
}

/**
 * A record as its leaf commits to it, from its row and, of a work, the rows of its fingerprints in any order. What it
 * says is not checked: whether it opens the commitment decides.
 */
export function recordOfRow(row: RecordRow, prints: readonly FingerprintRow[]): OptOutRecord {
  const { ver: version, seq: _seq, at: _at, ...same } = row;
  const usages = row.usages as Usages;
  const kind = row.kind as OptOutRecord['kind'];
  const trust = row.trust as OptOutRecord['trust'];
  const state = row.state as OptOutRecord['state'];
  return { ...same, version, usages, kind, trust, state, fingerprints: prints.map(fingerprintOf) };
}

function fingerprintOf({ pdq, md5, descriptor, ...same }: FingerprintRow): Fingerprint {
  return {
    ...same,
    pdq: pdq === null ? null : pdq.map((word) => word.toString(16).padStart(16, '0')).join(''),
    ...(md5 === null ? {} : { md5 }),
    ...(descriptor === null ? {} : { descriptor }),
  };
}

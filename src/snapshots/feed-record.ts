import { z } from 'zod';
import type { WorkChange } from '../actions/fingerprint-index.ts';
import { trustLevels, usages } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import type { FeedEvent } from '../follow/feed.ts';
import { descriptorBytes } from '../images/descriptor.ts';
import { bytesFromHex } from '../images/hash256.ts';
import { variantNames } from '../images/variants.ts';
import { subjectKinds } from '../opt-outs/record.ts';
import type { OverlayRecord } from './overlay.ts';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

const Print = z.object({
  variant: z.enum(variantNames),
  pdq: hex(32).nullable(),
  quality: z.number().int().min(0).max(100).nullable(),
  md5: hex(16).nullish(),
  blockhash: hex(32).nullable(),
  descriptor: hex(descriptorBytes).optional(),
});

/** The columns an answer rests on; the others were verified with them and are not needed. */
const Columns = z.object({
  rid: z.uuid(),
  state: z.string(),
  kind: z.enum(subjectKinds),
  key: z.string(),
  since: z.string().nullable(),
  usages: z.partialRecord(z.enum(usages), z.enum(['allow', 'disallow'])),
  except: z.array(z.string()),
  licence: z.string().nullable(),
  contact: z.string().nullable(),
  trust: z.enum(trustLevels),
  contested: z.boolean(),
  fingerprints: z.array(Print).max(variantNames.length),
});

/** What an event makes of a record. */
export interface RecordNow {
  rid: string;
  /** Place of this version in the log. */
  seq: number;
  /** Null when it is not in force, or not known any more. */
  record: OverlayRecord | null;
  /** What it is found by as a picture. */
  work: WorkChange;
  /** What it said is not known any more. */
  isGone: boolean;
}

/** A record of which nothing is known any more. */
export const goneRecord = (rid: string, seq = 0): RecordNow => ({
  ...{ rid, seq, record: null, isGone: true },
  work: { rid, active: false, variants: [], descriptor: null },
});

/**
 * Reads what an event of the feed makes of its record.
 * @throws AppError `invalid` for a record this version does not understand: to leave it out would be to allow.
 */
export function readFeedRecord({ seq, rid, record }: FeedEvent): RecordNow {
  if (record === null) return goneRecord(rid, seq);
  const parsed = Columns.safeParse(record);
  if (
    !parsed.success ||
    parsed.data.rid !== rid ||
    (parsed.data.kind === 'work' && !isSha256(parsed.data.key))
  ) {
    throw new AppError('invalid', `the record of leaf ${seq} is of a form this version does not understand`, {
      fix: 'use a newer version of withhold',
      cause: parsed.error,
    });
  }
  const { state, fingerprints, rid: _rid, ...columns } = parsed.data;
  if (state !== 'active') return { ...goneRecord(rid, seq), isGone: false };
  const full = fingerprints.find(({ variant }) => variant === 'full');
  return {
    rid,
    seq,
    record: {
      ...columns,
      md5: full?.md5 ?? null,
      // A picture too plain to be found by likeness is not found by its blockhash either.
      blockhash: full === undefined || full.pdq === null ? null : full.blockhash,
    },
    work: {
      rid,
      active: true,
      variants: fingerprints.flatMap(({ variant, pdq, quality }) =>
        pdq === null ? [] : [{ variant, pdq: bytesFromHex(pdq), quality: quality ?? 0 }],
      ),
      descriptor: full?.descriptor === undefined ? null : bytesFromHex(full.descriptor),
    },
    isGone: false,
  };
}

const isSha256 = (key: string): boolean => /^[0-9a-f]{64}$/.test(key);

import type { Statement } from '../../db/database.ts';
import {
  appendEvents,
  type EventRow,
  type FingerprintRow,
  fingerprintsOf,
  type NewFingerprint,
  type RecordRow,
  saveRecords,
} from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord, saltBytes } from '../opt-outs/record.ts';
import {
  contestedAfter,
  leafOf,
  type RecordEvent,
  type RecordState,
  transition,
} from '../opt-outs/states.ts';
import { toHex } from '../secrets.ts';

export type Prints = readonly (FingerprintRow | NewFingerprint)[];

export interface RecordChange {
  row: RecordRow;
  event: EventRow;
}

/**
 * The next version of a record after an event: state by the transition table, a new salt, the canonical bytes and
 * their commitment. Nothing is written yet.
 * @param patch what else changes (trust, usages…).
 * @throws AppError `conflict` when the state does not allow the event.
 */
export async function changeRecord(
  deps: Deps,
  row: RecordRow,
  prints: Prints,
  event: RecordEvent,
  patch: Partial<RecordRow> = {},
): Promise<RecordChange> {
  const before = row.state as RecordState;
  const state = transition(before, event);
  const at = new Date(deps.clock()).toISOString();
  const next: RecordRow = {
    ...row,
    ...patch,
    state,
    contested: contestedAfter(row.contested, event),
    version: row.version + 1,
    updatedAt: at,
    salt: toHex(deps.random(saltBytes)),
  };
  // In force since: kept through changes and suspensions, begun anew after a withdrawal.
  if (state === 'active' && (next.since === null || before === 'withdrawn')) next.since = at;
  const bytes = canonicalRecordBytes(toRecord(next, prints));
  next.canonical = new TextDecoder().decode(bytes);
  return {
    row: next,
    event: {
      rid: next.rid,
      version: next.version,
      event,
      leafType: leafOf(before, event),
      state,
      commitment: await commitment(next.salt, bytes),
      at,
      salt: next.salt,
      canonical: next.canonical,
    },
  };
}

/** Changes many stored records at once; `choose` says what happens to each, null leaves it alone. */
export async function changeRecords(
  deps: Deps,
  rows: readonly RecordRow[],
  choose: (row: RecordRow) => { event: RecordEvent; patch?: Partial<RecordRow> } | null,
): Promise<RecordChange[]> {
  const chosen = rows.flatMap((row) => {
    const change = choose(row);
    return change === null ? [] : [{ row, ...change }];
  });
  const works = chosen.filter(({ row }) => row.kind === 'work').map(({ row }) => row.rid);
  const prints = Map.groupBy(await fingerprintsOf(deps.database, works), (print) => print.rid);
  return Promise.all(
    chosen.map(({ row, event, patch }) => changeRecord(deps, row, prints.get(row.rid) ?? [], event, patch)),
  );
}

/** The statements that store changes and their events, for one `atomically`. */
export function saveChanges(deps: Deps, changes: readonly RecordChange[]): Statement[] {
  return [
    ...saveRecords(
      deps.database,
      changes.map((change) => change.row),
    ),
    ...appendEvents(
      deps.database,
      changes.map((change) => change.event),
    ),
  ];
}

/** A stored row as the record of the domain. */
export function toRecord(row: RecordRow, prints: Prints): OptOutRecord {
  return {
    rid: row.rid,
    kind: row.kind,
    key: row.key,
    keySpec: row.keySpec,
    usages: JSON.parse(row.usages),
    except: JSON.parse(row.except),
    licence: row.licence,
    contact: row.contact,
    trust: row.trust,
    contested: row.contested,
    state: row.state as RecordState,
    version: row.version,
    since: row.since,
    updated: row.updatedAt,
    publishedAt: row.publishedAt === null ? null : JSON.parse(row.publishedAt),
    salt: row.salt,
    fingerprints: prints.map((print) => ({
      variant: print.variant,
      pdq: print.pdq === null ? null : hexOf(print.pdq),
      quality: print.pdq === null ? null : print.quality,
      hasher: print.hasher ?? 'file',
      sha256: print.sha256,
      blockhash: print.blockhash,
      md5: print.md5,
      ...(print.descriptor === null ? {} : { descriptor: hexOf(print.descriptor) }),
    })),
  };
}

/** Bytes from the database, or hex that is about to be stored. */
const hexOf = (value: Uint8Array | string): string => (typeof value === 'string' ? value : toHex(value));

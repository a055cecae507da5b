import { creatorById, optOutById, proofsOfCreator } from '../../db/creators.ts';
import { deleteLeft, deleteRecords } from '../../db/erase.ts';
import {
  appendEvents,
  type EventRow,
  type RecordRow,
  recordsById,
  recordsOfCreator,
  recordsOfOptOut,
} from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { provenBy } from './prove.ts';
import { changeRecord } from './record-changes.ts';
import { addressOf } from './sign-in.ts';

/** One record, all of one opt-out, or all there is of a creator. */
export type Erasable = { rid: string } | { optOut: string } | 'everything';

export interface Erased {
  /** How many records are gone. */
  records: number;
  /** Whether nothing of the creator is left: no opt-out, no name, no address, no session. */
  everything: boolean;
}

/** Records of one batch. */
const recordsPerBatchMax = 2_000;

/**
 * Erases for good. The database forgets record, fingerprints, salts and every earlier version; what was published
 * stays in the log as commitments that nobody can open without a receipt, followed by one that says `erased`.
 * @throws AppError `not-found` when the target is not this creator's; a constraint violation, nothing of that batch
 * being erased, when a record changed meanwhile.
 */
export async function erase(deps: Deps, creatorId: string, target: Erasable): Promise<Erased> {
  const rows = await ownRecords(deps, creatorId, target);
  await eraseRecords(deps, creatorId, rows);
  const everything = (await creatorById(deps.database, creatorId)) === undefined;
  await overwriteErased(deps);
  deps.log.info({ records: rows.length, everything }, 'records erased');
  return { records: rows.length, everything };
}

/** Leaves nothing of what was deleted in the write-ahead log; where somebody reads it just now, maintenance does it. */
export async function overwriteErased(deps: Deps): Promise<void> {
  if ((await deps.database.scrub?.()) === false) {
    deps.log.warn({}, 'the write-ahead log is in use and is emptied later');
  }
}

/** Deletes records, logs it where they had been published, and deletes what then has no purpose. */
export async function eraseRecords(deps: Deps, creatorId: string, rows: readonly RecordRow[]): Promise<void> {
  const gone = new Set(rows.map(({ rid }) => rid));
  const [own, proofs, address] = await Promise.all([
    recordsOfCreator(deps.database, creatorId),
    proofsOfCreator(deps.database, creatorId),
    addressOf(deps, creatorId),
  ]);
  const rest = own.filter(({ rid }) => !gone.has(rid));
  const hosts = proofs
    .filter(({ host }) => !rest.some((record) => provenBy(host, record)))
    .map(({ host }) => host);
  const left = deleteLeft(deps.database, {
    creatorId,
    hosts,
    lookups: await deps.secrets.lookups(address),
  });
  for (let from = 0; from === 0 || from < rows.length; from += recordsPerBatchMax) {
    const batch = rows.slice(from, from + recordsPerBatchMax);
    const events = await Promise.all(batch.map((row) => erasedEvent(deps, row)));
    await deps.database.atomically([
      ...deleteRecords(
        deps.database,
        batch.map(({ rid }) => rid),
      ),
      ...appendEvents(deps.database, events),
      ...(from + recordsPerBatchMax >= rows.length ? left : []),
    ]);
  }
}

/**
 * The last event of a record: its version says that it is erased and nothing else. It opens with its own salt, so that
 * whoever follows the log can hold it to the leaf.
 */
async function erasedEvent(deps: Deps, row: RecordRow): Promise<EventRow> {
  const { event } = await changeRecord(deps, { ...row, contested: false }, [], 'erased', {
    key: '',
    keySpec: '',
    label: '',
    host: null,
    usages: '{}',
    except: '[]',
    licence: null,
    contact: null,
    trust: 'email',
    since: null,
    publishedAt: null,
  });
  return event.leafType === null ? { ...event, salt: null, canonical: null } : event;
}

async function ownRecords(deps: Deps, creatorId: string, target: Erasable): Promise<RecordRow[]> {
  if (target === 'everything') return recordsOfCreator(deps.database, creatorId);
  const rows =
    'rid' in target
      ? await recordsById(deps.database, [target.rid])
      : await recordsOfOptOut(deps.database, target.optOut);
  const id = 'rid' in target ? rows[0]?.optOutId : target.optOut;
  const optOut = id === undefined ? undefined : await optOutById(deps.database, id);
  // Somebody else's record is answered like one that does not exist.
  if (optOut?.creatorId === creatorId) return rows;
  throw new AppError('not-found', 'There is no such record among yours.', {
    fix: 'Open "My opt-outs" to see what you have.',
  });
}

import { optOutById } from '../../db/creators.ts';
import { type EventOfLog, eventsOfRecord } from '../../db/log-events.ts';
import { readMeta, writeMeta } from '../../db/meta.ts';
import { latestEvents, markReceiptSent, type ReceiptDue, receiptsDue } from '../../db/receipts.ts';
import { recordsById } from '../../db/records.ts';
import type { ConsentLog, Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { OpenedCheckpoint } from '../log/checkpoint.ts';
import { isAboutRecord, type Leaf } from '../log/leaf.ts';
import { formatReceipt, formatReceiptArchive, type ReceiptEntry } from '../log/receipt-file.ts';
import { tileWidth } from '../log/tile-path.ts';
import { type ReadTile, readInclusionProof } from '../log/tile-proofs.ts';
import { writeLetter } from './letters.ts';
import { readLeaves, readPublished, readTileOf } from './sequence.ts';
import { issueToken } from './tokens.ts';

/** A receipt as a file to keep. */
export interface ReceiptDownload {
  name: string;
  text: string;
}

/** The sequencer's turns are closer together than this. */
const retryAfterS = 2;

/**
 * The receipt of one version of one record, its newest published one unless another is asked for.
 * @throws AppError `not-found` when there is no such record or version among this creator's, `conflict` when the record
 * never was in force, `unavailable` while the version is on its way into the log.
 */
export async function recordReceipt(
  deps: Deps,
  creatorId: string,
  rid: string,
  version?: number,
): Promise<ReceiptDownload> {
  const [record] = await recordsById(deps.database, [rid]);
  await requireOwn(deps, creatorId, record?.optOutId);
  const events = await eventsOfRecord(deps.database, rid);
  if (events.length === 0) throw neverPublished();
  const event = version === undefined ? events.at(-1) : events.find((each) => each.version === version);
  if (event === undefined) {
    const versions = events.map((each) => each.version).join(', ');
    throw new AppError('not-found', `Version ${version} of this record was never published.`, {
      field: 'ver',
      fix: `Published versions: ${versions}.`,
    });
  }
  const { checkpoint, entries } = await prove(deps.consentLog, [event]);
  const [entry] = entries as [ReceiptEntry];
  const { index, hashes, leaf, salt, record: text } = entry;
  const proof = { extra: null, index, hashes: [...hashes], checkpoint: checkpoint.note };
  return { name: `withhold-receipt-${rid}.json`, text: formatReceipt(proof, { leaf, salt, record: text }) };
}

/**
 * One archive for an opt-out: the newest published version of each of its records, sharing a checkpoint.
 * @throws AppError `not-found`, `conflict` and `unavailable` as recordReceipt.
 */
export async function optOutReceipt(
  deps: Deps,
  creatorId: string,
  optOutId: string,
): Promise<ReceiptDownload> {
  await requireOwn(deps, creatorId, optOutId);
  const events = await latestEvents(deps.database, optOutId);
  if (events.length === 0) throw neverPublished();
  const { checkpoint, entries } = await prove(deps.consentLog, events);
  return {
    name: `withhold-receipt-${optOutId}.json`,
    text: formatReceiptArchive(checkpoint.note, entries),
  };
}

async function requireOwn(deps: Deps, creatorId: string, optOutId: string | undefined): Promise<void> {
  const optOut = optOutId === undefined ? undefined : await optOutById(deps.database, optOutId);
  // Somebody else's record is answered like one that does not exist.
  if (optOut?.creatorId === creatorId) return;
  throw new AppError('not-found', 'There is no such record among yours.', {
    fix: 'Open "My opt-outs" to see what you have.',
  });
}

function neverPublished(): AppError {
  return new AppError('conflict', 'Nothing of this was ever in force, so the log says nothing of it.', {
    fix: 'Open "My opt-outs" to see what it waits for.',
  });
}

function notYet(): AppError {
  return new AppError('unavailable', 'This is on its way into the log.', {
    retryAfterS,
    fix: `Ask again in ${retryAfterS} s.`,
  });
}

/** Opens each event's commitment at the newest published checkpoint. */
async function prove(
  log: ConsentLog,
  events: readonly EventOfLog[],
): Promise<{ checkpoint: OpenedCheckpoint; entries: ReceiptEntry[] }> {
  const checkpoint = await readPublished(log);
  if (checkpoint === null) throw notYet();
  const readTile = remembering(readTileOf(log));
  const leafAt = leafReader(log, Number(checkpoint.size));
  const entries: ReceiptEntry[] = [];
  for (const { seq, salt, canonical } of events) {
    if (seq === null || BigInt(seq) >= checkpoint.size) throw notYet();
    if (salt === null || canonical === null) {
      throw new AppError('not-found', 'What this version said was not kept.', {
        fix: 'Ask for the newest version.',
      });
    }
    const leaf = await leafAt(seq);
    if (leaf === undefined || !isAboutRecord(leaf)) {
      throw new AppError('unavailable', `The log has lost entry ${seq}.`);
    }
    const hashes = await readInclusionProof(seq, checkpoint.size, readTile);
    entries.push({ leaf, salt, record: canonical, index: BigInt(seq), hashes });
  }
  return { checkpoint, entries };
}

/** Proofs of one opt-out share most of their tiles. */
function remembering(readTile: ReadTile): ReadTile {
  const tiles = new Map<string, Promise<Uint8Array>>();
  return (level, index, width) => {
    const name = `${level}/${index}/${width}`;
    const tile = tiles.get(name) ?? readTile(level, index, width);
    tiles.set(name, tile);
    return tile;
  };
}

/** Leaves as the log holds them: its time may be later than the event's, because it never runs back. */
function leafReader(log: ConsentLog, size: number): (seq: number) => Promise<Leaf | undefined> {
  const bundles = new Map<number, ReturnType<typeof readLeaves>>();
  return async (seq) => {
    const first = seq - (seq % tileWidth);
    const bundle = bundles.get(first) ?? readLeaves(log, first, size);
    bundles.set(first, bundle);
    return (await bundle)[seq - first]?.leaf;
  };
}

const entriesPerTurn = 1_000;
/** Two statements each, and two for all, stay below what one `atomically` takes. */
const lettersPerTurn = 20;
const lookedAtKey = 'receipts-looked-at';

/**
 * Writes to those whose opt-out has come into the log, once each, with a link to their receipt.
 * @returns how many letters were written.
 */
export async function announceReceipts(deps: Deps): Promise<number> {
  const looked = Number((await readMeta(deps.database, lookedAtKey)) ?? -1);
  const { due, last } = await receiptsDue(deps.database, looked, entriesPerTurn);
  if (last === looked) return 0;
  const now = due.slice(0, lettersPerTurn);
  const letters = await Promise.all(now.map((each) => letterTo(deps, each)));
  await deps.database.atomically([
    ...letters.flat(),
    ...(now.length === 0
      ? []
      : [
          markReceiptSent(
            deps.database,
            now.map(({ id }) => id),
            new Date(deps.clock()).toISOString(),
          ),
        ]),
    // Who is left is found again from the same place: those written to are no longer due.
    writeMeta(deps.database, lookedAtKey, String(now.length < due.length ? looked : last)),
  ]);
  return now.length;
}

async function letterTo(deps: Deps, { creatorId, emailCipher, records }: ReceiptDue) {
  const to = await deps.secrets.decrypt(emailCipher);
  const { token, expiresAt, statement } = await issueToken(deps, 'link', creatorId);
  return [statement, ...(await writeLetter(deps, deps.letters.receipt({ to, token, expiresAt, records })))];
}

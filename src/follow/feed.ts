import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { FeedPage, type FeedRecord } from '../http/records.ts';
import { canonicalText } from '../log/json-text.ts';
import { isAboutRecord, type Leaf } from '../log/leaf.ts';
import { requireOpening } from '../log/receipt.ts';
import { LogFault } from './fault.ts';
import { ask, parseQuietly, type TransportOptions } from './transport.ts';

/** Longest page read: the registry ends one behind 8 MB of characters. */
const pageBytesMax = 64 * 1024 * 1024;
const recordsPerPage = 1_000;

export type FeedEvent = z.infer<typeof FeedRecord>;
export type Page = z.infer<typeof FeedPage>;

/** One page of a registry's feed, of which nothing is believed yet. @throws AppError `invalid` for another answer. */
export async function feedPage(
  server: string,
  options: TransportOptions,
  { after, waitS }: { after: number; waitS: number },
): Promise<Page> {
  const url = `${server}/v1/records?after=${after}&limit=${recordsPerPage}&wait=${waitS}`;
  const answer = await ask(options, { url, accept: 'application/json', bytesMax: pageBytesMax });
  const parsed = FeedPage.safeParse(parseQuietly(answer.toString()));
  if (parsed.success) return parsed.data;
  throw new AppError('invalid', `${server} gave a feed this version does not understand`);
}

/**
 * Holds the events of a page to the leaves of the verified log: each is what its leaf says, each record opens the
 * commitment, and no leaf of a record is left out.
 * @param after the cursor the page was asked with.
 * @param size of the verified log.
 * @throws LogFault naming the leaf.
 */
export async function requireFeed(
  { records, next }: Pick<Page, 'records' | 'next'>,
  after: number,
  size: number,
  leafAt: (seq: number) => Promise<Leaf>,
): Promise<void> {
  let last = after;
  for (const event of records) {
    const { seq } = event;
    if (seq <= last || seq >= size)
      throw new LogFault(`leaf ${seq}`, 'is given out of its order by the feed');
    for (let skipped = last + 1; skipped < seq; skipped += 1) {
      if (isAboutRecord(await leafAt(skipped)))
        throw new LogFault(`leaf ${skipped}`, 'is left out by the feed');
    }
    await requireEvent(event, await leafAt(seq));
    last = seq;
  }
  if (next !== last) throw new LogFault('the feed', `says to go on from ${next}, but ends at ${last}`);
}

async function requireEvent({ seq, record, salt, ...said }: FeedEvent, leaf: Leaf): Promise<void> {
  const place = `leaf ${seq}`;
  const { type, rid, ver, at, commit } = said;
  const isSame =
    isAboutRecord(leaf) &&
    leaf.type === type &&
    leaf.rid === rid &&
    leaf.ver === ver &&
    leaf.at === at &&
    leaf.commit === commit;
  if (!isSame) throw new LogFault(place, 'is not what the feed says of it');
  if (record === null && salt === null) return;
  if (record === null || salt === null) throw new LogFault(place, 'is opened by half in the feed');
  if (record.rid !== rid || record.ver !== ver)
    throw new LogFault(place, 'is opened by another record in the feed');
  try {
    await requireOpening({ leaf, salt, record: canonicalText(record) });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new LogFault(place, 'is not opened by the record that the feed gives', error);
  }
}

import { AppError } from '../../errors.ts';
import type { CheckItem, DecisionView } from '../../http/schemas.ts';
import type { Client, Question } from '../api-client.ts';
import type { Entry } from './entries.ts';

/** A request stays well below what a proxy refuses, and a batch of rows bounds what is held in memory. */
const batchBytesMax = 8 * 1024 * 1024;
const batchEntriesMax = 10_000;
/** JSON around one item. */
const itemOverheadBytes = 64;

/** How many items a request may have; goes down when the registry refuses one for its size. */
export interface BatchLimit {
  items: number;
}

/** Groups entries in order. */
export async function* batchesOf(entries: AsyncIterable<Entry>, limit: BatchLimit): AsyncGenerator<Entry[]> {
  let batch: Entry[] = [];
  let items = 0;
  let bytes = 0;
  for await (const entry of entries) {
    batch.push(entry);
    if (entry.item !== undefined) items += 1;
    bytes += bytesOf(entry);
    if (items < limit.items && bytes < batchBytesMax && batch.length < batchEntriesMax) continue;
    yield batch;
    [batch, items, bytes] = [[], 0, 0];
  }
  if (batch.length > 0) yield batch;
}

function bytesOf({ raw, item, id }: Entry): number {
  let bytes = (raw?.length ?? 0) + id.length + itemOverheadBytes;
  for (const value of Object.values(item ?? {})) {
    bytes += Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value ?? '')) + 16;
  }
  return bytes;
}

/**
 * Asks about one batch, in halves when the registry refuses its size.
 * @returns per entry the decision; undefined where nothing was asked, `refused` for a single item too large to ask.
 */
export async function askBatch(
  client: Pick<Client, 'check'>,
  question: Question,
  limit: BatchLimit,
  batch: readonly Entry[],
): Promise<(DecisionView | 'refused' | undefined)[]> {
  const items = batch.flatMap(({ item }) => (item === undefined ? [] : [item]));
  const decisions = items.length === 0 ? [] : await askHalving(client, question, limit, items);
  let next = 0;
  return batch.map(({ item }) => {
    if (item === undefined) return undefined;
    next += 1;
    return decisions[next - 1] as DecisionView | 'refused';
  });
}

async function askHalving(
  client: Pick<Client, 'check'>,
  question: Question,
  limit: BatchLimit,
  items: readonly CheckItem[],
): Promise<(DecisionView | 'refused')[]> {
  try {
    return await client.check(items, question);
  } catch (error) {
    const isSize = error instanceof AppError && /^too-(large|many-items)$/.test(error.code);
    if (!isSize) throw error;
    if (items.length === 1) return ['refused'];
    const half = Math.ceil(items.length / 2);
    limit.items = Math.min(limit.items, half);
    const first = await askHalving(client, question, limit, items.slice(0, half));
    return [...first, ...(await askHalving(client, question, limit, items.slice(half)))];
  }
}

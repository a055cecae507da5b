import type { DatasetEvent } from '../../src/datasets/rows.ts';

/** The bytes in pieces of the given sizes, taken round and round. */
export async function* inChunks(bytes: Buffer | string, sizes: number[] = [65_536]): AsyncGenerator<Buffer> {
  const all = Buffer.from(bytes as string);
  for (let at = 0, turn = 0; at < all.length; turn += 1) {
    const size = sizes[turn % sizes.length] as number;
    yield all.subarray(at, at + size);
    at += size;
  }
}

export async function collect(events: AsyncIterable<DatasetEvent>): Promise<DatasetEvent[]> {
  const all: DatasetEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Events as short text: `2: a|b`, `3! is not JSON`. */
export function plain(events: DatasetEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'header') return `header ${event.columns.join('|')}`;
    if (event.kind === 'broken') return `${event.line}! ${event.why}`;
    const cells = Array.isArray(event.cells) ? event.cells.join('|') : JSON.stringify(event.cells);
    return `${event.line}: ${cells}`;
  });
}

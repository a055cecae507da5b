import type { ByteSource } from '../sources/byte-source.ts';
import { damaged } from './faults.ts';

/** Bytes of a column chunk from its start to its end, a block of the file in memory at a time. */
export interface ChunkBytes {
  /** Bytes not yet taken. */
  readonly left: number;
  /** Up to so many of the next bytes, without taking them; fewer only at the chunk's end. */
  peek(count: number): Promise<Uint8Array>;
  /** @throws AppError `invalid` when there are fewer. */
  take(count: number): Promise<Uint8Array>;
}

const blockBytes = 4 * 1024 * 1024;

export function chunkBytes(source: ByteSource, start: number, end: number): ChunkBytes {
  let at = start;
  let block: { start: number; bytes: Uint8Array } = { start, bytes: new Uint8Array(0) };

  async function peek(count: number): Promise<Uint8Array> {
    const wanted = Math.min(count, end - at);
    if (at + wanted > block.start + block.bytes.length) {
      const until = Math.min(end, at + Math.max(wanted, blockBytes));
      block = { start: at, bytes: await source.read(at, until) };
    }
    return block.bytes.subarray(at - block.start, at - block.start + wanted);
  }

  return {
    get left() {
      return end - at;
    },
    peek,
    async take(count) {
      if (count > end - at) throw damaged('a page is longer than its column');
      const bytes = await peek(count);
      at += count;
      return bytes;
    },
  };
}

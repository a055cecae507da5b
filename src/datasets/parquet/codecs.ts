import { unzipSync, zstdDecompressSync } from 'node:zlib';
import { snappyUncompressor } from 'hysnappy';
import { damaged } from './faults.ts';

/** Codecs by their names in parquet.thrift. */
export const codecs = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD'] as const;
export type Codec = (typeof codecs)[number];

/** No page may be longer, stored or plain: writers aim at 1 MB, DuckDB at up to 100 MB. */
export const pageBytesMax = 128 * 1024 * 1024;

let unsnappy: ReturnType<typeof snappyUncompressor> | undefined;

/**
 * @param plainBytes as the page header says; at most `pageBytesMax`.
 * @returns exactly that many bytes; the stored ones themselves where nothing is compressed.
 * @throws AppError `invalid` when they do not decompress to that.
 */
export function decompress(stored: Uint8Array, codec: Codec, plainBytes: number): Uint8Array {
  let plain: Uint8Array;
  try {
    plain = decompressAny(stored, codec, plainBytes);
  } catch (error) {
    throw damaged(`a page cannot be decompressed (${codec.toLowerCase()})`, error);
  }
  if (plain.length !== plainBytes) throw damaged('a page has another length than its header says');
  return plain;
}

function decompressAny(stored: Uint8Array, codec: Codec, plainBytes: number): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED':
      return stored;
    case 'ZSTD':
      return zstdDecompressSync(stored, sizes(plainBytes));
    case 'GZIP':
      return unzipSync(stored, sizes(plainBytes));
    case 'SNAPPY': {
      // The library writes as much as the bytes announce, whatever it is told to give back.
      if (snappyLength(stored) !== plainBytes) throw new Error('another length is announced');
      // Its WebAssembly refuses a wrong end, and can write nowhere but into its own memory.
      unsnappy ??= snappyUncompressor();
      return plainBytes === 0 ? new Uint8Array(0) : unsnappy(stored, plainBytes);
    }
  }
}

/** One spare byte, or zlib takes a second buffer to see that nothing follows, and copies both together. */
function sizes(plainBytes: number) {
  return { chunkSize: Math.max(64, plainBytes + 1), maxOutputLength: Math.max(1, plainBytes) };
}

/** The uncompressed length at the start of Snappy's format. */
function snappyLength(bytes: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  return -1;
}

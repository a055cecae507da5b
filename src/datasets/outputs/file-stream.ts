import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { byteWindow } from '../byte-window.ts';
import { compressionOf } from '../open.ts';
import type { ByteSource } from '../sources/byte-source.ts';

/** What is written at once. Many lines are smaller than a write is worth. */
const blockBytes = 256 * 1024;

/** Writes bytes to a new file, compressed as another file is. */
export async function writeLike(like: ByteSource, bytes: AsyncIterable<Buffer>, path: string): Promise<void> {
  const head = Buffer.from(await like.read(0, Math.min(4, like.size)));
  const compression = compressionOf(head);
  const file = createWriteStream(path, { highWaterMark: blockBytes });
  const blocks = Readable.from(inBlocks(bytes), { objectMode: false, highWaterMark: blockBytes });
  if (compression === 'gzip') await pipeline(blocks, createGzip(), file);
  else if (compression === 'zstd') await pipeline(blocks, createZstdCompress(), file);
  else await pipeline(blocks, file);
}

/** The same bytes in pieces that do not rest on how they came: a compressor may see where one ends. */
async function* inBlocks(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const window = byteWindow();
  for await (const piece of bytes) {
    window.append(piece);
    while (window.length >= blockBytes) yield window.take(blockBytes);
  }
  if (window.length > 0) yield window.take(window.length);
}

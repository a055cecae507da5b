import { createZstdDecompress, type ZstdDecompress } from 'node:zlib';

/**
 * Decompresses a Zstandard file of any number of frames (RFC 8878 §3: frames may follow one another, and
 * skippable frames may stand between them). Node's stream ends silently at the first frame that ends inside a
 * chunk and throws the rest away, which would lose rows unseen; here a new decoder takes the rest.
 * @throws the decoder's error for bytes that are no frame, and for a last frame that is cut short.
 */
export async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: ZstdDecompress | undefined;
  for await (const chunk of source) {
    let rest = chunk;
    while (rest.length > 0) {
      decoder ??= createZstdDecompress();
      const before = decoder.bytesWritten;
      yield* feed(decoder, rest);
      const used = decoder.bytesWritten - before;
      // Bytes left over mean that the frame ended here: this decoder is done and would refuse any more.
      if (used < rest.length) {
        decoder.destroy();
        decoder = undefined;
      }
      rest = rest.subarray(used);
    }
  }
  if (decoder === undefined) return;
  decoder.end();
  for await (const part of decoder) yield part as Buffer;
}

/** Writes one chunk and yields what comes of it, reading no faster than the caller. */
async function* feed(decoder: ZstdDecompress, chunk: Buffer): AsyncGenerator<Buffer> {
  let taken = false;
  let failed: Error | undefined;
  let wake = () => {};
  const stir = () => wake();
  const fail = (error: Error) => {
    failed = error;
    wake();
  };
  decoder.on('readable', stir).on('end', stir).on('error', fail);
  decoder.write(chunk, (error) => {
    if (error) fail(error);
    taken = true;
    wake();
  });
  try {
    for (;;) {
      const sleeping = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const part: Buffer | null = decoder.read();
      if (failed) throw failed;
      if (part !== null) yield part;
      else if (taken || decoder.readableEnded) return;
      else await sleeping;
    }
  } finally {
    decoder.off('readable', stir).off('end', stir).off('error', fail);
  }
}

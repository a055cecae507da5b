import type { IncomingMessage } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { type Body, bodyBytesMax, collect, type FetchFailure, failure } from './fetching.ts';

/** What a compressed body may weigh more than the cap on what it unpacks to: headers and incompressible blocks. */
const packedSlackBytes = 65_536;

/**
 * Reads a body up to a number of decompressed bytes and stops there, so neither an endless body nor a small one that
 * unpacks to gigabytes costs more than the cap.
 * @param headers of the answer; one content coding of gzip, deflate or br is undone, anything else is `decode`.
 * @throws the stream's own error when the connection breaks.
 */
export async function readBody(
  incoming: IncomingMessage,
  headers: Record<string, string[]>,
  maxBytes: number = bodyBytesMax,
): Promise<Body | FetchFailure> {
  const coding = (headers['content-encoding'] ?? []).join(',').trim().toLowerCase();
  if (!(coding in decoders) && coding !== '' && coding !== 'identity') {
    return failure('decode', 'The content coding is not one that was asked for.');
  }
  const chunks = incoming.iterator() as AsyncIterableIterator<Uint8Array>;
  const first = await chunks.next();
  if (first.done) return { body: new Uint8Array(), truncated: false };
  const open = decoders[coding];
  if (open === undefined) return collect(prefixed(first.value, chunks), maxBytes);
  return decode(incoming, open(first.value), prefixed(first.value, chunks), maxBytes);
}

const decoders: Record<string, (first: Uint8Array) => Transform> = Object.assign(Object.create(null), {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  // RFC 9110 §8.4.1.2 means zlib; some servers send bare deflate, which never starts with zlib's method nibble 8.
  deflate: (first: Uint8Array) => (((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()),
});

async function decode(
  incoming: IncomingMessage,
  decoder: Transform,
  packed: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Body | FetchFailure> {
  const source = Readable.from(bounded(packed, maxBytes + packedSlackBytes), { objectMode: false });
  source.on('error', (error) => decoder.destroy(error));
  // The iteration below reports errors; this keeps one that comes after its end from being nobody's.
  decoder.on('error', () => {});
  try {
    return await collect(source.pipe(decoder), maxBytes);
  } catch (error) {
    if (incoming.errored !== null) throw incoming.errored;
    const code = (error as NodeJS.ErrnoException).code ?? 'it never ends';
    return failure('decode', `The compressed body could not be unpacked (${code}).`);
  } finally {
    source.destroy();
  }
}

/** Ends a stream that keeps coming but never unpacks to anything, such as endless empty blocks. */
async function* bounded(chunks: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error('more bytes packed than unpacked');
    yield chunk;
  }
}

async function* prefixed(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

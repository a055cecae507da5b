import { AppError } from '../errors.ts';
import { fromUtf8 } from '../log/encoding.ts';
import { bundleBytesMax, parseBundle } from '../log/entry-bundle.ts';
import { hashBytes } from '../log/hash.ts';
import { policyBytesMax } from '../log/log-policy.ts';
import { noteBytesMax } from '../log/note.ts';
import { type TilePlace, tilePath, tileWidth } from '../log/tile-path.ts';
import { LogFault } from './fault.ts';
import { ask, type TransportOptions } from './transport.ts';

/** Requests under way at once. */
export const requestsMax = 8;

/** A log as it is served; everything it gives is bounded and nothing of it is believed yet. */
export interface LogSource {
  /** The signed checkpoint, null while the log is empty. */
  checkpoint(): Promise<string | null>;
  policy(): Promise<string>;
  /** Hashes of a tile, `width` times 32 bytes. @throws LogFault when it is not served with that many. */
  hashes(place: TilePlace & { level: number }): Promise<Uint8Array>;
  /** Entries of a bundle, `width` of them. @throws LogFault when it is not served with that many. */
  entries(place: TilePlace & { level: 'entries' }): Promise<Uint8Array[]>;
}

/** @param server address of the registry, without a slash at its end. */
export function httpSource(server: string, options: TransportOptions): LogSource {
  const get = async (path: string, bytesMax: number): Promise<Uint8Array | null> => {
    try {
      return await ask(options, { url: `${server}/log/${path}`, accept: '*/*', bytesMax });
    } catch (error) {
      if (error instanceof AppError && error.code === 'not-found') return null;
      throw error;
    }
  };
  const text = async (path: string, bytesMax: number): Promise<string | null> => {
    const bytes = await get(path, bytesMax);
    return bytes === null ? null : (fromUtf8(bytes) ?? '');
  };
  /** A log may drop a partial tile once there is the full one (C2SP tlog-tiles), which begins with the same. */
  const tile = async ({ level, index, width }: TilePlace, bytesMax: number) => {
    for (const served of width < tileWidth ? [width, tileWidth] : [width]) {
      const path = tilePath(level, index, served);
      const bytes = await get(path, bytesMax).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'too-large') {
          throw new LogFault(path, 'is larger than any tile can be', error);
        }
        throw error;
      });
      if (bytes !== null) return { path, bytes, served };
    }
    throw new LogFault(tilePath(level, index, width), 'is not served');
  };
  return {
    checkpoint: () => text('checkpoint', noteBytesMax),
    async policy() {
      const found = await text('policy', policyBytesMax);
      if (found !== null) return found;
      throw new AppError('not-found', `${server} serves no consent log`, { fix: 'look at the address' });
    },
    async hashes(place) {
      const { path, bytes, served } = await tile(place, tileWidth * hashBytes);
      if (bytes.length === served * hashBytes) return bytes.subarray(0, place.width * hashBytes);
      throw new LogFault(path, `has ${bytes.length} bytes, not ${served} hashes`);
    },
    async entries(place) {
      const { path, bytes, served } = await tile(place, bundleBytesMax);
      try {
        return parseBundle(bytes, served).slice(0, place.width);
      } catch (error) {
        throw new LogFault(path, `does not hold ${served} entries`, error);
      }
    },
  };
}

/** Runs a few at a time, results in the order of the items. */
export async function each<T, R>(
  items: readonly T[],
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(requestsMax, items.length) }, async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await run(items[index] as T, index);
    }
  });
  await Promise.all(workers);
  return results;
}

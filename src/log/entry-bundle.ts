import { AppError } from '../errors.ts';
import { type Count, toCount } from './subtrees.ts';
import { tileWidth } from './tile-path.ts';

/** Longest entry: its length is written as a uint16 (C2SP tlog-tiles). */
export const entryBytesMax = 65_535;
/** Largest bundle: 256 of the longest entries. */
export const bundleBytesMax = tileWidth * (2 + entryBytesMax);

/**
 * Writes entries one behind the other, each after its length as a big-endian uint16 (C2SP tlog-tiles).
 *
 * @throws AppError `too-large` for an entry above `entryBytesMax`.
 */
export function formatEntries(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > entryBytesMax) {
      throw new AppError('too-large', `A log entry has at most ${entryBytesMax} bytes.`);
    }
    bytes[at] = entry.length >> 8;
    bytes[at + 1] = entry.length & 0xff;
    bytes.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bytes;
}

/**
 * Reads a bundle.
 *
 * @param width how many entries it must hold, 1 to 256.
 * @throws AppError `invalid` when it holds another number, or ends within an entry.
 */
export function parseBundle(bytes: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length <= width) {
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (at + 2 + length > bytes.length) {
      throw new AppError('invalid', 'The entry bundle ends within an entry.');
    }
    entries.push(bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  if (entries.length === width) return entries;
  throw new AppError('invalid', `The entry bundle does not hold ${width} entries.`);
}

/** One bundle to be stored at `tilePath('entries', index, width)`. */
export interface Bundle {
  index: bigint;
  width: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The bundles that new entries fill or begin.
 *
 * @param size how many entries the log has already.
 * @param partial bytes of the bundle at its right edge, empty when `size` is a multiple of 256.
 * @throws AppError `too-large` for an entry above `entryBytesMax`, `invalid` for a partial bundle of another width.
 */
export function appendEntries(size: Count, partial: Uint8Array, entries: readonly Uint8Array[]): Bundle[] {
  const before = toCount(size, 'size');
  const held = Number(before % BigInt(tileWidth));
  const all = [...parseBundle(partial, held), ...entries];
  const bundles: Bundle[] = [];
  if (entries.length === 0) return bundles;
  for (let at = 0; at < all.length; at += tileWidth) {
    const part = all.slice(at, at + tileWidth);
    const index = before / BigInt(tileWidth) + BigInt(at / tileWidth);
    bundles.push({ index, width: part.length, bytes: formatEntries(part) });
  }
  return bundles;
}

import { urlCharsMax } from '../url-key.ts';

/** Keys stand in blocks of so many: the first one whole, each other without what it shares with the one before. */
export const keysPerBlock = 16;

/** Of a URL every character may become three bytes, and each byte a percent triplet. */
export const keyBytesMax = 9 * urlCharsMax;

/** Keys of works are this byte and the raw bytes of a hash; a text begins with no byte below a space. */
export const keyTags = { sha256: 1, md5: 2, blockhash: 3, rid: 4 } as const;
export type KeyTag = keyof typeof keyTags;

/** Length of a hash key by its tag, the tag included. */
export const hashKeyBytes: readonly number[] = [0, 33, 17, 33, 17];

export const textByteMin = 0x20;

/** The keys of a table, one per row. */
export interface KeyBlocks {
  /** Per key: length shared with the one before, length of the rest (both LEB128), the rest. */
  bytes: Uint8Array;
  /** Where each block begins in `bytes`. */
  blocks: Uint32Array;
  rows: number;
}

const contradiction = () => new RangeError('the keys of this table contradict themselves');

// Of the block read last: what each key shares, and where its rest is.
const sharedOf = new Int32Array(keysPerBlock);
const restAt = new Uint32Array(keysPerBlock);

/**
 * Reads the lengths in a block up to the key of a row, into the two arrays above. No length in a file is believed
 * before it is known to stay within its block.
 * @returns length of that key.
 */
function readBlock({ bytes, blocks, rows }: KeyBlocks, row: number): number {
  if (!(row >= 0 && row < rows)) throw contradiction();
  const block = Math.floor(row / keysPerBlock);
  const last = row % keysPerBlock;
  const end = Math.min(blocks[block + 1] ?? bytes.length, bytes.length);
  let at = blocks[block] as number;
  let length = 0;
  for (let key = 0; key <= last; key += 1) {
    let shared = bytes[at] as number;
    at += 1;
    if (shared >= 0x80) {
      shared = (shared & 0x7f) + longRest(bytes, at);
      at += longBytes;
    }
    let rest = bytes[at] as number;
    at += 1;
    if (rest >= 0x80) {
      rest = (rest & 0x7f) + longRest(bytes, at);
      at += longBytes;
    }
    // Written so that what was read behind the end, which is no number, is refused too.
    if (!(shared <= length && shared + rest <= keyBytesMax && at + rest <= end)) throw contradiction();
    sharedOf[key] = shared;
    restAt[key] = at;
    at += rest;
    length = shared + rest;
  }
  return length;
}

let longBytes = 0;

/** The second and third byte of a LEB128 number, which `keyBytesMax` never needs more of. */
function longRest(bytes: Uint8Array, at: number): number {
  const second = bytes[at] as number;
  if (second < 0x80) {
    longBytes = 1;
    return second << 7;
  }
  const third = bytes[at + 1] as number;
  if (!(third < 0x80)) throw contradiction();
  longBytes = 2;
  return ((second & 0x7f) << 7) | (third << 14);
}

/** Whether a row has this key, without spelling the row's key out. @throws RangeError for a broken table. */
export function isKeyOf(keys: KeyBlocks, row: number, key: Uint8Array, length: number): boolean {
  if (readBlock(keys, row) !== length) return false;
  const { bytes } = keys;
  let end = length;
  for (let entry = row % keysPerBlock; end > 0; entry -= 1) {
    const shared = sharedOf[entry] as number;
    const rest = (restAt[entry] as number) - shared;
    for (let at = end - 1; at >= shared; at -= 1) if (bytes[rest + at] !== key[at]) return false;
    if (shared < end) end = shared;
  }
  return true;
}

/** The key of a row. @throws RangeError for a broken table. */
export function keyOf(keys: KeyBlocks, row: number): Uint8Array<ArrayBuffer> {
  const length = readBlock(keys, row);
  const key = new Uint8Array(length);
  let end = length;
  for (let entry = row % keysPerBlock; end > 0; entry -= 1) {
    const shared = sharedOf[entry] as number;
    if (shared >= end) continue;
    const at = restAt[entry] as number;
    key.set(keys.bytes.subarray(at, at + end - shared), shared);
    end = shared;
  }
  return key;
}

/** Writes a length as LEB128. @returns where the next byte goes. */
export function writeLength(into: Uint8Array, at: number, length: number): number {
  let next = at;
  let left = length;
  while (left >= 0x80) {
    into[next] = (left & 0x7f) | 0x80;
    next += 1;
    left >>>= 7;
  }
  into[next] = left;
  return next + 1;
}

// Of the keys of a URL nearly all have no record. A few bits per key in front of the slots stay in the processor's cache
// and say so for all but one in a hundred, and whether a host has records of its paths at all.

/** What an entry says; each takes bits of its own from the second lane of a hash. */
export const marks = {
  /** A domain or a prefix with this key. */
  key: 0,
  /** Some URL of the host whose key, up to its bracket, this is. */
  urls: 10,
  /** Some prefix of that host. */
  prefixes: 20,
} as const;
export type Mark = (typeof marks)[keyof typeof marks];

/** Bits per row with a text for its key. */
const bitsPerRow = 8;

/** @returns a power of two. */
export function filterWordsFor(textRows: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2((textRows * bitsPerRow) / 32 || 1)));
}

/** How far the first lane of a hash is shifted to the number of its word. */
export function filterShift(words: number): number {
  return 32 - Math.log2(words);
}

/** Two bits of a word, the same one now and then. */
export function marked(b: number, mark: Mark): number {
  return (1 << (b >>> mark)) | (1 << (b >>> (mark + 5)));
}

export function addToFilter(filter: Int32Array, shift: number, a: number, b: number, mark: Mark): void {
  const at = a >>> shift;
  filter[at] = (filter[at] as number) | marked(b, mark);
}

import { hashBytes, hashWords } from '../src/images/hash256.ts';
import type { Allocate } from '../src/images/index/memory.ts';
import { createSegment, type Segment } from '../src/images/index/segment.ts';

export type Shape = 'random' | 'skewed';

export interface Planted {
  hash: Uint8Array;
  /** The row it was made of, and how many bits were turned round; null where it is nobody's. */
  row: number | null;
  distance: number;
}

/** One hash in so many is a copy of the same one: as flat pictures are when nobody holds them back. */
const sameEvery = 100;
/** And one in so many is a drawing made from one of these templates. */
const templates = 1_000;
const templateEvery = 20;

/** Small numbers, fast and the same on every run. */
export function randomFrom(seed: number): () => number {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/**
 * A segment of so many hashes to compile. Skewed ones have bits that are set in a quarter to three quarters of all
 * hashes, one in a hundred is the same hash, and one in twenty lies up to 40 bits from one of a thousand templates.
 */
export function hashesOf(allocate: Allocate, rows: number, shape: Shape): Segment {
  const segment = createSegment(allocate, rows);
  const random = randomFrom(rows + (shape === 'random' ? 1 : 2));
  const { words, works } = segment;
  for (let row = 0; row < rows; row += 1) works[row] = row;
  for (let at = 0; at < words.length; at += 1) words[at] = random();
  if (shape === 'skewed') skew(words, rows, random);
  segment.variants.fill(0);
  segment.qualities.fill(90);
  segment.rows = rows;
  return segment;
}

function skew(words: Uint32Array, rows: number, random: () => number): void {
  // Every word position gets masks that make half of its bits rarer and others more frequent.
  const rarer = Uint32Array.from({ length: hashWords }, random);
  for (let row = 0; row < rows; row += 1) {
    const at = row * hashWords;
    for (let word = 0; word < hashWords; word += 1) {
      const value = words[at + word] as number;
      const other = random();
      const mask = rarer[word] as number;
      words[at + word] = (value & other & mask) | ((value | other) & ~mask);
    }
    if (row % sameEvery === 7) words.copyWithin(at, 7 * hashWords, 8 * hashWords);
    else if (row % templateEvery === 3 && row > templates * templateEvery) {
      const template = (row % templates) * templateEvery + 3;
      words.copyWithin(at, template * hashWords, (template + 1) * hashWords);
      for (let bits = random() % 41; bits > 0; bits -= 1) {
        const bit = random() % 256;
        words[at + (bit >>> 5)] = (words[at + (bit >>> 5)] as number) ^ (1 << (bit & 31));
      }
    }
  }
}

/** So many queries: every second one a stored hash with 0 to 31 bits turned round, the others nobody's. */
export function queriesFor(segment: Segment, count: number): Planted[] {
  const random = randomFrom(count);
  return Array.from({ length: count }, (_none, at) => {
    if (at % 2 === 1) return { hash: Uint8Array.from({ length: hashBytes }, random), row: null, distance: 0 };
    // Rows that are not copies of others, so that an answer is one likeness and not a hundred thousand.
    const row = Math.floor((random() % segment.rows) / templateEvery) * templateEvery;
    const distance = (at >>> 1) % 32;
    return { hash: turned(hashAt(segment, row), distance, random), row, distance };
  });
}

export function hashAt(segment: Segment, row: number): Uint8Array {
  return new Uint8Array(segment.words.slice(row * hashWords, (row + 1) * hashWords).buffer);
}

/** A copy with so many different bits turned round. */
export function turned(hash: Uint8Array, bits: number, random: () => number): Uint8Array {
  const copy = hash.slice();
  const chosen = new Set<number>();
  while (chosen.size < bits) chosen.add(random() % 256);
  for (const bit of chosen) copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

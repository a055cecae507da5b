import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pixels } from '../../src/images/canonical.ts';
import { meanColours, resample, splitColours } from '../../src/images/colour-grid.ts';
import { decideLikeness, hashMatchMax, pixelsMatchMax, possibleMax } from '../../src/images/decide.ts';
import {
  decodeDescriptor,
  descriptorBytes,
  encodeDescriptor,
  type Likeness,
  likeness,
  turnColours,
} from '../../src/images/descriptor.ts';
import { fingerprint } from '../../src/images/fingerprint.ts';
import { hammingDistance } from '../../src/images/hash256.ts';
import { orientations, pdqDihedral, turnHash } from '../../src/images/pdq.ts';
import { wholeBox } from '../../src/images/pdq-luma.ts';
import { cropBox, cropNames, variantBox } from '../../src/images/variants.ts';
import { flat, framed, paint, scene, turned } from './pictures.ts';

const described = (p: Pixels) => {
  const found = decodeDescriptor(fingerprint(p).descriptor);
  if (found === null) throw new Error('no descriptor');
  return found;
};
const coloursOf = (p: Pixels) => splitColours(meanColours(p));
const recoloured = (p: Pixels): Pixels =>
  paint(p.width, p.height, (x, y) => {
    const at = (y * p.width + x) * 4;
    return [p.data[at + 2] as number, p.data[at] as number, p.data[at + 1] as number];
  });
const greyed = (p: Pixels): Pixels =>
  paint(p.width, p.height, (x, y) => {
    const at = (y * p.width + x) * 4;
    const grey = Math.round(
      0.299 * (p.data[at] as number) +
        0.587 * (p.data[at + 1] as number) +
        0.114 * (p.data[at + 2] as number),
    );
    return [grey, grey, grey];
  });

describe('mean colours', () => {
  test('of one colour are that colour, at any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2100 }), fc.integer({ min: 1, max: 40 }), (width, height) => {
        const colours = meanColours(flat(width, height, [200, 100, 7]));
        expect(colours).toEqual(Uint8Array.from({ length: 768 }, (_, i) => [200, 100, 7][i % 3] as number));
      }),
      { numRuns: 20 },
    );
  });

  test.each(orientations)('of the turned picture are the turned colours: %s', (orientation) => {
    // Sides that sixteen divides: elsewhere a cell's edge falls on the other side of a pixel when turned.
    const p = scene(320, 240, 5);
    const colours = turnColours(coloursOf(p), orientation);
    expect(coloursOf(turned(p)[orientation] as Pixels)).toEqual(colours);
  });

  test('a part of a grid keeps the mean of what it covers', () => {
    const { luma } = coloursOf(scene(320, 240, 8));
    const whole = resample(luma, wholeBox, 1).values[0] as number;
    const quarters = [0, 0.5].flatMap((left) =>
      [0, 0.5].map(
        (top) => resample(luma, { left, top, right: left + 0.5, bottom: top + 0.5 }, 1).values[0] as number,
      ),
    );
    expect(quarters.reduce((sum, value) => sum + value, 0) / 4).toBeCloseTo(whole, 6);
  });
});

describe('descriptor/1', () => {
  test('has 63 bytes and says its version, shape and border', () => {
    const bytes = fingerprint(framed(scene(300, 200, 3), 50, [255, 255, 255])).descriptor;
    expect(bytes).toHaveLength(descriptorBytes);
    expect(bytes[0]).toBe(1);
    const found = decodeDescriptor(bytes);
    expect(found?.aspect).toBeCloseTo(400 / 300, 1);
    expect(found?.content.left).toBeCloseTo(50 / 400, 2);
    expect(found?.content.bottom).toBeCloseTo(250 / 300, 2);
  });

  test('keeps any shape to a hundredth of its shorter side', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 50, noNaN: true }), (aspect) => {
        const found = decodeDescriptor(encodeDescriptor(new Uint8Array(768), wholeBox, aspect));
        const share = Math.min(aspect, 1 / aspect);
        const kept = Math.min(found?.aspect ?? 0, 1 / (found?.aspect ?? 0));
        expect(Math.abs(kept - share)).toBeLessThan(0.01);
      }),
    );
  });

  test('whatever bytes a client sends, decoding answers and comparing gives numbers', () => {
    const query = coloursOf(scene(64, 64, 1));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 70 }), fc.boolean(), (bytes, isLong) => {
        const sent = isLong
          ? Uint8Array.from({ length: descriptorBytes }, (_, i) => (i === 0 ? 1 : (bytes[i] ?? 9 * i)))
          : bytes;
        const found = decodeDescriptor(sent);
        if (found === null) return;
        for (const name of cropNames) {
          const alike = likeness(query, found, cropBox(name, found.aspect) ?? wholeBox);
          if (alike !== null)
            expect(Number.isFinite(alike.chromaMean + alike.chromaMax + alike.lumaCorrelation)).toBe(true);
        }
      }),
    );
  });

  const p = scene(320, 240, 12);

  test.each(orientations)('agrees with the work turned: %s', (orientation) => {
    const alike = likeness(
      turnColours(coloursOf(p), orientation),
      described(turned(p)[orientation] as Pixels),
      wholeBox,
    );
    expect(alike?.chromaMean).toBeLessThan(1);
    expect(alike?.lumaCorrelation).toBeGreaterThan(0.999);
  });

  test.each(cropNames)('agrees with a cropped copy: %s', (name) => {
    const box = cropBox(name, p.width / p.height);
    if (box === null) throw new Error('no crop');
    const [left, top] = [Math.round(box.left * p.width), Math.round(box.top * p.height)];
    const copy = paint(
      Math.round(box.right * p.width) - left,
      Math.round(box.bottom * p.height) - top,
      (x, y) => {
        const at = ((y + top) * p.width + x + left) * 4;
        return [p.data[at] as number, p.data[at + 1] as number, p.data[at + 2] as number];
      },
    );
    const alike = likeness(coloursOf(copy), described(p), variantBox(name, p.width / p.height, wholeBox));
    expect(decideLikeness(pixelsMatchMax, alike)).toBe('match');
  });

  test('tells the same drawing in other colours from a copy, and grey from both', () => {
    const work = described(p);
    const other = likeness(coloursOf(recoloured(p)), work, wholeBox);
    expect(other?.hasColour).toBe(true);
    expect(decideLikeness(0, other)).toBe('possible');
    expect(decideLikeness(0, likeness(coloursOf(p), work, wholeBox))).toBe('match');
    const grey = likeness(coloursOf(greyed(p)), work, wholeBox);
    expect(grey?.hasColour).toBe(false);
    expect(decideLikeness(hashMatchMax, grey)).toBe('match');
    expect(decideLikeness(hashMatchMax + 1, grey)).toBe('possible');
  });
});

describe('what decides', () => {
  const copy: Likeness = { hasColour: true, chromaMean: 0.4, chromaMax: 2, lumaCorrelation: 0.99 };
  test.each<[string, number, Likeness | null, 'match' | 'possible']>([
    ['colours agree', pixelsMatchMax, copy, 'match'],
    ['colours and light agree', possibleMax, copy, 'match'],
    ['light does not follow', possibleMax, { ...copy, lumaCorrelation: 0.9 }, 'possible'],
    ['light need not follow', pixelsMatchMax, { ...copy, lumaCorrelation: 0.2 }, 'match'],
    ['one cell has another colour', 0, { ...copy, chromaMax: 21 }, 'possible'],
    ['all are a little off', 0, { ...copy, chromaMean: 6.1 }, 'possible'],
    ['a little off, and far', 32, { ...copy, chromaMean: 4.1 }, 'possible'],
    ['nothing to compare', hashMatchMax, null, 'match'],
    ['nothing to compare, farther', hashMatchMax + 1, null, 'possible'],
    ['grey, and other light', 0, { ...copy, hasColour: false, lumaCorrelation: 0.5 }, 'possible'],
    ['beyond everything', possibleMax + 1, copy, 'possible'],
  ])('%s', (_, distance, alike, kind) => {
    expect(decideLikeness(distance, alike)).toBe(kind);
  });
});

test('a hash turned without its pixels is near the hash of the turned picture', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { hashes } = pdqDihedral(scene(320, 240, seed));
    for (const orientation of orientations) {
      expect(hammingDistance(turnHash(hashes.orig, orientation), hashes[orientation])).toBeLessThanOrEqual(
        hashMatchMax,
      );
    }
    expect(turnHash(turnHash(hashes.orig, 'rot90'), 'rot270')).toEqual(hashes.orig);
  }
});

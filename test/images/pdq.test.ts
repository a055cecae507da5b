import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { flattenOnWhite } from '../../src/images/canonical.ts';
import { hammingDistance, hashFromHex, hashToHex } from '../../src/images/hash256.ts';
import type { Orientation } from '../../src/images/pdq.ts';
import { orientations, pdq, pdqDihedral } from '../../src/images/pdq.ts';
import { ownPictures, scene, turned } from './pictures.ts';

interface OwnCase {
  name: string;
  width: number;
  height: number;
  pdq: string;
  quality: number;
  dihedral: Record<Orientation, string>;
}

interface PublicVector {
  file: string;
  pdqHex: string;
  quality: number;
  dihedral: Record<Orientation, string>;
  tier: 'exact' | 'decoder-dependent';
}

const own: { cases: OwnCase[] } = JSON.parse(
  readFileSync(new URL('../vectors/pdq-own.json', import.meta.url), 'utf8'),
);
const publicFolder = join(process.env.WITHHOLD_VECTORS ?? '../shared/vectors/public', 'pdq');
const publicList = join(publicFolder, 'expected.json');
const hasPublic = existsSync(publicList);

/** The project's own rule for a foreign decoder: pdq/README.md of facebook/ThreatExchange. */
const decoderToleranceBits = 10;
const decoderToleranceQualityMin = 80;

describe('painted pictures hash as the reference hashes them', () => {
  test.each(own.cases)('$name', ({ name, width, height, pdq: expected, quality, dihedral }) => {
    const picture = ownPictures[name]?.();
    if (picture === undefined) throw new Error(`pictures.ts paints no "${name}"`);
    expect({ width: picture.width, height: picture.height }).toEqual({ width, height });
    const one = pdq(picture);
    expect(hashToHex(one.hash)).toBe(expected);
    expect(one.quality).toBe(quality);
    expect(hexOf(pdqDihedral(picture).hashes)).toEqual(dihedral);
  });

  test('every painted picture has a vector', () => {
    expect(own.cases.map((c) => c.name)).toEqual(Object.keys(ownPictures));
  });
});

describe.skipIf(!hasPublic)(
  `PDQ regression pictures${hasPublic ? '' : ' (public vectors not found)'}`,
  () => {
    const vectors: PublicVector[] = hasPublic ? JSON.parse(readFileSync(publicList, 'utf8')).vectors : [];

    test('there are pictures of both tiers', () => {
      expect(new Set(vectors.map((v) => v.tier))).toEqual(new Set(['exact', 'decoder-dependent']));
    });

    test.for(vectors)('$tier: $file', async ({ file, pdqHex, quality, dihedral, tier }) => {
      // The reference reads pixels as stored, so EXIF orientation is left alone here.
      const { data, info } = await sharp(join(publicFolder, file))
        .toColourspace('srgb')
        .ensureAlpha()
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
      const found = pdqDihedral({ data, width: info.width, height: info.height });
      if (tier === 'exact') {
        expect(found.quality).toBe(quality);
        expect(hexOf(found.hashes)).toEqual(dihedral);
        expect(hashToHex(pdq({ data, width: info.width, height: info.height }).hash)).toBe(pdqHex);
      } else if (quality >= decoderToleranceQualityMin) {
        for (const o of orientations) {
          const distance = hammingDistance(found.hashes[o], hashFromHex(dihedral[o]) as Uint8Array);
          expect(distance, o).toBeLessThanOrEqual(decoderToleranceBits);
        }
      } else {
        expect(found.quality).toBeLessThan(decoderToleranceQualityMin);
      }
    });
  },
);

describe('properties', () => {
  // Pictures are made inside the properties: a counterexample is then a seed and not a wall of pixels.
  const seed = fc.nat({ max: 1_000_000 });
  const side = fc.integer({ min: 64, max: 300 });

  test('turning the pixels gives the dihedral hash, where the sampling is symmetrical', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom(64, 320), (s, px) => {
        const p = scene(px, px, s);
        const { hashes } = pdqDihedral(p);
        for (const [name, pixels] of Object.entries(turned(p))) {
          const distance = hammingDistance(pdq(pixels).hash, hashes[name as Orientation]);
          expect(distance, name).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 10 },
    );
  });

  test('at any size the turned pixels are nearest to the dihedral hash of that name', () => {
    fc.assert(
      fc.property(seed, side, side, (s, width, height) => {
        const p = scene(width, height, s);
        const { hashes } = pdqDihedral(p);
        for (const [name, pixels] of Object.entries(turned(p))) {
          const { hash } = pdq(pixels);
          const distances = orientations.map((o) => hammingDistance(hash, hashes[o]));
          expect(orientations[distances.indexOf(Math.min(...distances))]).toBe(name);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('alpha plays no part once the picture is on white', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 254 }), (s, alpha) => {
        const p = scene(100, 80, s);
        const veiled = { ...p, data: p.data.map((value, i) => (i % 4 === 3 ? alpha : value)) };
        const shown = flattenOnWhite(veiled);
        const otherAlpha = { ...shown, data: shown.data.map((value, i) => (i % 4 === 3 ? alpha : value)) };
        expect(pdq(shown)).toEqual(pdq(otherAlpha));
        expect(flattenOnWhite(shown)).toBe(shown);
      }),
      { numRuns: 20 },
    );
  });

  test('a hash sets at most half its bits, and two different scenes are far apart', () => {
    fc.assert(
      fc.property(seed, seed, (a, b) => {
        fc.pre(a !== b);
        const [one, other] = [pdq(scene(128, 128, a)), pdq(scene(128, 128, b))];
        expect(hammingDistance(one.hash, new Uint8Array(32))).toBeLessThanOrEqual(128);
        expect(hammingDistance(one.hash, other.hash)).toBeGreaterThan(45);
      }),
      { numRuns: 40 },
    );
  });
});

test('no engine’s Math.cos can change a bit: every cosine is far from where its rounding would turn', () => {
  const scale = Math.fround(Math.sqrt(2 / 64));
  for (let i = 1; i <= 16; i++) {
    for (let j = 0; j < 64; j++) {
      const exact = scale * Math.cos((Math.PI / 2 / 64) * i * (2 * j + 1));
      // An engine may be off by some units in the last place of a double; a hundred of them must not matter.
      const slack = Math.max(Math.abs(exact), Number.EPSILON) * 100 * Number.EPSILON;
      expect(Math.fround(exact - slack)).toBe(Math.fround(exact + slack));
    }
  }
});

test.each([
  ['a byte short', { data: new Uint8Array(64 * 64 * 4 - 1), width: 64, height: 64 }],
  ['three channels', { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64 }],
  ['no pixels', { data: new Uint8Array(0), width: 0, height: 0 }],
  ['half a pixel', { data: new Uint8Array(6), width: 1.5, height: 1 }],
])('refuses pixels of the wrong shape: %s', (_, pixels) => {
  expect(() => pdq(pixels)).toThrow(RangeError);
});

function hexOf(hashes: Record<Orientation, Uint8Array>): Record<string, string> {
  return Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hashToHex(hash)]));
}

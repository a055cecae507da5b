import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pixels } from '../../src/images/canonical.ts';
import { flattenOnWhite } from '../../src/images/canonical.ts';
import { fingerprint, registrableRows } from '../../src/images/fingerprint.ts';
import { hashWeakness, pictureWeakness } from '../../src/images/gate.ts';
import { hammingDistance } from '../../src/images/hash256.ts';
import { pdq } from '../../src/images/pdq.ts';
import { trimBorder } from '../../src/images/trim.ts';
import { flat, framed, gradient, noise, paint, scene } from './pictures.ts';

describe('alpha on white', () => {
  test.each([
    ['opaque stays', [10, 20, 30, 255], [10, 20, 30, 255]],
    ['invisible is white', [10, 20, 30, 0], [255, 255, 255, 255]],
    ['half of black is grey', [0, 0, 0, 128], [127, 127, 127, 255]],
    ['rounds to nearest: 200 at 1/255', [200, 0, 255, 1], [255, 254, 255, 255]],
    ['almost opaque', [0, 100, 255, 254], [1, 101, 255, 255]],
  ])('%s', (_, rgba, expected) => {
    const shown = flattenOnWhite({ data: Uint8Array.from(rgba), width: 1, height: 1 });
    expect([...shown.data]).toEqual(expected);
  });

  test('equals exact arithmetic for every value and alpha', () => {
    const data = new Uint8Array(256 * 256 * 4);
    for (let i = 0; i < 65536; i++) data.set([i & 255, i & 255, i & 255, i >> 8], i * 4);
    const shown = flattenOnWhite({ data, width: 256, height: 256 }).data;
    for (let i = 0; i < 65536; i++) {
      const [value, alpha] = [BigInt(i & 255), BigInt(i >> 8)];
      // Rounded to nearest: (2n + d) / 2d. A half never occurs, because 255 is odd.
      const exact = (2n * (value * alpha + 255n * (255n - alpha)) + 255n) / 510n;
      if (BigInt(shown[i * 4] as number) !== exact) expect.fail(`value ${value} at alpha ${alpha}`);
    }
  });

  test('does not change what it was given', () => {
    const data = Uint8Array.from([0, 0, 0, 0]);
    flattenOnWhite({ data, width: 1, height: 1 });
    expect([...data]).toEqual([0, 0, 0, 0]);
  });
});

describe('border', () => {
  const inner = scene(120, 90, 21);

  test.each<[string, Pixels]>([
    ['white', framed(inner, 10, [255, 255, 255])],
    ['black', framed(inner, 3, [0, 0, 0])],
    ['two frames of different colour', framed(framed(inner, 6, [200, 30, 30]), 9, [255, 255, 255])],
    ['JPEG noise in the border', speckled(framed(inner, 8, [240, 240, 240]), 8)],
  ])('is cut off: %s', (_, picture) => {
    const trimmed = trimBorder(picture);
    expect({ width: trimmed?.width, height: trimmed?.height }).toEqual({ width: 120, height: 90 });
    if (trimmed !== null) expect(hammingDistance(pdq(trimmed).hash, pdq(inner).hash)).toBe(0);
  });

  test('a letterbox, above and below only, is cut off', () => {
    const boxed = paint(120, 130, (x, y) => (y < 20 || y >= 110 ? [0, 0, 0] : at(inner, x, y - 20)));
    expect(trimBorder(boxed)).toMatchObject({ width: 120, height: 90 });
  });

  test.each<[string, Pixels]>([
    ['no border', inner],
    ['nothing but border', flat(200, 200, [9, 9, 9])],
    ['a mark of 10 pixels on a page', framed(noise(10, 10, 5), 90, [255, 255, 255])],
  ])('nothing is cut when there is %s', (_, picture) => {
    expect(trimBorder(picture)).toBeNull();
  });

  test('what is left has no border', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.integer({ min: 1, max: 30 }), fc.nat(255), (seed, thickness, grey) => {
        const trimmed = trimBorder(framed(scene(70, 80, seed), thickness, [grey, grey, grey]));
        expect(trimmed).not.toBeNull();
        if (trimmed !== null) expect(trimBorder(trimmed)).toBeNull();
      }),
      { numRuns: 30 },
    );
  });
});

describe('too plain to be recognised', () => {
  const halves = paint(256, 256, (x) => (x < 128 ? [0, 0, 0] : [255, 255, 255]));

  test.each([
    { what: 'a scene', picture: scene(320, 240, 1), reason: null },
    { what: '64 pixels a side', picture: scene(64, 64, 2), reason: null },
    { what: '63 pixels high', picture: scene(100, 63, 2), reason: 'small' },
    { what: 'flat grey', picture: flat(300, 200, [128, 128, 128]), reason: 'flat' },
    { what: 'flat grey, tiny', picture: flat(16, 16, [128, 128, 128]), reason: 'small' },
    { what: 'a gradient', picture: gradient(200, 120), reason: 'low-quality' },
    { what: 'half black, half white', picture: halves, reason: 'unbalanced' },
  ])('$what: $reason', ({ picture, reason }) => {
    const found = fingerprint(picture);
    expect(found.lowInformation).toBe(reason);
    expect(registrableRows(found).length > 0).toBe(reason === null);
  });

  const bits = (count: number) => Uint8Array.from({ length: 32 }, (_, i) => onesIn(count - i * 8));
  test.each([
    [96, 50, null],
    [95, 50, 'unbalanced'],
    [160, 100, null],
    [161, 100, 'unbalanced'],
    [128, 49, 'low-quality'],
    [128, 1, 'low-quality'],
    [128, 0, 'flat'],
    [0, 100, 'unbalanced'],
    [256, 100, 'unbalanced'],
  ])('%i bits at quality %i: %s', (count, quality, reason) => {
    expect(hashWeakness(bits(count), quality)).toBe(reason);
    const pdq = { hash: bits(count), quality, unsureBits: 64 };
    expect(pictureWeakness({ width: 64, height: 64 }, pdq)).toBe(reason);
    expect(pictureWeakness({ width: 640, height: 63 }, pdq)).toBe('small');
    expect(pictureWeakness({ width: 64, height: 64 }, { ...pdq, unsureBits: 65 })).toBe(reason ?? 'unsteady');
  });
});

describe('fingerprint', () => {
  const crops = [
    'square',
    'centre05',
    'centre10',
    'topleft05',
    'topright05',
    'bottomleft05',
    'bottomright05',
  ];

  test('a picture without a border has one form to ask with, and its crops to register', () => {
    const p = scene(320, 240, 1);
    const found = fingerprint(p);
    expect(found).toMatchObject({ hasher: 'pdq/1', width: 320, height: 240, lowInformation: null });
    expect(found.pdq).toEqual(pdq(p).hash);
    expect(found.dihedral.orig).toEqual(found.pdq);
    expect(found.forms.map((form) => form.variant)).toEqual(['full']);
    expect(registrableRows(found).map((r) => r.variant)).toEqual(['full', ...crops]);
    expect(registrableRows(found)[0]).toEqual({ variant: 'full', pdq: found.pdq, quality: found.quality });
  });

  test('a framed picture has the hash of the picture too', () => {
    const inner = scene(320, 240, 1);
    const found = fingerprint(framed(inner, 24, [255, 255, 255]));
    expect(found.forms.map((form) => form.variant)).toEqual(['full', 'trim']);
    expect(found.variants.map((v) => v.variant)).toEqual(['full', 'trim', ...crops]);
    expect(found.variants[1]?.pdq).toEqual(pdq(inner).hash);
    expect(registrableRows(found).map((r) => r.variant)).toEqual(['full', 'trim', ...crops]);
  });

  test('ours: a picture on a page is registered by what is inside the border when the whole is too plain', () => {
    const found = fingerprint(framed(scene(80, 80, 9), 500, [255, 255, 255]));
    expect(found.variants[0]?.lowInformation).not.toBeNull();
    expect(found.lowInformation).toBeNull();
    expect(registrableRows(found).map((r) => r.variant)).toEqual(['trim']);
  });

  test('transparent pixels count as white', () => {
    const p = scene(200, 150, 4);
    const holed = { ...p, data: p.data.slice() };
    const whitened = { ...p, data: p.data.slice() };
    for (let i = 0; i < 200 * 75 * 4; i += 4) {
      holed.data[i + 3] = 0;
      whitened.data.set([255, 255, 255], i);
    }
    expect(fingerprint(holed)).toEqual(fingerprint(whitened));
  });
});

function at({ data, width }: Pixels, x: number, y: number): [number, number, number] {
  const i = (y * width + x) * 4;
  return [data[i] as number, data[i + 1] as number, data[i + 2] as number];
}

function speckled(p: Pixels, thickness: number): Pixels {
  return paint(p.width, p.height, (x, y) => {
    const [r, g, b] = at(p, x, y);
    const isBorder = x < thickness || y < thickness || x >= p.width - thickness || y >= p.height - thickness;
    return isBorder ? [r - ((x * 7 + y * 3) % 6), g, b + ((x + y) % 5)] : [r, g, b];
  });
}

/** A byte with its lowest `count` bits set, for counts clamped to 0 … 8. */
function onesIn(count: number): number {
  return (1 << Math.max(0, Math.min(8, count))) - 1;
}

import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../src/images/fingerprint.ts';
import { bytesToHex, hashToHex } from '../../src/images/hash256.ts';
import { sha256 } from '../../src/log/hash.ts';
import { ownPictures } from './pictures.ts';

/** One digest of all that is registered of a picture: any bit that differs between engines shows. */
const digestOf = (name: string): string => {
  const { descriptor, variants } = fingerprint(
    (ownPictures[name] as () => Parameters<typeof fingerprint>[0])(),
  );
  const said = [
    bytesToHex(descriptor),
    ...variants.map((one) => `${one.variant} ${hashToHex(one.pdq)} ${one.quality} ${one.unsureBits}`),
  ];
  return bytesToHex(sha256(new TextEncoder().encode(said.join('\n')))).slice(0, 16);
};

/** Variants and descriptor, the same in every engine: run on Node and in workerd. */
export function describeForms(where: string): void {
  describe(`what is registered of a picture, ${where}`, () => {
    test.each(Object.entries(digests))('%s', (name, digest) => {
      expect(digestOf(name)).toBe(digest);
    });
    test('every own picture is held', () => {
      expect(Object.keys(digests)).toEqual(Object.keys(ownPictures));
    });
  });
}

const digests: Record<string, string> = {
  'scene 1, 320 × 240': '6c4827f0c0c602e2',
  'scene 2, 64 × 64: its own miniature': 'b4f4108cf5a912db',
  'scene 3, 65 × 63: just filtered': '67cfff6312702a4d',
  'scene 4, 512 × 512: not resized': '4ed8dbbb058a76dc',
  'scene 5, 513 × 90: one side resized up, one down': 'd63811229d582863',
  'scene 6, 90 × 700: the other side': 'c7047d0cd415ad06',
  'scene 7, 1201 × 803': 'e152a6b47b887242',
  'scene 8, 128 × 129: windows of one and two': '601c958170da65ee',
  'noise 1, 100 × 100': '59bea26ac267e9dc',
  'noise 2, 700 × 500': '8d4cf977f71ac934',
  'noise 3, 5 × 5: the smallest hashed': 'f02c5946ff855e18',
  'noise 4, 4 × 9: too small to hash': '3ab3e8b2232c6063',
  'checkerboard of 8, 256 × 256': 'b772facf066afae8',
  'checkerboard of 37, 300 × 200': 'a88ebe6647468e36',
  'gradient, 200 × 120': 'e0b3844c1e439aac',
  'flat grey, 300 × 200': '4262ef21479f9a15',
  'flat white, 16 × 16': 'bc4ec7fff7cd77b2',
  'scene 1 framed': '365d80ddd6cc1e3e',
};

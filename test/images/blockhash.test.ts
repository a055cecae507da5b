import fc from 'fast-check';
import imghash from 'imghash';
import { expect, test } from 'vitest';
import { blockhash } from '../../src/images/blockhash.ts';
import { flat, noise, ownPictures, scene } from './pictures.ts';

const pictures = Object.entries(ownPictures).filter(
  ([, make]) => Math.min(make().width, make().height) >= 16,
);

test.each(pictures)('equals imghash on the same pixels: %s', (_, make) => {
  const { data, width, height } = make();
  const bytes = new Uint8Array(data);
  expect(blockhash({ data, width, height })).toBe(imghash.hashRaw({ data: bytes, width, height }, 16));
});

test('equals imghash at every size and in every tone, also where only roundings tell blocks apart', () => {
  const side = fc.integer({ min: 1, max: 150 });
  const level = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.tuple(level, level, level),
      fc.integer({ min: 0, max: 2 }),
      (w, h, colour, kind) => {
        const picture =
          kind === 0 ? flat(w, h, colour) : kind === 1 ? noise(w, h, colour[0]) : scene(w, h, colour[0]);
        const data = new Uint8Array(picture.data);
        expect(blockhash(picture)).toBe(imghash.hashRaw({ data, width: w, height: h }, 16));
      },
    ),
    { numRuns: 400 },
  );
});

test('every flat dark picture has the same blockhash, which is why it decides nothing', () => {
  const grey = ownPictures['flat grey, 300 × 200']?.();
  if (grey === undefined) throw new Error('no flat grey picture');
  const { data, width, height } = grey;
  const red = data.map((value, i) => (i % 4 === 0 ? 255 : i % 4 === 3 ? value : 0));
  expect(blockhash({ data: red, width, height })).toBe(blockhash(grey));
});

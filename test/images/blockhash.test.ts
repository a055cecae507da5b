import imghash from 'imghash';
import { expect, test } from 'vitest';
import { blockhash } from '../../src/images/blockhash.ts';
import { ownPictures } from './pictures.ts';

const pictures = Object.entries(ownPictures).filter(
  ([, make]) => Math.min(make().width, make().height) >= 16,
);

test.each(pictures)('equals imghash on the same pixels: %s', (_, make) => {
  const { data, width, height } = make();
  const bytes = new Uint8Array(data);
  expect(blockhash({ data, width, height })).toBe(imghash.hashRaw({ data: bytes, width, height }, 16));
});

test('every flat dark picture has the same blockhash, which is why it decides nothing', () => {
  const grey = ownPictures['flat grey, 300 × 200']?.();
  if (grey === undefined) throw new Error('no flat grey picture');
  const { data, width, height } = grey;
  const red = data.map((value, i) => (i % 4 === 0 ? 255 : i % 4 === 3 ? value : 0));
  expect(blockhash({ data: red, width, height })).toBe(blockhash(grey));
});

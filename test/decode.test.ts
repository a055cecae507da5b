import { createHash } from 'node:crypto';
import type { Metadata } from 'sharp';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { createDecoder } from '../src/decode.ts';
import { AppError } from '../src/errors.ts';
import type { Pixels } from '../src/images/canonical.ts';
import { flattenOnWhite } from '../src/images/canonical.ts';
import { fingerprint } from '../src/images/fingerprint.ts';
import { hammingDistance } from '../src/images/hash256.ts';
import { pdq } from '../src/images/pdq.ts';
import { encoder, hugePng, pdfFile, png, svgFile } from './images/files.ts';
import { paint, scene, seeded, turned } from './images/pictures.ts';

const decoder = createDecoder({ threads: 2 });
afterAll(() => decoder.close());

const picture = scene(320, 240, 1);
const grey = paint(320, 240, (x, y) => {
  const value = Math.floor((x * y) / 301) & 255;
  return [value, value, value];
});
const veiled: Pixels = {
  ...picture,
  data: picture.data.map((value, i) => (i % 4 === 3 ? (i >> 3) & 255 : value)),
};

const veiledGrey: Pixels = {
  ...grey,
  data: grey.data.map((value, i) => (i % 4 === 3 ? (i >> 3) & 255 : value)),
};

async function opaquePng(p: Pixels): Promise<Uint8Array> {
  return encoder(p).png().toBuffer();
}

describe('lossless files give the very pixels', () => {
  const doubled = () => {
    const wide = Uint16Array.from(
      picture.data.filter((_, i) => i % 4 !== 3),
      (v) => v * 257,
    );
    return sharp(wide, { raw: { width: 320, height: 240, channels: 3 } });
  };
  test.each<[string, Partial<Metadata>, () => Promise<Uint8Array>, Pixels]>([
    ['PNG', { channels: 3 }, () => opaquePng(picture), picture],
    [
      'interlaced PNG',
      { isProgressive: true },
      () => encoder(picture).png({ progressive: true }).toBuffer(),
      picture,
    ],
    ['PNG with alpha', { channels: 4 }, () => encoder(veiled, true).png().toBuffer(), flattenOnWhite(veiled)],
    ['16-bit PNG', { depth: 'ushort' }, () => doubled().toColourspace('rgb16').png().toBuffer(), picture],
    ['grey PNG', { channels: 1 }, () => encoder(grey).toColourspace('b-w').png().toBuffer(), grey],
    [
      'grey PNG with alpha',
      { channels: 2 },
      () => encoder(veiledGrey, true).toColourspace('b-w').png().toBuffer(),
      flattenOnWhite(veiledGrey),
    ],
    ['lossless WebP', {}, () => encoder(picture).webp({ lossless: true }).toBuffer(), picture],
    ['one pixel', {}, () => opaquePng(paint(1, 1, () => [1, 2, 3])), paint(1, 1, () => [1, 2, 3])],
  ])('%s', async (_, kind, make, expected) => {
    const file = await make();
    expect(await sharp(file).metadata()).toMatchObject(kind);
    const found = await decoder.decode(file);
    expect({ width: found.width, height: found.height }).toEqual({
      width: expected.width,
      height: expected.height,
    });
    expect(Buffer.compare(Buffer.from(found.data), Buffer.from(expected.data))).toBe(0);
  });

  test('palette PNG', async () => {
    const file = await encoder(picture).png({ palette: true, colours: 64 }).toBuffer();
    expect((await sharp(file).metadata()).isPalette).toBe(true);
    expect(hammingDistance(pdq(await decoder.decode(file)).hash, pdq(picture).hash)).toBeLessThanOrEqual(10);
  });
});

describe('lossy files stay within 10 bits of the picture', () => {
  test.each<[string, Partial<Metadata>, () => Promise<Uint8Array>]>([
    ['JPEG', { format: 'jpeg' }, () => encoder(picture).jpeg().toBuffer()],
    [
      'progressive JPEG',
      { isProgressive: true },
      () => encoder(picture).jpeg({ progressive: true }).toBuffer(),
    ],
    [
      'CMYK JPEG',
      { space: 'cmyk' },
      () => encoder(picture).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(),
    ],
    ['WebP', { format: 'webp' }, () => encoder(picture).webp().toBuffer()],
    ['GIF', { format: 'gif' }, () => encoder(picture).gif().toBuffer()],
    ['AVIF', { format: 'heif', compression: 'av1' }, () => encoder(picture).avif({ effort: 0 }).toBuffer()],
    ['Display P3 PNG', { hasProfile: true }, () => encoder(picture).withIccProfile('p3').png().toBuffer()],
  ])('%s', async (_, kind, make) => {
    const file = await make();
    const about = await sharp(file).metadata();
    expect(about).toMatchObject(kind);
    const found = await decoder.decode(file);
    expect(found).toMatchObject({ width: 320, height: 240 });
    expect(found.format).toBe(about.format === 'heif' ? 'avif' : about.format);
    expect(found.data).toHaveLength(320 * 240 * 4);
    expect(hammingDistance(pdq(found).hash, pdq(picture).hash)).toBeLessThanOrEqual(10);
  });

  test('a colour profile is honoured: the colours come back as sRGB', async () => {
    const red = paint(64, 64, () => [200, 40, 40]);
    const file = await encoder(red).withIccProfile('p3').png().toBuffer();
    const { data: stored } = await sharp(file, { ignoreIcc: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const shown = await decoder.decode(file);
    expect(stored[0]).toBeLessThan(195);
    for (const [channel, value] of [200, 40, 40].entries()) {
      expect(Math.abs((shown.data[channel] as number) - value)).toBeLessThanOrEqual(2);
    }
  });

  test('of an animation the first frame is read', async () => {
    const frames = [1, 2, 3].map((seed) => opaquePng(scene(120, 90, seed)));
    for (const format of ['gif', 'webp'] as const) {
      const file = await sharp(await Promise.all(frames), { join: { animated: true } })
        .toFormat(format, format === 'webp' ? { lossless: true } : {})
        .toBuffer();
      expect((await sharp(file).metadata()).pages).toBe(3);
      const found = await decoder.decode(file);
      expect(found).toMatchObject({ width: 120, height: 90, format });
      expect(hammingDistance(pdq(found).hash, pdq(scene(120, 90, 1)).hash)).toBeLessThanOrEqual(10);
    }
  });
});

describe('EXIF orientation is applied', () => {
  // EXIF 2.3 §4.6.4: the tag says which side of the stored picture is up.
  test.each([
    [1, 'orig'],
    [2, 'flipy'],
    [3, 'rot180'],
    [4, 'flipx'],
    [5, 'flipp'],
    [6, 'rot270'],
    [7, 'flipm'],
    [8, 'rot90'],
  ])('%i shows the stored pixels %s', async (orientation, name) => {
    const plain = await decoder.decode(await encoder(picture).jpeg().toBuffer());
    const found = await decoder.decode(
      await encoder(picture).withMetadata({ orientation }).jpeg().toBuffer(),
    );
    const expected = turned(plain)[name] as Pixels;
    expect(found.original).toEqual({ width: 320, height: 240 });
    expect({ width: found.width, height: found.height }).toEqual({
      width: expected.width,
      height: expected.height,
    });
    expect(Buffer.compare(Buffer.from(found.data), Buffer.from(expected.data))).toBe(0);
  });

  test('ours: a WebP is read as stored, because browsers show it so', async () => {
    const turnedWebp = await encoder(picture)
      .withMetadata({ orientation: 6 })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(turnedWebp).metadata()).orientation).toBe(6);
    expect(await decoder.decode(turnedWebp)).toMatchObject({ width: 320, height: 240 });
  });
});

describe('refused', () => {
  const half = (file: Uint8Array) => Uint8Array.from(file.subarray(0, file.length >> 1));
  test.each<[string, string, RegExp, () => Promise<Uint8Array> | Uint8Array]>([
    ['an SVG', 'unsupported-image', /SVG/, () => svgFile],
    ['a PDF', 'unsupported-image', /PDF/, () => pdfFile],
    ['a TIFF', 'unsupported-image', /TIFF/, () => encoder(picture).tiff().toBuffer()],
    ['an HTML page', 'unsupported-image', /HTML/, () => Buffer.from('<!doctype html><p>not found')],
    ['nothing', 'unsupported-image', /empty/, () => new Uint8Array(0)],
    ['21 MiB', 'too-large', /21\.0 MiB/, () => new Uint8Array(21 * 2 ** 20)],
    ['a 20,000 × 20,000 PNG', 'image-too-large', /20000 × 20000/, () => hugePng(20_000)],
    [
      'a PNG that is only a huge header',
      'image-too-large',
      /60000 × 60000/,
      () => png(60_000, 60_000, 8, null),
    ],
    ['a PNG without pixels', 'broken-image', /PNG/, () => png(100, 100, 8, null)],
    ['a PNG 4,294,967,295 wide', 'broken-image', /PNG/, () => png(0xffff_ffff, 1, 8, null)],
    ['half a JPEG', 'broken-image', /JPEG/, async () => half(await encoder(picture).jpeg().toBuffer())],
    [
      'half a progressive JPEG',
      'broken-image',
      /JPEG/,
      async () => half(await encoder(picture).jpeg({ progressive: true }).toBuffer()),
    ],
    ['half a PNG', 'broken-image', /PNG/, async () => half(await opaquePng(picture))],
    ['half a WebP', 'broken-image', /WEBP/, async () => half(await encoder(picture).webp().toBuffer())],
    ['half a GIF', 'broken-image', /GIF/, async () => half(await encoder(picture).gif().toBuffer())],
    [
      'half an AVIF',
      'broken-image',
      /AVIF/,
      async () => half(await encoder(picture).avif({ effort: 0 }).toBuffer()),
    ],
    [
      'the name of a GIF and nothing else',
      'broken-image',
      /GIF/,
      () => Buffer.from('GIF89a\xff\xff\xff\xff', 'latin1'),
    ],
    ['a JPEG without content', 'broken-image', /JPEG/, () => Uint8Array.from([0xff, 0xd8, 0xff, 0xd9])],
  ])('%s', async (_, code, message, make) => {
    const refusal = await refusalOf(decoder.decode(await make()));
    expect(refusal).toMatchObject({ code, fix: expect.stringMatching(/\w/) });
    expect(refusal.message).toMatch(message);
  });

  test('a JPEG with stray bytes that viewers pass over is read', async () => {
    const file = await encoder(picture).jpeg().toBuffer();
    const stray = Buffer.concat([
      file.subarray(0, -2),
      Buffer.from([1, 2, 3]),
      file.subarray(-2),
      Buffer.alloc(50),
    ]);
    expect((await decoder.decode(stray)).data).toEqual((await decoder.decode(file)).data);
  });

  test('a damaged file gives pixels or a refusal, and never takes the decoder down', async () => {
    const next = seeded(5);
    const small = scene(40, 30, 3);
    const sound = await Promise.all([
      opaquePng(small),
      encoder(small).jpeg().toBuffer(),
      encoder(small).webp().toBuffer(),
      encoder(small).gif().toBuffer(),
      encoder(small).avif({ effort: 0 }).toBuffer(),
    ]);
    for (let i = 0; i < 150; i++) {
      const file = Uint8Array.from(sound[i % sound.length] as Uint8Array);
      for (let k = 0; k < 1 + (i % 7); k++) file[next() % file.length] = next() & 255;
      const outcome = await decoder.fingerprintFile(file).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(AppError);
        expect(['broken-image', 'unsupported-image', 'image-too-large']).toContain(
          (outcome as AppError).code,
        );
      } else expect(outcome).toMatchObject({ fingerprint: { hasher: 'pdq/1' } });
    }
  });
});

describe('fingerprints of a file', () => {
  test('are those of its pixels, with the hashes of its bytes', async () => {
    const file = await encoder(picture).jpeg().toBuffer();
    const found = await decoder.fingerprintFile(file);
    expect(found).toMatchObject({
      format: 'jpeg',
      width: 320,
      height: 240,
      sha256: createHash('sha256').update(file).digest('hex'),
      md5: createHash('md5').update(file).digest('hex'),
    });
    expect(found.fingerprint).toEqual(fingerprint(await decoder.decode(file)));
  });

  test('flat grey is accepted, and said to be flat', async () => {
    const found = await decoder.fingerprintFile(await opaquePng(paint(300, 200, () => [128, 128, 128])));
    expect(found.fingerprint.lowInformation).toBe('flat');
  });
});

async function refusalOf(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (!(outcome instanceof AppError)) throw new Error('was not refused with an AppError', { cause: outcome });
  return outcome;
}

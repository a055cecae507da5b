import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { seeded } from '../../src/demo/seeded.ts';
import type { Pixels } from '../../src/images/canonical.ts';
import { fingerprint } from '../../src/images/fingerprint.ts';
import { workOf } from '../../src/images/work.ts';
import type { Fingerprint } from '../../src/opt-outs/record.ts';
import { checkerboard, flat, framed, gradient, paint, scene, turned } from '../images/pictures.ts';

/** A registered picture, as its record has it. */
interface PictureWork {
  seed: number;
  work: { key: string; prints: Fingerprint[] };
}

const digests = (seed: number) => ({
  sha256: createHash('sha256').update(`golden picture ${seed}`).digest('hex'),
  md5: createHash('md5').update(`golden picture ${seed}`).digest('hex'),
});

const pictureOf = (seed: number): Pixels => scene(96 + 8 * (seed % 3), 72 + 8 * (seed % 2), seed);

/** Twelve registered pictures, of which copies are in the tar; every third without a second descriptor. */
export function pictureWorks(): PictureWork[] {
  return Array.from({ length: 12 }, (_, at) => {
    const seed = at + 1;
    const { work } = workOf(fingerprint(pictureOf(seed)), digests(seed));
    const common = { hasher: work.hasher, sha256: work.sha256, md5: work.md5 ?? null };
    const prints = work.fingerprints.map(
      ({ variant, pdq, quality }): Fingerprint => ({
        ...{ variant, pdq, quality, blockhash: work.blockhash ?? null, ...common },
        ...(variant === 'full' && work.descriptor !== undefined && seed % 3 !== 0
          ? { descriptor: work.descriptor }
          : {}),
      }),
    );
    return { seed, work: { key: work.sha256, prints } };
  });
}

/** One colour drawn towards another, by thousandths. */
function mixed(a: Pixels, b: Pixels, thousandths: number): Pixels {
  return paint(a.width, a.height, (x, y) => {
    const from = (y * a.width + x) * 4;
    const to = ((y % b.height) * b.width + (x % b.width)) * 4;
    const mix = (part: number) =>
      Math.floor(
        ((a.data[from + part] as number) * (1000 - thousandths) +
          (b.data[to + part] as number) * thousandths) /
          1000,
      );
    return [mix(0), mix(1), mix(2)];
  });
}

/** The picture with its colours moved by so many levels, its light and dark as they were or nearly so. */
function tinted(p: Pixels, levels: number): Pixels {
  return paint(p.width, p.height, (x, y) => {
    const at = (y * p.width + x) * 4;
    const moved = (part: number, by: number) =>
      Math.max(0, Math.min(255, (p.data[at + part] as number) + by));
    return [moved(0, levels), moved(1, 0), moved(2, -levels)];
  });
}

function cropped(p: Pixels, px: number): Pixels {
  return paint(p.width - px, p.height - px, (x, y) => {
    const at = (y * p.width + x) * 4;
    return [p.data[at] as number, p.data[at + 1] as number, p.data[at + 2] as number];
  });
}

/**
 * About a hundred small pictures: copies of the registered ones turned, framed, cropped, tinted and mixed with others
 * step by step across the distances that decide, and strangers.
 */
export function tarPictures(): { key: string; pixels: Pixels }[] {
  const random = seeded(99);
  const made: { key: string; pixels: Pixels }[] = [];
  const add = (what: string, pixels: Pixels) =>
    made.push({ key: `${String(made.length).padStart(6, '0')}-${what}`, pixels });
  for (const { seed } of pictureWorks()) {
    const picture = pictureOf(seed);
    add('same', picture);
    add('turned', Object.values(turned(picture))[1 + (seed % 7)] as Pixels);
    add('framed', framed(picture, 6 + (seed % 4), [255, 255, 255]));
    add('tinted', tinted(picture, 4 * seed));
    add('cropped', cropped(picture, seed));
    for (const thousandths of [150, 300, 400]) {
      add(
        'mixed',
        mixed(picture, scene(picture.width, picture.height, 1_000 + seed), thousandths + random.below(90)),
      );
    }
  }
  for (let seed = 500; seed < 504; seed += 1) add('stranger', scene(100, 80, seed));
  add('flat', flat(80, 80, [10, 200, 30]));
  add('board', checkerboard(96, 96, 12));
  add('gradient', gradient(90, 70));
  add('small', scene(40, 30, 1));
  return made;
}

/** A picture as a PNG, which any decoder turns back into the same pixels. */
export function pngOf({ data, width, height }: Pixels): Promise<Buffer> {
  const raw = { width, height, channels: 4 as const };
  return sharp(data, { raw }).png({ compressionLevel: 6, adaptiveFiltering: false }).toBuffer();
}

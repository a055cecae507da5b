import sharp from 'sharp';
import { type SceneName, sceneOf } from './scenes.ts';

export interface Size {
  width: number;
  height: number;
}

/** Paints a made-up scene as a JPEG file of good quality. */
export function paint(scene: SceneName, seed: number, { width, height }: Size): Promise<Buffer> {
  const colourAt = sceneOf(scene, seed);
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const [red, green, blue] = colourAt(x / width, y / height);
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** What happens to pictures on their way through the web. */
export const copyings = {
  'half size, JPEG 60': { share: 0.5, quality: 60, crop: 0 },
  'a third of the size, JPEG 40': { share: 1 / 3, quality: 40, crop: 0 },
  'JPEG 80, 2 % cut off all around': { share: 1, quality: 80, crop: 0.02 },
} as const;
export type Copying = keyof typeof copyings;

/** A copy of a picture as other sites keep it: scaled, cut, saved again as JPEG. */
export async function copyOf(file: Uint8Array, copying: Copying): Promise<Buffer> {
  const { share, quality, crop } = copyings[copying];
  const { width, height } = await sharp(file).metadata();
  const [left, top] = [Math.round(width * crop), Math.round(height * crop)];
  const [cutWidth, cutHeight] = [width - 2 * left, height - 2 * top];
  return sharp(file)
    .extract({ left, top, width: cutWidth, height: cutHeight })
    .resize(Math.round(cutWidth * share), Math.round(cutHeight * share))
    .jpeg({ quality })
    .toBuffer();
}

import { AppError } from '../../errors.ts';
import type { Pixels } from '../../images/canonical.ts';
import { fingerprint } from '../../images/fingerprint.ts';
import { workOf } from '../../images/work.ts';
import { decodePicture, sha256Hex } from './decode-picture.ts';
import type { PictureAnswer, PictureTask } from './messages.ts';

/** Reads one picture at a time beside the page, so that the page stays quick. A picture that fails says why. */

const thumbnailPx = 112;

self.addEventListener('message', async (event: MessageEvent<PictureTask>) => {
  const { id, file } = event.data;
  postMessage(await read(id, file));
});

async function read(id: number, file: File): Promise<PictureAnswer> {
  try {
    const pixels = await decodePicture(file);
    const { work, exactOnly, pixels: forms } = workOf(fingerprint(pixels), { sha256: await sha256Hex(file) });
    return {
      id,
      work: { kind: 'work', label: file.name.slice(0, 300), ...work },
      exactOnly,
      pixels: forms,
      thumbnail: await thumbnailOf(pixels).catch(() => null),
    };
  } catch (error) {
    return { id, fault: error instanceof AppError ? `${error.message} ${error.fix ?? ''}`.trim() : null };
  }
}

async function thumbnailOf({ data, width, height }: Pixels): Promise<Blob> {
  const scale = Math.min(1, thumbnailPx / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const image = new ImageData(new Uint8ClampedArray(data), width, height);
  const bitmap = await createImageBitmap(image, { resizeWidth: w, resizeHeight: h, resizeQuality: 'medium' });
  const canvas = new OffscreenCanvas(w, h);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
}

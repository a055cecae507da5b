import { AppError } from '../../errors.ts';
import type { Pixels } from '../../images/canonical.ts';
import { flattenOnWhite, pixelsMax } from '../../images/canonical.ts';
import { pictureBytesMax, sniffBytes, sniffPicture } from '../../images/format.ts';
import { withoutColourChunks } from './plain-colours.ts';

/**
 * Decodes a picture file in the browser to the pixels the server would see: upright by its EXIF orientation,
 * sRGB, first frame, on white. The file does not leave the machine.
 *
 * @throws AppError `too-large`, `unsupported-image`, `broken-image` or `image-too-large`.
 */
export async function decodePicture(file: Blob): Promise<Pixels> {
  if (file.size > pictureBytesMax) {
    const mebibytes = (file.size / 2 ** 20).toFixed(1);
    throw new AppError('too-large', `This file has ${mebibytes} MiB; at most 20 MiB are read.`, {
      fix: 'Choose a smaller copy of the picture.',
    });
  }
  const format = sniffPicture(new Uint8Array(await file.slice(0, sniffBytes).arrayBuffer()));
  const bitmap = await readBitmap(format === 'png' ? await withoutColourChunks(file) : file);
  try {
    const { width, height } = bitmap;
    if (width * height > pixelsMax) {
      throw new AppError(
        'image-too-large',
        `This picture is ${width} × ${height} pixels; at most ${pixelsMax / 1e6} million pixels are read.`,
        { fix: 'Choose a smaller copy of the picture.' },
      );
    }
    return flattenOnWhite({ data: readPixels(bitmap), width, height });
  } finally {
    bitmap.close();
  }
}

/** SHA-256 of a file's bytes as 64 hex digits. Needs a secure context: https or localhost. */
export async function sha256Hex(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function readBitmap(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new AppError('broken-image', 'This picture cannot be read: it is broken or cut short.', {
      fix: 'Open the picture in a viewer, save it again and choose that.',
      cause,
    });
  }
}

function readPixels(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    colorSpace: 'srgb',
    willReadFrequently: true,
  });
  if (context === null) {
    throw new AppError('broken-image', 'This browser cannot draw a picture this large.', {
      fix: 'Choose a smaller copy of the picture, or another browser.',
    });
  }
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

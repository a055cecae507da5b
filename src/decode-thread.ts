import { createHash } from 'node:crypto';
import { parentPort, threadId } from 'node:worker_threads';
import sharp from 'sharp';
import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';
import type { Pixels } from './images/canonical.ts';
import { flattenOnWhite, pixelsMax } from './images/canonical.ts';
import type { Fingerprint } from './images/fingerprint.ts';
import { fingerprint } from './images/fingerprint.ts';
import type { PictureFormat } from './images/format.ts';

export interface Size {
  width: number;
  height: number;
}

/** Upright sRGB pixels on white, first frame: what a browser would show. */
export interface DecodedPicture extends Pixels {
  data: Uint8ClampedArray;
  format: PictureFormat;
  /** Size as stored in the file, before it was turned upright. */
  original: Size;
  /** Id of the thread that did the work; 0 would be the one that answers requests. */
  thread: number;
}

/** All the registry keeps of a picture file. */
export interface PictureFile extends Omit<DecodedPicture, 'data'> {
  fingerprint: Fingerprint;
  /** Of the file's bytes, 64 hex digits. */
  sha256: string;
  /** Of the file's bytes, 32 hex digits. */
  md5: string;
}

export interface DecodeTask {
  id: number;
  work: 'decode' | 'fingerprint';
  bytes: Uint8Array;
  format: PictureFormat;
  timeoutS: number;
}

/** The first message of a thread, sent once it has loaded all it needs. */
export interface DecodeReady {
  ready: true;
}

export type DecodeReply =
  | { id: number; value: DecodedPicture | PictureFile }
  | { id: number; refusal: { code: ErrorCode; message: string; fix?: string } }
  | { id: number; fault: unknown };

/**
 * `error` and not `warning`: measured, every truncated file fails either way, and JPEGs with a few stray bytes,
 * which browsers and cameras take for sound, are read.
 */
const readAs = { failOn: 'error', pages: 1 } as const;

sharp.cache(false);
sharp.concurrency(1);

if (parentPort === null) throw new Error('decode-thread.ts only runs as a worker thread');
const port = parentPort;
port.on('message', (task: DecodeTask) => {
  void answer(task);
});
port.postMessage({ ready: true } satisfies DecodeReady);

async function answer(task: DecodeTask): Promise<void> {
  const { id } = task;
  try {
    const picture = await readPicture(task);
    if (task.work === 'fingerprint') {
      port.postMessage({ id, value: describeFile(task.bytes, picture) } satisfies DecodeReply);
    } else {
      port.postMessage({ id, value: picture } satisfies DecodeReply, [picture.data.buffer as ArrayBuffer]);
    }
  } catch (error) {
    if (!(error instanceof AppError)) {
      port.postMessage({ id, fault: error } satisfies DecodeReply);
      return;
    }
    const { code, message, fix } = error;
    const refusal = { code, message, ...(fix === undefined ? {} : { fix }) };
    port.postMessage({ id, refusal } satisfies DecodeReply);
  }
}

function describeFile(bytes: Uint8Array, picture: DecodedPicture): PictureFile {
  const { data: _, ...about } = picture;
  return {
    ...about,
    fingerprint: fingerprint({ ...picture, isOpaque: true }),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    md5: createHash('md5').update(bytes).digest('hex'),
  };
}

async function readPicture({ bytes, format, timeoutS }: DecodeTask): Promise<DecodedPicture> {
  const original = await readSize(bytes, format);
  const { data, info } = await sharp(bytes, {
    ...readAs,
    limitInputPixels: pixelsMax,
    autoOrient: isTurned(format),
  })
    .timeout({ seconds: timeoutS })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toUint8Array()
    .catch((error: unknown) => refuseBroken(format, error));
  const { width, height } = info;
  const stored = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  // A JPEG has no alpha; what was put on white has none any more.
  const isOpaque = format === 'jpeg';
  const { data: flat } = flattenOnWhite({ data: stored, width, height, isOpaque });
  return { data: flat as Uint8ClampedArray, width, height, format, original, thread: threadId };
}

/** Browsers show a WebP as it is stored, whatever its EXIF says, and the server must see what they see. */
function isTurned(format: PictureFormat): boolean {
  return format !== 'webp';
}

/** Reads the header alone, so that a size we will not decode is refused by name and at no cost. */
async function readSize(bytes: Uint8Array, format: PictureFormat): Promise<Size> {
  const { width, height } = await sharp(bytes, { ...readAs, limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => refuseBroken(format, error));
  if (width * height > pixelsMax) {
    const megapixels = pixelsMax / 1e6;
    throw new AppError(
      'image-too-large',
      `This picture is ${width} × ${height} pixels; at most ${megapixels} million pixels are read.`,
      {
        fix: `Send it scaled down below ${megapixels} million pixels: a smaller copy is recognised as well.`,
      },
    );
  }
  return { width, height };
}

function refuseBroken(format: PictureFormat, cause: unknown): never {
  const slow = cause instanceof Error && cause.message.startsWith('timeout');
  const message = slow
    ? 'This picture takes too long to read.'
    : `This ${format.toUpperCase()} file is broken or cut short.`;
  const fix = 'Open the picture in a viewer, save it again and send that.';
  throw new AppError('broken-image', message, { fix, cause });
}

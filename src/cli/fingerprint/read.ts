import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Decoder } from '../../decode.ts';
import { AppError } from '../../errors.ts';
import { pictureBytesMax, sniffBytes, sniffPicture } from '../../images/format.ts';
import { type PictureLine, pictureLine } from './line.ts';
import { type Stamp, stampOf, whyNot } from './walk.ts';

/** What became of one file. */
export type Outcome =
  | { kind: 'read'; line: PictureLine }
  | { kind: 'kept' }
  | { kind: 'skipped' | 'bad'; path: string; why: string };

/**
 * Reads one file, whatever it is, within the limits of the server: by its first bytes no picture, it is read no
 * further; too large, it is not read at all.
 *
 * @param isNamed whether the person named it: then being no picture is a fault, not something to pass over.
 * @throws AppError `decoder-unavailable` when no picture can be read on this machine.
 */
export async function readFile(decoder: Decoder, path: string, isNamed: boolean): Promise<Outcome> {
  let file: FileHandle;
  try {
    // Not to wait for ever should it have become a pipe since it was found.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return { kind: 'bad', path, why: whyNot(error) };
  }
  try {
    const { bytes, stamp } = await readBytes(file);
    return { kind: 'read', line: pictureLine(path, await decoder.fingerprintFile(bytes), stamp) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'decoder-unavailable') throw error;
    const isNoPicture = error instanceof AppError && error.code === 'unsupported-image';
    if (isNoPicture && !isNamed) return { kind: 'skipped', path, why: phrase(error.message) };
    return { kind: 'bad', path, why: reasonOf(error) };
  } finally {
    await file.close();
  }
}

async function readBytes(file: FileHandle): Promise<{ bytes: Uint8Array; stamp: Stamp }> {
  const about = await file.stat();
  if (!about.isFile()) throw new AppError('unsupported-image', 'This is no file.');
  const head = await take(file, new Uint8Array(Math.min(sniffBytes, about.size)), 0);
  sniffPicture(head);
  if (about.size > pictureBytesMax) {
    const mebibytes = (about.size / 2 ** 20).toFixed(1);
    throw new AppError('too-large', `This file has ${mebibytes} MiB; at most 20 MiB are read.`, {
      fix: 'Scale it down or save it as JPEG: a smaller copy is recognised as well.',
    });
  }
  const bytes = new Uint8Array(about.size);
  bytes.set(head);
  return { bytes: await take(file, bytes, head.length), stamp: stampOf(about) };
}

/** Fills `into` from `at` on; shorter where the file has become so. */
async function take(file: FileHandle, into: Uint8Array, at: number): Promise<Uint8Array> {
  let end = at;
  while (end < into.length) {
    const { bytesRead } = await file.read(into, end, into.length - end, end);
    if (bytesRead === 0) break;
    end += bytesRead;
  }
  return into.subarray(0, end);
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) {
    return [error.message, error.fix]
      .filter((part) => part !== undefined)
      .map(phrase)
      .join('; ');
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return whyNot(error);
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

/** A sentence of a page in the manner of the command line. */
function phrase(sentence: string): string {
  const words = sentence.replace(/^This file looks like/, 'looks like').replace(/\.$/, '');
  return words.charAt(0).toLowerCase() + words.slice(1);
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import {
  authorization,
  type Outcome,
  pause,
  refused,
  type TransportOptions,
  unanswered,
  untilAnswered,
} from './transport.ts';

/** A download that brings nothing for this long counts as broken off. */
const silenceMsMax = 60_000;
/** Before an answer that broke off is asked for again. */
const goOnMs = 250;

/** A file that is known before it is here. */
export interface KnownFile {
  url: string;
  /** Where it is written; what is there already is its beginning. */
  path: string;
  bytes: number;
  /** 64 hex digits; also the file's ETag. */
  sha256: string;
}

/**
 * Brings a file here, going on behind what is there already, and syncs it. Never writes more than the file has.
 * @param onBytes told how many more bytes have arrived.
 * @throws AppError as `ask` does, `invalid` for an answer that is none to what was asked; what the disk throws. What
 * has arrived until then stays.
 */
export async function download(
  options: TransportOptions,
  file: KnownFile,
  onBytes: (bytes: number) => void = () => {},
): Promise<void> {
  const handle = await open(file.path, 'a+', 0o600);
  try {
    let { size } = await handle.stat();
    if (size > file.bytes) {
      await handle.truncate(0);
      size = 0;
    }
    while (size < file.bytes) {
      const before = size;
      size = await untilAnswered(options, () => take(options, file, handle, before, onBytes));
      if (size === file.bytes) break;
      options.onRetry?.(`${file.url} broke off at ${size} of ${file.bytes} bytes; going on from there`);
      await (options.sleep ?? pause)(goOnMs, options.signal);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** One request for what is missing. @returns how many bytes of the file are here afterwards; fewer when it broke off. */
async function take(
  options: TransportOptions,
  file: KnownFile,
  handle: FileHandle,
  from: number,
  onBytes: (bytes: number) => void,
): Promise<Outcome<number>> {
  const silence = new AbortController();
  const signals = [silence.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const hush = () => silence.abort(new DOMException('', 'TimeoutError'));
  let timer = setTimeout(hush, silenceMsMax);
  let size = from;
  try {
    const response = await (options.fetch ?? globalThis.fetch)(file.url, {
      headers: {
        // Packed on its way, a range would be one of other bytes.
        'accept-encoding': 'identity',
        ...(from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': `"${file.sha256}"` }),
        ...authorization(options),
      },
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    });
    if (response.status !== 200 && response.status !== 206) return await refused(response, file.url);
    if (response.status === 206) requireRange(response, file, from);
    else {
      await handle.truncate(0);
      size = 0;
    }
    for await (const part of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(hush, silenceMsMax);
      if (size + part.length > file.bytes) {
        throw new AppError('too-large', `${file.url} has more bytes than the ${file.bytes} it should have`);
      }
      await write(handle, part);
      size += part.length;
      onBytes(part.length);
    }
    if (size > from) return { answer: size };
    return { failure: new AppError('unreachable', `${file.url} ends at byte ${size}`), again: true };
  } catch (error) {
    if (error instanceof AppError) return { failure: error, again: false };
    if (options.signal?.aborted) throw new AppError('unavailable', 'stopped', { cause: error });
    if (isOfTheDisk(error)) throw error;
    if (size > from) return { answer: size };
    return { failure: unanswered(error, file.url), again: true };
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

function requireRange(response: Response, file: KnownFile, from: number): void {
  if (response.headers.get('content-range') === `bytes ${from}-${file.bytes - 1}/${file.bytes}`) return;
  throw new AppError('invalid', `${file.url} was not answered with the bytes from ${from} on`);
}

async function write(handle: FileHandle, part: Uint8Array): Promise<void> {
  await handle.writeFile(part);
}

/** Errors of the file system have a call; those of the network are wrapped by fetch. */
function isOfTheDisk(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'write' || syscall === 'ftruncate';
}

/** SHA-256 of a file as it lies there, 64 lower-case hex digits. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(part);
  return hash.digest('hex');
}

import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { AppError } from '../errors.ts';
import { decodingFault, decompressed } from './open.ts';

/**
 * One sample of a WebDataset: the members whose names agree up to the first dot, which stand together in the tar.
 */
export interface Sample {
  /** 1-based number of the sample in its tar. */
  number: number;
  /** The names up to the first dot of their last part, folders included. */
  key: string;
  /** What the `.json` member holds, which names the columns; undefined where there is none. */
  cells: Readonly<Record<string, unknown>> | undefined;
  pictures: PictureMember[];
  /** Why this is no good row, as a clause. The sample is a row all the same. */
  broken: string | undefined;
}

export interface PictureMember {
  name: string;
  size: number;
  /** Undefined unless pictures are wanted, and for one too large to look at. */
  bytes: Uint8Array | undefined;
}

export interface TarWishes {
  /** Whether the bytes of pictures are wanted. */
  pictures: boolean;
}

export const jsonBytesMax = 4 * 1024 * 1024;
export const pictureBytesMax = 32 * 1024 * 1024;
/** Members of one sample, and pictures kept of it. */
const membersMax = 1_000;
const keptBytesMax = 64 * 1024 * 1024;
const nameCharactersMax = 4_096;
/** tar-stream gives nothing while it takes in headers of names and attributes; more of them in a row are an attack. */
const silentBytesMax = 16 * 1024 * 1024;

const pictureEndings = new Set([
  'jpg',
  'jpeg',
  'png',
  'webp',
  'gif',
  'avif',
  'tif',
  'tiff',
  'bmp',
  'img',
  'image',
]);

/**
 * Reads a tar, plain, gzip or Zstandard, from front to end; memory holds one sample.
 * @throws AppError `invalid` with a clause to follow the file's name.
 */
export async function* readWebDataset(
  source: AsyncIterable<Buffer>,
  wishes: TarWishes,
): AsyncGenerator<Sample> {
  let sample: Open | undefined;
  let number = 0;
  for await (const { header, body } of members(source)) {
    const name = nameOf(header);
    if (name === undefined) {
      for await (const _ of body);
      continue;
    }
    const { key, ending } = name;
    if (sample !== undefined && sample.key !== key) yield closed(sample);
    if (sample?.key !== key) {
      number += 1;
      sample = {
        number,
        key,
        cells: undefined,
        pictures: [],
        broken: undefined,
        endings: new Set(),
        kept: 0,
      };
    }
    await take(sample, header, ending, body, wishes);
  }
  if (sample !== undefined) yield closed(sample);
}

interface Open extends Sample {
  endings: Set<string>;
  kept: number;
}

function closed({ number, key, cells, pictures, broken }: Open): Sample {
  return {
    number,
    key,
    cells,
    pictures,
    broken: broken ?? (cells === undefined ? 'has no .json member' : undefined),
  };
}

/** What is no file, or has no ending, is no part of a sample; nor is what macOS adds. */
export function nameOf(header: Header): { key: string; ending: string } | undefined {
  const { name, type } = header;
  if (type !== 'file' && type !== 'contiguous-file') return undefined;
  if (name.length > nameCharactersMax)
    throw new AppError('invalid', 'is damaged: a member has a name without end');
  const start = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', start + 1);
  if (dot < 0 || name.startsWith('._', start)) return undefined;
  return { key: name.slice(0, dot), ending: name.slice(dot + 1).toLowerCase() };
}

async function take(
  sample: Open,
  header: Header,
  ending: string,
  body: AsyncIterable<Buffer>,
  wishes: TarWishes,
): Promise<void> {
  const { name } = header;
  const size = header.size ?? 0;
  if (sample.endings.has(ending)) sample.broken ??= `has more than one member .${ending}`;
  else if (sample.endings.size >= membersMax) sample.broken ??= `has more than ${membersMax} members`;
  else if (isSparse(header)) sample.broken ??= `has a sparse member .${ending}`;
  else {
    sample.endings.add(ending);
    if (ending === 'json') return takeJson(sample, size, body);
    if (pictureEndings.has(ending.slice(ending.lastIndexOf('.') + 1))) {
      const isKept = wishes.pictures && size <= pictureBytesMax && sample.kept + size <= keptBytesMax;
      if (isKept) sample.kept += size;
      sample.pictures.push({ name, size, bytes: isKept ? await whole(body) : undefined });
      if (isKept) return;
    }
  }
  for await (const _ of body);
}

/** GNU's sparse files in the pax form: their bytes are a map and pieces, not the file. */
function isSparse({ pax }: Header): boolean {
  return Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
}

async function takeJson(sample: Open, size: number, body: AsyncIterable<Buffer>): Promise<void> {
  if (size > jsonBytesMax) {
    sample.broken ??= `has a .json member over ${jsonBytesMax / 1024 / 1024} MB`;
    for await (const _ of body);
    return;
  }
  const bytes = await whole(body);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      sample.cells = value as Record<string, unknown>;
    } else sample.broken ??= 'has a .json member that is no object';
  } catch {
    sample.broken ??= 'has a .json member that is not JSON';
  }
}

async function whole(body: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The members of the tar in order; each body has to be read to its end before the next comes.
 * @param onBytes told of the tar's own bytes, each before what they hold comes out.
 */
export async function* members(
  source: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void = () => {},
): AsyncGenerator<{ header: Header; body: AsyncIterable<Buffer> }> {
  const watch = { silent: 0, failure: undefined as unknown };
  const guard = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      watch.silent += chunk.length;
      const fault = new AppError('invalid', 'is damaged: its headers have no end');
      if (watch.silent > silentBytesMax) return done(fault);
      onBytes(chunk);
      done(null, chunk);
    },
  });
  const tar = extract();
  const stop = new AbortController();
  const bytes = Readable.from(decompressed(source), { objectMode: false });
  const fed = pipeline([bytes, guard, tar], { signal: stop.signal }).catch((error) => {
    watch.failure ??= error;
  });
  let seen = false;
  let ended = false;
  try {
    for await (const entry of tar) {
      seen = true;
      watch.silent = 0;
      yield { header: entry.header, body: heard(entry as AsyncIterable<Buffer>, watch) };
    }
    ended = true;
  } catch (error) {
    watch.failure ??= error;
  } finally {
    // Without it, whoever stops reading early leaves the source being read.
    if (!ended) stop.abort();
  }
  await fed;
  if (watch.failure !== undefined) throw inWords(watch.failure);
  if (!seen) throw new AppError('invalid', 'holds no members: it is empty, or no tar');
}

/** A member's bytes; the tar's faults come out here when they are met inside a member. */
async function* heard(
  body: AsyncIterable<Buffer>,
  watch: { silent: number; failure: unknown },
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) {
      watch.silent = 0;
      yield chunk;
    }
  } catch (error) {
    throw inWords(watch.failure ?? error);
  }
}

function inWords(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const decoded = decodingFault(error);
  if (decoded instanceof AppError) return decoded;
  const words = error instanceof Error ? error.message : '';
  const isTar = /^(Invalid |Unexpected end|Header exceeds|Writable stream closed)/i.test(words);
  return isTar ? new AppError('invalid', 'is damaged, or no tar', { cause: error }) : error;
}

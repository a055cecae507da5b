import { crc32 } from 'node:zlib';
import type { ByteSource } from '../sources/byte-source.ts';
import { type ChunkBytes, chunkBytes } from './chunk-bytes.ts';
import { decompress, pageBytesMax } from './codecs.ts';
import { damaged, UnsupportedParquet } from './faults.ts';
import { type HybridReader, hybridReader } from './hybrid.ts';
import { encodings, type PageHeader, readPageHeader } from './page-header.ts';
import type { ChunkPlan } from './plan.ts';
import { type Dictionary, dictionaryTexts, type TextReader } from './texts.ts';
import { endedEarly } from './thrift.ts';
import { valuesOf } from './values.ts';

/** A page of data: so many rows, which of them have a value, and the values. */
export interface DataPage {
  rows: number;
  /** Definition levels; undefined where every row has a value. */
  levels: HybridReader | undefined;
  values: TextReader;
  dictionary: Dictionary | undefined;
}

const headerBytesStart = 4 * 1024;
const headerBytesMax = 4 * 1024 * 1024;
const dictionaryValuesMax = 2 * 1024 * 1024;

/**
 * Walks the pages of a column chunk in order, each decompressed when it is its turn.
 * @throws AppError `invalid`, `UnsupportedParquet`.
 */
export async function* dataPages(
  source: ByteSource,
  plan: ChunkPlan,
  rows: number,
): AsyncGenerator<DataPage> {
  const chunk = chunkBytes(source, plan.start, plan.end);
  let dictionary: Dictionary | undefined;
  for (let left = rows; left > 0; ) {
    const header = await nextHeader(chunk);
    if (header.storedBytes > pageBytesMax || header.plainBytes > pageBytesMax) {
      throw new UnsupportedParquet(plan.column, `with a page over ${pageBytesMax / 1024 / 1024} MB`);
    }
    const stored = await chunk.take(header.storedBytes);
    if (header.crc !== undefined && crc32(stored) !== header.crc) throw damaged('a page fails its checksum');
    if (header.kind === 'dictionary') {
      if (dictionary !== undefined) throw damaged('a column with two dictionaries');
      dictionary = readDictionary(plan, header, stored);
    } else if (header.kind !== 'other') {
      if (header.values > left) throw damaged('its pages hold more rows than their row group');
      left -= header.values;
      yield readData(plan, header, stored, dictionary);
    }
  }
}

async function nextHeader(chunk: ChunkBytes): Promise<PageHeader> {
  if (chunk.left === 0) throw damaged('a column ends before its rows do');
  for (let bytes = headerBytesStart; ; bytes *= 8) {
    try {
      const header = readPageHeader(await chunk.peek(bytes), 0);
      await chunk.take(header.headerBytes);
      return header;
    } catch (error) {
      if (error !== endedEarly || bytes >= Math.min(chunk.left, headerBytesMax)) throw error;
    }
  }
}

function readDictionary(plan: ChunkPlan, header: PageHeader, stored: Uint8Array): Dictionary {
  const bytes = decompress(stored, plan.codec, header.plainBytes);
  const { values: count } = header;
  if (count > dictionaryValuesMax) throw new UnsupportedParquet(plan.column, 'with a very large dictionary');
  if (header.encoding !== encodings.plain && header.encoding !== encodings.plainDictionary) {
    throw new UnsupportedParquet(plan.column, `with a dictionary of encoding ${header.encoding}`);
  }
  return { ...valuesOf(plan, encodings.plain, bytes, 0).read(count), count };
}

function readData(
  plan: ChunkPlan,
  header: PageHeader,
  stored: Uint8Array,
  dictionary: Dictionary | undefined,
): DataPage {
  const { levels, bytes, from } =
    header.kind === 'data-v2' ? splitV2(plan, header, stored) : splitV1(plan, header, stored);
  const isIndexed = header.encoding === encodings.dictionary || header.encoding === encodings.plainDictionary;
  if (!isIndexed) {
    return {
      rows: header.values,
      levels,
      values: valuesOf(plan, header.encoding, bytes, from),
      dictionary: undefined,
    };
  }
  if (dictionary === undefined) throw damaged('a page needs a dictionary that is not there');
  return { rows: header.values, levels, values: dictionaryTexts(bytes, from, dictionary), dictionary };
}

/** Version 1: levels, behind their length, and values are compressed together. */
function splitV1(plan: ChunkPlan, header: PageHeader, stored: Uint8Array) {
  const bytes = decompress(stored, plan.codec, header.plainBytes);
  if (plan.levelMax === 0) return { levels: undefined, bytes, from: 0 };
  if (header.levelEncoding !== encodings.rle) {
    throw new UnsupportedParquet(plan.column, 'with definition levels of the deprecated encoding BIT_PACKED');
  }
  if (bytes.length < 4) throw damaged('a page ends before its levels');
  const length = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE(0);
  if (length > bytes.length - 4) throw damaged('a page ends before its levels');
  return { levels: hybridReader(bytes, 4, 4 + length, levelBits(plan)), bytes, from: 4 + length };
}

/** Version 2: levels stand before the values, never compressed. */
function splitV2(plan: ChunkPlan, header: PageHeader, stored: Uint8Array) {
  const { definitionBytes, repetitionBytes, plainBytes, isCompressed } = header;
  const levelsEnd = definitionBytes + repetitionBytes;
  if (levelsEnd > stored.length || levelsEnd > plainBytes) throw damaged('a page ends before its levels');
  const levels =
    plan.levelMax === 0 ? undefined : hybridReader(stored, repetitionBytes, levelsEnd, levelBits(plan));
  const rest = stored.subarray(levelsEnd);
  const codec = isCompressed ? plan.codec : 'UNCOMPRESSED';
  // A page of nulls has no values; some writers then compress nothing to nothing.
  if (rest.length === 0 && plainBytes === levelsEnd) return { levels, bytes: rest, from: 0 };
  return { levels, bytes: decompress(rest, codec, plainBytes - levelsEnd), from: 0 };
}

function levelBits({ levelMax }: ChunkPlan): number {
  return 32 - Math.clz32(levelMax);
}

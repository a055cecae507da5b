import { damaged } from './faults.ts';
import { readStruct, type ThriftStruct } from './thrift.ts';

/** Encoding numbers of parquet.thrift. */
export const encodings = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  bitPacked: 4,
  deltaBinaryPacked: 5,
  deltaLength: 6,
  delta: 7,
  dictionary: 8,
  byteStreamSplit: 9,
} as const;

export interface PageHeader {
  kind: 'data' | 'data-v2' | 'dictionary' | 'other';
  headerBytes: number;
  /** Of the page as stored, levels of version 2 included. */
  storedBytes: number;
  plainBytes: number;
  /** CRC-32 of the stored bytes, where the writer gave one. */
  crc: number | undefined;
  values: number;
  encoding: number;
  /** Encoding of a version 1 page's definition levels. */
  levelEncoding: number;
  /** Version 2: bytes of the levels, which stand before the values and are never compressed. */
  definitionBytes: number;
  repetitionBytes: number;
  isCompressed: boolean;
}

const kinds = ['data', 'other', 'dictionary', 'data-v2'] as const;
/** Fields of PageHeader that hold the header of each kind. */
const detailFields = { data: 5, 'data-v2': 8, dictionary: 7, other: 0 } as const;
const headerValuesMax = 10_000;

/**
 * Reads the header at `at` (parquet.thrift, PageHeader).
 * @throws AppError `invalid`; `endedEarly` when `bytes` end inside it.
 */
export function readPageHeader(bytes: Uint8Array, at: number): PageHeader {
  const reader = { bytes, at, valuesLeft: headerValuesMax };
  const fields = readStruct(reader);
  const kind = kinds[count(fields, 1)] ?? 'other';
  const found = fields.get(detailFields[kind]);
  const details: ThriftStruct = found instanceof Map ? found : new Map();
  if (kind !== 'other' && details.size === 0) throw damaged('a page header lacks its details');
  const isV2 = kind === 'data-v2';
  const crc = fields.get(4);
  return {
    kind,
    headerBytes: reader.at - at,
    storedBytes: count(fields, 3),
    plainBytes: count(fields, 2),
    crc: typeof crc === 'number' ? crc >>> 0 : undefined,
    values: kind === 'other' ? 0 : count(details, 1),
    encoding: kind === 'other' ? 0 : count(details, isV2 ? 4 : 2),
    levelEncoding: kind === 'data' ? count(details, 3) : encodings.rle,
    definitionBytes: isV2 ? count(details, 5) : 0,
    repetitionBytes: isV2 ? count(details, 6) : 0,
    isCompressed: !(isV2 && details.get(7) === false),
  };
}

function count(fields: ThriftStruct, id: number): number {
  const value = fields.get(id);
  if (typeof value !== 'number' || value < 0 || value > 0x7fffffff) {
    throw damaged('a page header holds an impossible number');
  }
  return value;
}

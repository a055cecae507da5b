import type { FingerprintSet } from '../fingerprint-set.ts';
import { type Plan, rowsPerSegmentMax } from './bands.ts';
import { createHashIndex, type IndexOptions, segmentsOf } from './hash-index.ts';
import { layoutOf, segmentOver } from './segment.ts';

/** Sections begin at multiples of this, so that each can be read, or mapped, straight to where it is used. */
export const sectionAlignBytes = 4_096;

/** The head is one section of this size at most. */
export const headBytesMax = 65_536;

const format = 'withhold fingerprints 1';

/** What a file of fingerprints holds, in the order of its sections: everything behind it is read as it lies. */
interface Head {
  format: typeof format;
  segments: { rows: number; capacity: number; plan: Plan | null }[];
  rows: number;
  deadRows: number;
  deadBytes: number;
  ids: { count: number; bytes: number; ends: number; slots: number; slotsTaken: number };
  rowCounts: number;
}

/** A piece of a file: which bytes belong where. */
export interface Section {
  at: number;
  bytes: Uint8Array;
}

/** @returns a set of fingerprints as the sections of one file. Numbers are little-endian, as every host here has them. */
export function sectionsOf(set: FingerprintSet): Section[] {
  const { index, ids, rowCounts } = set;
  const segments = segmentsOf(index);
  const head: Head = {
    format,
    segments: segments.map(({ rows, capacity, plan }) => ({ rows, capacity, plan })),
    rows: index.rows,
    deadRows: index.deadRows,
    deadBytes: index.dead.length,
    ids: {
      count: ids.count,
      bytes: ids.bytes.length,
      ends: ids.ends.length,
      slots: ids.slots.length,
      slotsTaken: ids.slotsTaken,
    },
    rowCounts: rowCounts.length,
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  if (text.length > headBytesMax) throw new RangeError('too many segments for one file');
  const parts = [
    text,
    ...segments.map(({ memory, layout }) => new Uint8Array(memory.buffer, 0, layout.dataBytes)),
    ...[index.dead, ids.bytes, ids.ends, ids.slots, rowCounts].map(bytesOf),
  ];
  const places = placesOf(parts.slice(1).map(({ length }) => length));
  return parts.map((bytes, part) => ({ at: part === 0 ? 0 : (places.at[part - 1] as number), bytes }));
}

/**
 * Makes a set of a file.
 *
 * @param head the file's first `headBytesMax` bytes, or all it has.
 * @param fileBytes how long the file is.
 * @param read fills a piece of memory with the file's bytes from `at` on.
 * @throws RangeError when this is no such file, or it was cut short.
 */
export function setFromFile(
  head: Uint8Array,
  fileBytes: number,
  options: IndexOptions,
  read: (into: Uint8Array, at: number) => void,
): FingerprintSet {
  const about = parseHead(head);
  const layouts = about.segments.map(({ capacity, plan }) => layoutOf(capacity, plan));
  const { ids } = about;
  const tables = {
    dead: new Uint8Array(about.deadBytes),
    bytes: new Uint8Array(ids.bytes),
    ends: new Uint32Array(ids.ends),
    slots: new Uint32Array(ids.slots),
    rowCounts: new Uint16Array(about.rowCounts),
  };
  const { at, end } = placesOf([
    ...layouts.map(({ dataBytes }) => dataBytes),
    ...Object.values(tables).map(({ byteLength }) => byteLength),
  ]);
  if (fileBytes < end) throw new RangeError(`the file has ${fileBytes} of ${end} bytes`);
  const segments = about.segments.map(({ rows, capacity, plan }, part) => {
    const layout = layouts[part] as (typeof layouts)[number];
    const memory = options.allocate(layout.totalBytes);
    read(new Uint8Array(memory.buffer, 0, layout.dataBytes), at[part] as number);
    return segmentOver(memory, rows, capacity, plan, layout);
  });
  for (const [part, table] of Object.values(tables).entries()) {
    read(bytesOf(table), at[segments.length + part] as number);
  }
  const index = createHashIndex(options);
  index.delta = segments.pop() ?? index.delta;
  index.compiled = segments;
  Object.assign(index, { dead: tables.dead, rows: about.rows, deadRows: about.deadRows });
  const { bytes, ends, slots, rowCounts } = tables;
  return { index, ids: { bytes, ends, slots, count: ids.count, slotsTaken: ids.slotsTaken }, rowCounts };
}

function parseHead(bytes: Uint8Array): Head {
  const text = new TextDecoder().decode(bytes.subarray(0, headBytesMax));
  const end = text.indexOf('\0');
  const head = text.startsWith(`{"format":"${format}"`)
    ? JSON.parse(end < 0 ? text : text.slice(0, end))
    : null;
  if (head === null) throw new RangeError('this is no file of fingerprints, or of another version');
  const sound = (head as Head).segments.every(
    ({ rows, capacity }) => rows <= capacity && capacity <= rowsPerSegmentMax,
  );
  if (!sound) throw new RangeError('the head of this file contradicts itself');
  return head;
}

/** Where parts of so many bytes begin, behind a head of `headBytesMax`, and where the last one ends. */
function placesOf(lengths: readonly number[]): { at: number[]; end: number } {
  let next = headBytesMax;
  let end = next;
  const at = lengths.map((length) => {
    const from = next;
    end = from + length;
    next = Math.ceil(end / sectionAlignBytes) * sectionAlignBytes;
    return from;
  });
  return { at, end };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint16Array | Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

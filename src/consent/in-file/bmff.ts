import { bytesToHex } from '@noble/hashes/utils.js';
import { type Box, boxesIn } from './boxes.ts';
import {
  addJumbf,
  addXmp,
  type Carriers,
  joined,
  letters,
  step,
  viewOf,
  xmpBytesMax,
  zeroAt,
} from './carriers.ts';

/** Boxes side by side that are looked at. */
const boxesMax = 4_096;
/** Items of an AVIF or HEIF file that are looked at, and pieces of one item. */
const itemsMax = 10_000;
const extentsMax = 256;

const c2paBox = 'd8fec3d61b0e483c92975828877ec481';
const xmpBox = 'be7acfcb97a942e89c71999491e3afac';

/** Walks the boxes of an AVIF or HEIF file: XMP as an item or in a uuid box, C2PA in a uuid box. */
export function bmffCarriers(bytes: Uint8Array, found: Carriers): void {
  const top = boxesIn(bytes, 0, bytes.length, boxesMax);
  if (!top.complete) found.cut = true;
  for (const box of top.boxes) {
    if (!step(found)) return;
    if (box.type === 'uuid') readUuid(bytes, box, found);
    // A full box: version and flags before the boxes inside.
    else if (box.type === 'meta') readMeta(bytes, { ...box, start: box.start + 4 }, found);
  }
}

function readUuid(bytes: Uint8Array, { start, end }: Box, found: Carriers): void {
  const id = bytesToHex(bytes.subarray(start, Math.min(start + 16, end)));
  if (id === xmpBox) addXmp(found, 'XMP packet (uuid box)', () => bytes.subarray(start + 16, end));
  if (id !== c2paBox) return;
  // C2PA 2.2 §A.5.1: version and flags, the purpose, for a manifest the place of an auxiliary box, then the data.
  const purposeEnd = zeroAt(bytes.subarray(0, end), start + 20, 64);
  if (purposeEnd < 0) {
    found.cut = true;
    return;
  }
  const purpose = letters(bytes, start + 20, purposeEnd - start - 20);
  if (purpose !== 'manifest' && purpose !== 'original' && purpose !== 'update') return;
  addJumbf(found, { bytes: bytes.subarray(Math.min(purposeEnd + 9, end), end), place: 'C2PA uuid box' });
}

function readMeta(bytes: Uint8Array, meta: Box, found: Carriers): void {
  const inside = boxesIn(bytes, meta.start, meta.end, boxesMax);
  if (!inside.complete) found.cut = true;
  const box = (type: string) => inside.boxes.find((one) => one.type === type);
  const [info, places, data] = [box('iinf'), box('iloc'), box('idat')];
  const ids = info === undefined ? [] : xmpItems(bytes, info, found);
  if (ids.length === 0) return;
  try {
    const located = places === undefined ? null : locations(bytes, places, new Set(ids), found);
    for (const id of ids) {
      const item = located?.get(id);
      const pieces = item === undefined ? null : piecesOf(bytes, item, data);
      addXmp(found, `XMP packet (item ${id})`, () => (pieces === null ? null : joined(pieces, xmpBytesMax)));
    }
  } catch {
    // Read behind its end: the box is shorter than it says.
    found.cut = true;
  }
}

/** ISO 14496-12 §8.11.6: items of type mime and content type application/rdf+xml. */
function xmpItems(bytes: Uint8Array, info: Box, found: Carriers): number[] {
  const wide = (bytes[info.start] ?? 0) > 0;
  const { boxes, complete } = boxesIn(bytes, info.start + (wide ? 8 : 6), info.end, itemsMax);
  if (!complete) found.cut = true;
  const ids: number[] = [];
  for (const { type, start, end } of boxes) {
    if (!step(found)) return ids;
    const version = bytes[start] ?? 0;
    if (type !== 'infe' || version < 2) continue;
    const entry = bytes.subarray(0, end);
    const typeAt = start + (version === 2 ? 8 : 10);
    if (letters(entry, typeAt, 4) !== 'mime') continue;
    const nameEnd = zeroAt(entry, typeAt + 4);
    const typeEnd = nameEnd < 0 ? -1 : zeroAt(entry, nameEnd + 1);
    const contentType =
      nameEnd < 0 ? '' : letters(entry, nameEnd + 1, (typeEnd < 0 ? end : typeEnd) - nameEnd - 1);
    if (contentType !== 'application/rdf+xml') continue;
    const view = viewOf(entry);
    ids.push(version === 2 ? view.getUint16(start + 4) : view.getUint32(start + 4));
  }
  return ids;
}

interface Item {
  method: number;
  extents: { offset: number; length: number }[];
}

/** ISO 14496-12 §8.11.3. Throws RangeError when the box is too short for what it announces. */
function locations(
  bytes: Uint8Array,
  box: Box,
  wanted: ReadonlySet<number>,
  carriers: Carriers,
): Map<number, Item> {
  const view = viewOf(bytes.subarray(0, box.end));
  const version = view.getUint8(box.start);
  const sizes = view.getUint16(box.start + 4);
  const [offsetBytes, lengthBytes, baseBytes, indexBytes] = [
    sizes >> 12,
    (sizes >> 8) & 15,
    (sizes >> 4) & 15,
    sizes & 15,
  ];
  let at = box.start + 6;
  const take = (byteCount: number) => {
    let value = 0;
    for (let end = at + byteCount; at < end; at++) value = value * 256 + view.getUint8(at);
    return value;
  };
  const found = new Map<number, Item>();
  const count = take(version < 2 ? 2 : 4);
  for (let item = 0; item < Math.min(count, itemsMax); item++) {
    const id = take(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : take(2) & 15;
    // Data in another file is not this one's.
    const reference = take(2);
    const base = take(baseBytes);
    const extents: Item['extents'] = [];
    for (let left = take(2); left > 0 && step(carriers); left--) {
      if (version > 0) take(indexBytes);
      const extent = { offset: base + take(offsetBytes), length: take(lengthBytes) };
      if (extents.length < extentsMax) extents.push(extent);
    }
    if (wanted.has(id) && reference === 0) found.set(id, { method, extents });
  }
  return found;
}

/** Method 0 counts from the beginning of the file, 1 from that of the idat box; 2 is not used for metadata. */
function piecesOf(bytes: Uint8Array, { method, extents }: Item, data: Box | undefined): Uint8Array[] | null {
  const from = method === 0 ? 0 : method === 1 ? data?.start : undefined;
  const to = method === 0 ? bytes.length : (data?.end ?? 0);
  if (from === undefined || extents.length === 0 || extents.length >= extentsMax) return null;
  const pieces: Uint8Array[] = [];
  for (const { offset, length } of extents) {
    const start = from + offset;
    // A length of zero means the whole source.
    const end = length === 0 ? to : start + length;
    if (start > to || end > to) return null;
    pieces.push(bytes.subarray(start, end));
  }
  return pieces;
}

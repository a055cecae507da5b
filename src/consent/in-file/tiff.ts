import { addJumbf, addXmp, type Carriers, step, viewOf } from './carriers.ts';

const xmpTag = 700;
const c2paTag = 0xcd41;
/** Directories of one file that are read. */
const directoriesMax = 64;

/** Reads the directories of a TIFF file (TIFF 6.0 §2): XMP in tag 700, C2PA in tag 52545. BigTIFF is not read. */
export function tiffCarriers(bytes: Uint8Array, found: Carriers): void {
  const view = viewOf(bytes);
  const little = bytes[0] === 0x49;
  const seen = new Set<number>();
  let at = bytes.length >= 8 ? view.getUint32(4, little) : 0;
  while (at !== 0) {
    const count = at + 2 <= bytes.length ? view.getUint16(at, little) : Number.POSITIVE_INFINITY;
    if (at + 6 + count * 12 > bytes.length || seen.has(at) || seen.size >= directoriesMax) {
      found.cut = true;
      return;
    }
    seen.add(at);
    for (let entry = at + 2; entry < at + 2 + count * 12; entry += 12) {
      if (!step(found)) return;
      readEntry(bytes, view, little, entry, found);
    }
    at = view.getUint32(at + 2 + count * 12, little);
  }
  if (seen.size === 0) found.cut = true;
}

function readEntry(bytes: Uint8Array, view: DataView, little: boolean, entry: number, found: Carriers): void {
  const tag = view.getUint16(entry, little);
  if (tag !== xmpTag && tag !== c2paTag) return;
  const type = view.getUint16(entry + 2, little);
  const length = view.getUint32(entry + 4, little);
  const offset = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
  // Bytes, as BYTE or UNDEFINED.
  if ((type !== 1 && type !== 7) || offset + length > bytes.length) {
    found.cut = true;
    return;
  }
  const data = bytes.subarray(offset, offset + length);
  if (tag === xmpTag) addXmp(found, 'XMP packet (tag 700)', () => data);
  else addJumbf(found, { bytes: data, place: 'tag 52545' });
}

import { addJumbf, addXmp, type Carriers, joined, jumbfBytesMax, letters, step } from './carriers.ts';

/** Behind a packet: 1, then 255 down to 0, then 0 (XMP specification part 3 §1.1.2). */
const trailerBytes = 258;

/** Walks the blocks of a GIF file (GIF89a §14 ff.): XMP and C2PA in application extensions. */
export function gifCarriers(bytes: Uint8Array, found: Carriers): void {
  let at = 13 + tableBytes(bytes[10]);
  for (;;) {
    if (!step(found)) return;
    const block = bytes[at];
    if (block === 0x3b) return;
    // A reader of blocks may land one byte before the end of the trailer of a packet.
    if (block === 0) {
      at++;
      continue;
    }
    const next =
      block === 0x21 ? extension(bytes, at, found) : block === 0x2c ? image(bytes, at, found) : null;
    if (next === null) {
      found.cut = true;
      return;
    }
    at = next;
  }
}

function tableBytes(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function image(bytes: Uint8Array, at: number, found: Carriers): number | null {
  return skipBlocks(bytes, at + 11 + tableBytes(bytes[at + 9]), found);
}

function extension(bytes: Uint8Array, at: number, found: Carriers): number | null {
  const isApplication = bytes[at + 1] === 0xff && bytes[at + 2] === 11;
  if (!isApplication) return skipBlocks(bytes, at + 2, found);
  const name = letters(bytes, at + 3, 11);
  const start = at + 14;
  const pieces: Uint8Array[] = [];
  const end = skipBlocks(bytes, start, found, pieces);
  if (end === null) return null;
  if (name === 'XMP DataXMP') {
    // The packet is not in blocks; bytes behind it lead a reader of blocks to the end.
    const data = bytes.subarray(start, end);
    const behind = data[data.length - trailerBytes] === 1 ? trailerBytes : trailerBytes - 1;
    const packet = data.subarray(0, Math.max(0, data.length - behind));
    addXmp(found, 'XMP packet (application extension)', () => packet);
  } else if (name.startsWith('C2PA_GIF')) {
    const whole = joined(pieces, jumbfBytesMax);
    if (whole === null) found.cut = true;
    else addJumbf(found, { bytes: whole, place: 'C2PA application extension' });
  }
  return end;
}

/** @returns where the blocks end, or null when the file does before. */
function skipBlocks(bytes: Uint8Array, start: number, found: Carriers, pieces?: Uint8Array[]): number | null {
  for (let at = start; ; ) {
    const length = bytes[at];
    if (length === undefined || !step(found)) return null;
    if (length === 0) return at + 1;
    pieces?.push(bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
}

import { addJumbf, addXmp, type Carriers, letters, step, viewOf } from './carriers.ts';

/** Walks the chunks of a WebP file (RFC 9649 §2.4): XMP in "XMP ", C2PA in "C2PA". */
export function webpCarriers(bytes: Uint8Array, found: Carriers): void {
  const view = viewOf(bytes);
  const end = bytes.length >= 12 ? 8 + view.getUint32(4, true) : Number.POSITIVE_INFINITY;
  if (end > bytes.length) found.cut = true;
  const until = Math.min(end, bytes.length);
  for (let at = 12; at < until; ) {
    if (!step(found)) return;
    const length = at + 8 <= until ? view.getUint32(at + 4, true) : Number.POSITIVE_INFINITY;
    if (at + 8 + length > until) {
      found.cut = true;
      return;
    }
    const type = letters(bytes, at, 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'XMP ') addXmp(found, 'XMP packet (XMP chunk)', () => data);
    else if (type === 'C2PA') addJumbf(found, { bytes: data, place: 'C2PA chunk' });
    at += 8 + length + (length % 2);
  }
}

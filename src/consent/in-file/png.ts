import { addJumbf, addXmp, type Carriers, letters, step, viewOf, xmpBytesMax, zeroAt } from './carriers.ts';
import { inflateWithin } from './inflate.ts';

const keyword = 'XML:com.adobe.xmp';

/**
 * Walks the chunks of a PNG file: XMP in iTXt (XMP specification part 3 §1.1.5), and in tEXt and zTXt, where libvips
 * and others write it; C2PA in caBX.
 */
export function pngCarriers(bytes: Uint8Array, found: Carriers): void {
  const view = viewOf(bytes);
  for (let at = 8; ; ) {
    if (!step(found)) return;
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (at + 12 + length > bytes.length) {
      found.cut = true;
      return;
    }
    const type = letters(bytes, at + 4, 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IEND') return;
    if (type === 'caBX') addJumbf(found, { bytes: data, place: 'caBX chunk' });
    else if (Object.hasOwn(textOf, type) && letters(data, 0, keyword.length + 1) === `${keyword}\0`) {
      const text = data.subarray(keyword.length + 1);
      addXmp(found, `XMP packet (${type})`, () => textOf[type]?.(text) ?? null);
    }
    at += 12 + length;
  }
}

/** What stands behind the keyword in each kind of text chunk (PNG §11.3.3); null when it cannot be read. */
const textOf: Record<string, (data: Uint8Array) => Uint8Array | null> = {
  tEXt: (data) => data,
  zTXt: (data) => (data[0] === 0 ? inflateWithin(data.subarray(1), xmpBytesMax) : null),
  // Compression flag and method, language, translated keyword, text.
  iTXt: (data) => {
    const [flag, method] = data;
    const language = zeroAt(data, 2);
    const translated = language < 0 ? -1 : zeroAt(data, language + 1);
    if (translated < 0) return null;
    const text = data.subarray(translated + 1);
    if (flag === 0) return text;
    return flag === 1 && method === 0 ? inflateWithin(text, xmpBytesMax) : null;
  },
};

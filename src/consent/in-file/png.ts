import {
  addJumbf,
  addXmp,
  type Carriers,
  fourLetters,
  letters,
  step,
  viewOf,
  xmpBytesMax,
  zeroAt,
} from './carriers.ts';
import { inflateWithin } from './inflate.ts';

const keyword = 'XML:com.adobe.xmp';
const end = fourLetters('IEND');
const c2pa = fourLetters('caBX');

interface TextChunk {
  name: string;
  code: number;
  /** @returns the text behind the keyword; null when it cannot be read. */
  read: (data: Uint8Array) => Uint8Array | null;
}

const textChunks: readonly TextChunk[] = [
  { name: 'tEXt', code: fourLetters('tEXt'), read: (data) => data },
  {
    name: 'zTXt',
    code: fourLetters('zTXt'),
    read: (data) => (data[0] === 0 ? inflateWithin(data.subarray(1), xmpBytesMax) : null),
  },
  { name: 'iTXt', code: fourLetters('iTXt'), read: international },
];

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
    const type = view.getUint32(at + 4);
    if (type === end) return;
    const data = () => bytes.subarray(at + 8, at + 8 + length);
    const text = textChunks.find(({ code }) => code === type);
    if (type === c2pa) addJumbf(found, { bytes: data(), place: 'caBX chunk' });
    else if (text !== undefined) readText(data(), text, found);
    at += 12 + length;
  }
}

function readText(data: Uint8Array, { name, read }: TextChunk, found: Carriers): void {
  if (letters(data, 0, keyword.length + 1) !== `${keyword}\0`) return;
  addXmp(found, `XMP packet (${name})`, () => read(data.subarray(keyword.length + 1)));
}

/** Compression flag and method, language, translated keyword, text (PNG §11.3.3.4). */
function international(data: Uint8Array): Uint8Array | null {
  const [flag, method] = data;
  const language = zeroAt(data, 2);
  const translated = language < 0 ? -1 : zeroAt(data, language + 1);
  if (translated < 0) return null;
  const text = data.subarray(translated + 1);
  if (flag === 0) return text;
  return flag === 1 && method === 0 ? inflateWithin(text, xmpBytesMax) : null;
}

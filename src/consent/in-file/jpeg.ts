import {
  addJumbf,
  addXmp,
  type Carriers,
  joined,
  jumbfBytesMax,
  letters,
  step,
  viewOf,
  xmpBytesMax,
} from './carriers.ts';

const xmpSignature = 'http://ns.adobe.com/xap/1.0/\0';
const extensionSignature = 'http://ns.adobe.com/xmp/extension/\0';
/** XMP specification part 3 §1.1.3.1: a digest of 32 letters, the whole length, and the place of this part. */
const extensionHeaderBytes = 40;
/** ISO 19566-5 annex D: "JP", box instance, packet number, then the header of the box. */
const jumbfHeaderBytes = 8;

interface Extension {
  length: number;
  parts: { offset: number; bytes: Uint8Array }[];
}

interface Pieces {
  extensions: Map<string, Extension>;
  boxes: Map<number, { number: number; bytes: Uint8Array }[]>;
}

/** Walks the segments of a JPEG file up to its first scan: XMP in APP1, C2PA in APP11. */
export function jpegCarriers(bytes: Uint8Array, found: Carriers): void {
  const view = viewOf(bytes);
  const pieces: Pieces = { extensions: new Map(), boxes: new Map() };
  let at = 2;
  for (;;) {
    if (!step(found)) break;
    // Any number of fill bytes may stand before a marker (ISO 10918-1 §B.1.1.2).
    const marker = bytes[at] === 0xff ? bytes[at + 1] : undefined;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xd9 || marker === 0xda) break;
    const length = at + 4 <= bytes.length ? view.getUint16(at + 2) : 0;
    if (marker === undefined || length < 2 || at + 2 + length > bytes.length) {
      found.cut = true;
      break;
    }
    const body = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xe1) readApp1(body, found, pieces);
    else if (marker === 0xeb) readApp11(body, pieces);
    at += 2 + length;
  }
  joinExtensions(pieces, found);
  joinBoxes(pieces, found);
}

function readApp1(body: Uint8Array, found: Carriers, { extensions }: Pieces): void {
  if (letters(body, 0, xmpSignature.length) === xmpSignature) {
    addXmp(found, 'XMP packet (APP1)', () => body.subarray(xmpSignature.length));
    return;
  }
  if (letters(body, 0, extensionSignature.length) !== extensionSignature) return;
  const part = body.subarray(extensionSignature.length);
  if (part.length < extensionHeaderBytes) {
    found.cut = true;
    return;
  }
  const view = viewOf(part);
  const digest = letters(part, 0, 32);
  const extension = extensions.get(digest) ?? { length: view.getUint32(32), parts: [] };
  extension.parts.push({ offset: view.getUint32(36), bytes: part.subarray(extensionHeaderBytes) });
  extensions.set(digest, extension);
}

/** Parts may come in any order; one that is missing leaves the whole unread. */
function joinExtensions({ extensions }: Pieces, found: Carriers): void {
  for (const [digest, { length, parts }] of extensions) {
    parts.sort((a, b) => a.offset - b.offset);
    let reached = 0;
    for (const { offset, bytes } of parts) reached = offset === reached ? offset + bytes.length : -1;
    const whole = () =>
      reached !== length
        ? null
        : joined(
            parts.map(({ bytes }) => bytes),
            xmpBytesMax,
          );
    addXmp(found, 'extended XMP (APP1)', whole, { continues: digest });
  }
}

function readApp11(body: Uint8Array, { boxes }: Pieces): void {
  if (letters(body, 0, 2) !== 'JP' || body.length < jumbfHeaderBytes + 8) return;
  const view = viewOf(body);
  const instance = view.getUint16(2);
  const parts = boxes.get(instance) ?? [];
  parts.push({ number: view.getUint32(4), bytes: body.subarray(jumbfHeaderBytes) });
  boxes.set(instance, parts);
}

/** Every packet repeats the header of the box; only the first one's is kept. */
function joinBoxes({ boxes }: Pieces, found: Carriers): void {
  for (const parts of boxes.values()) {
    parts.sort((a, b) => a.number - b.number);
    const whole = joined(
      parts.map(({ bytes }, at) => (at === 0 ? bytes : bytes.subarray(boxHeaderBytes(bytes)))),
      jumbfBytesMax,
    );
    if (whole === null) found.cut = true;
    else if (letters(whole, 4, 4) === 'jumb') addJumbf(found, { bytes: whole, place: 'APP11' });
  }
}

function boxHeaderBytes(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(0) === 1 ? 16 : 8;
}

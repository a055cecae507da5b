/** A host as bytes, in lower case. */
export interface HostBytes {
  bytes: Uint8Array;
  from: number;
  to: number;
}

const colon = 0x3a;
const slash = 0x2f;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Bytes of a host that stands in a URL as the URL standard writes it. */
const isPlain = new Uint8Array(256);
for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789-._') isPlain[letter.charCodeAt(0)] = 1;

/** Where the host of a clean URL begins: behind `http://` or `https://`. */
export const hostStart = (bytes: Uint8Array, from: number): number =>
  bytes[from + 4] === colon ? from + 7 : from + 8;

/** The host of any URL; null where there is none. */
export function hostIn(bytes: Uint8Array, from: number, to: number): HostBytes | null {
  const start = hostStart(bytes, from);
  if (
    bytes[from] === 0x68 &&
    bytes[start - 1] === slash &&
    bytes[start - 2] === slash &&
    bytes[start - 3] === colon
  ) {
    let end = start;
    while (end < to && isPlain[bytes[end] as number] === 1) end += 1;
    // An address in digits is written in several ways.
    const isName = end > start && (bytes[end - 1] as number) >= 0x61;
    if (isName && end < to && bytes[end] === slash) return { bytes, from: start, to: end };
  }
  return hostOfText(decoder.decode(bytes.slice(from, to)));
}

export function hostOfText(text: string): HostBytes | null {
  const host = URL.parse(text.trim())?.hostname ?? '';
  if (host === '') return null;
  const bytes = encoder.encode(host);
  return { bytes, from: 0, to: bytes.length };
}

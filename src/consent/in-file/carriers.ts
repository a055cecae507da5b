/** XMP packets of one file that are read, and JUMBF structures. */
export const carriedMax = 8;
/** Longest XMP packet that is read, in bytes, also after decompression. */
export const xmpBytesMax = 256 * 1024;
/** Bytes of all XMP packets of one file together. */
export const xmpBytesTotalMax = 512 * 1024;
/** Bytes of JUMBF that are put together from pieces. */
export const jumbfBytesMax = 16 * 1024 * 1024;
/** Segments, chunks, boxes and blocks of one file that are walked over. */
export const carrierStepsMax = 500_000;

export interface Carried {
  bytes: Uint8Array;
  /** Where in the file: `XMP packet (APP1)`. */
  place: string;
  /** For a continuation in a JPEG: the digest under which the packet that it continues names it. */
  continues?: string;
}

/** What of a file may carry signals. */
export interface Carriers {
  xmp: Carried[];
  jumbf: Carried[];
  /** True when the file ends early, contradicts itself or passes a limit: something may have been missed. */
  cut: boolean;
  /** Segments, chunks, boxes and blocks seen so far. */
  steps: number;
  /** XMP packets met, whether they could be read or not. */
  packets: number;
  /** Their bytes, or what reading them may have cost. */
  xmpBytes: number;
}

export function noCarriers(): Carriers {
  return { xmp: [], jumbf: [], cut: false, steps: 0, packets: 0, xmpBytes: 0 };
}

/** Counts one more piece; false when the limit is reached. */
export function step(found: Carriers): boolean {
  found.steps++;
  if (found.steps <= carrierStepsMax) return true;
  found.cut = true;
  return false;
}

/**
 * Keeps an XMP packet, unless there are too many. It is put together only then, so that hostile files cannot ask for
 * more work than for the packets that are kept.
 *
 * @param bytesOf null when the packet cannot be read.
 */
export function addXmp(
  found: Carriers,
  place: string,
  bytesOf: () => Uint8Array | null,
  more: Pick<Carried, 'continues'> = {},
): void {
  found.packets++;
  const within = found.packets <= carriedMax && found.xmpBytes <= xmpBytesTotalMax;
  const bytes = within ? bytesOf() : null;
  found.xmpBytes += bytes?.length ?? xmpBytesMax;
  if (bytes === null || bytes.length > xmpBytesMax) found.cut = true;
  else found.xmp.push({ bytes, place, ...more });
}

export function addJumbf(found: Carriers, carried: Carried): void {
  if (found.jumbf.length >= carriedMax) found.cut = true;
  else found.jumbf.push(carried);
}

/** @returns the pieces one after the other, or null when together they are longer than `bytesMax`. */
export function joined(pieces: readonly Uint8Array[], bytesMax: number): Uint8Array | null {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length > bytesMax) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @returns a name of four letters as the number that stands for it in a file, most significant byte first. */
export function fourLetters(name: string): number {
  return [...name].reduce((code, letter) => code * 256 + letter.charCodeAt(0), 0);
}

/** @returns the bytes from `start` as letters, one per byte; at most `length` of them. */
export function letters(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(start + length, start + 256)));
}

/** @returns where the first zero byte from `start` stands, or -1; looks at `within` bytes at most. */
export function zeroAt(bytes: Uint8Array, start: number, within = bytes.length): number {
  const at = bytes.subarray(start, start + within).indexOf(0);
  return at < 0 ? -1 : start + at;
}

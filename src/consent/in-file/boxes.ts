import { letters, viewOf } from './carriers.ts';

/** A box of the ISO base media file format, or of JUMBF: both have the same header. */
export interface Box {
  type: string;
  /** Where the content begins and ends in the bytes that were walked. */
  start: number;
  end: number;
}

/**
 * Boxes side by side between two places (ISO 14496-12 §4.2). Stops at the first whose length cannot be.
 *
 * @returns `complete` false when it stopped early.
 */
export function boxesIn(
  bytes: Uint8Array,
  from: number,
  to: number,
  countMax: number,
): { boxes: Box[]; complete: boolean } {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  let at = from;
  while (at < to) {
    if (at + 8 > to || boxes.length >= countMax) return { boxes, complete: false };
    const short = view.getUint32(at);
    const header = short === 1 ? 16 : 8;
    if (at + header > to) return { boxes, complete: false };
    // Zero means to the end of the file.
    const length = short === 0 ? to - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (length < header || at + length > to) return { boxes, complete: false };
    boxes.push({ type: letters(bytes, at + 4, 4), start: at + header, end: at + length });
    at += length;
  }
  return { boxes, complete: true };
}

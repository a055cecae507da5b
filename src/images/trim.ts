import type { Pixels } from './canonical.ts';

/** How far a channel may stray from its line's first pixel and still be border: covers JPEG noise. */
export const borderToleranceLevels = 12;

/** What is left must be at least this wide and high; smaller remainders are marks on an empty page. */
export const trimmedSideMinPx = 16;

/** Each pass trims all four sides; frames of several colours need one pass per frame. */
const trimPassesMax = 4;

/** In whole pixels; right and bottom are the first beyond. */
export interface PixelBox {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Cuts uniform borders off opaque pixels, each side by its own colour, so that a frame or a letterbox somebody
 * added does not hide the picture.
 *
 * @returns new, smaller pixels; null when there is no border, nothing but border, or too little left.
 */
export function trimBorder(pixels: Pixels): Pixels | null {
  const box = contentBox(pixels);
  return box === null ? null : crop(pixels, box);
}

/** @returns what `trimBorder` would leave, or null where it would leave all. */
export function contentBox(pixels: Pixels): PixelBox | null {
  const box: PixelBox = { left: 0, top: 0, right: pixels.width, bottom: pixels.height };
  for (let pass = 0; pass < trimPassesMax; pass++) {
    if (!trimOnce(pixels, box)) break;
  }
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  if (width === pixels.width && height === pixels.height) return null;
  if (width < trimmedSideMinPx || height < trimmedSideMinPx) return null;
  return box;
}

/** Copies the part of the pixels inside the box. */
export function crop({ data, width }: Pixels, box: PixelBox): Pixels {
  const rowBytes = (box.right - box.left) * 4;
  const out = new Uint8ClampedArray(rowBytes * (box.bottom - box.top));
  for (let y = box.top; y < box.bottom; y++) {
    const from = (y * width + box.left) * 4;
    out.set(data.subarray(from, from + rowBytes), (y - box.top) * rowBytes);
  }
  return { data: out, width: box.right - box.left, height: box.bottom - box.top };
}

function trimOnce(pixels: Pixels, box: PixelBox): boolean {
  const before = box.right - box.left + box.bottom - box.top;
  while (box.top < box.bottom && isUniformRow(pixels, box, box.top)) box.top++;
  while (box.bottom > box.top && isUniformRow(pixels, box, box.bottom - 1)) box.bottom--;
  while (box.left < box.right && isUniformColumn(pixels, box, box.left)) box.left++;
  while (box.right > box.left && isUniformColumn(pixels, box, box.right - 1)) box.right--;
  return box.right - box.left + box.bottom - box.top < before;
}

function isUniformRow({ data, width }: Pixels, box: PixelBox, y: number): boolean {
  return isUniform(data, (y * width + box.left) * 4, 4, box.right - box.left);
}

function isUniformColumn({ data, width }: Pixels, box: PixelBox, x: number): boolean {
  return isUniform(data, (box.top * width + x) * 4, width * 4, box.bottom - box.top);
}

function isUniform(data: Pixels['data'], start: number, stride: number, count: number): boolean {
  for (let channel = 0; channel < 3; channel++) {
    const colour = data[start + channel] as number;
    for (let i = 0, at = start + channel; i < count; i++, at += stride) {
      if (Math.abs((data[at] as number) - colour) > borderToleranceLevels) return false;
    }
  }
  return true;
}

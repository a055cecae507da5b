import { type Rgb, rawOf, sharpOf, shrinkByArea } from './rgb.ts';

/**
 * What img2dataset does to a picture before it stores it (rom1504/img2dataset, resizer.py at 0d8caf82): its six
 * resize modes with its defaults, which are area averaging down, Lanczos up, JPEG of quality 95. `keep_ratio` and
 * `center_crop` go by the shorter side; `border` and `keep_ratio_largest` by the longer; `fixed` stretches.
 */

const quality = 95;
const sides = [256, 384, 512] as const;

async function scaled(p: Rgb, width: number, height: number, isSmaller: boolean): Promise<Rgb> {
  if (width === p.width && height === p.height) return p;
  if (isSmaller && width <= p.width && height <= p.height) return shrinkByArea(p, width, height);
  return rawOf(sharpOf(p).resize(width, height, { fit: 'fill', kernel: 'lanczos3' }));
}

/** The shorter or the longer side brought to `side`, the other in proportion. */
function proportional(p: Rgb, side: number, by: 'shorter' | 'longer'): Promise<Rgb> {
  const reference = by === 'shorter' ? Math.min(p.width, p.height) : Math.max(p.width, p.height);
  const share = side / reference;
  const [width, height] = [Math.round(p.width * share), Math.round(p.height * share)];
  return scaled(p, Math.max(1, width), Math.max(1, height), reference > side);
}

async function centreCrop(p: Rgb, side: number): Promise<Rgb> {
  const fitted = await proportional(p, side, 'shorter');
  const [left, top] = [Math.floor((fitted.width - side) / 2), Math.floor((fitted.height - side) / 2)];
  return rawOf(sharpOf(fitted).extract({ left, top, width: side, height: side }));
}

async function bordered(p: Rgb, side: number): Promise<Rgb> {
  const fitted = await proportional(p, side, 'longer');
  const [x, y] = [side - fitted.width, side - fitted.height];
  const [left, top] = [Math.floor(x / 2), Math.floor(y / 2)];
  return rawOf(sharpOf(fitted).extend({ left, right: x - left, top, bottom: y - top, background: '#fff' }));
}

const modes: Record<string, (p: Rgb, side: number) => Promise<Rgb>> = {
  keep_ratio: (p, side) => proportional(p, side, 'shorter'),
  center_crop: centreCrop,
  border: bordered,
  keep_ratio_largest: (p, side) => proportional(p, side, 'longer'),
  fixed: (p, side) => scaled(p, side, side, Math.max(p.width, p.height) > side),
};

async function encoded(p: Rgb): Promise<Rgb> {
  return rawOf(await sharpOf(p).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer());
}

export const img2dataset: Record<string, (p: Rgb) => Promise<Rgb>> = {
  no: encoded,
  ...Object.fromEntries(
    Object.entries(modes).flatMap(([mode, apply]) =>
      sides.map((side) => [`${mode} ${side}`, async (p: Rgb) => encoded(await apply(p, side))]),
    ),
  ),
};

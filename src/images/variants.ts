import type { Box } from './pdq-luma.ts';
import { wholeBox } from './pdq-luma.ts';

/**
 * The crops a work is registered by beside its whole, each under a name that never changes its meaning: another box
 * is another name. docs/accuracy.md shows what each one buys.
 */
export const cropNames = [
  'square',
  'centre05',
  'centre10',
  'topleft05',
  'topright05',
  'bottomleft05',
  'bottomright05',
] as const;
export type CropName = (typeof cropNames)[number];

/** Which part of the picture a hash is of: all of it, what is left without its uniform border, or a crop. */
export const variantNames = ['full', 'trim', ...cropNames] as const;
export type VariantName = (typeof variantNames)[number];

/** A square crop of a picture squarer than this is nearly the whole. */
const squareShareMax = 0.98;

const crops: Record<Exclude<CropName, 'square'>, Box> = {
  centre05: { left: 0.025, top: 0.025, right: 0.975, bottom: 0.975 },
  centre10: { left: 0.05, top: 0.05, right: 0.95, bottom: 0.95 },
  topleft05: { left: 0.05, top: 0.05, right: 1, bottom: 1 },
  topright05: { left: 0, top: 0.05, right: 0.95, bottom: 1 },
  bottomleft05: { left: 0.05, top: 0, right: 1, bottom: 0.95 },
  bottomright05: { left: 0, top: 0, right: 0.95, bottom: 0.95 },
};

/**
 * What is left by a crop.
 *
 * @param aspect width by height of the whole picture.
 * @returns shares of the whole picture, or null where the crop would be nearly all of it.
 */
export function cropBox(name: CropName, aspect: number): Box | null {
  if (name !== 'square') return crops[name];
  const share = Math.min(aspect, 1 / aspect);
  if (share > squareShareMax) return null;
  const cut = (1 - share) / 2;
  return aspect > 1
    ? { left: cut, top: 0, right: 1 - cut, bottom: 1 }
    : { left: 0, top: cut, right: 1, bottom: 1 - cut };
}

/**
 * The part of a work that one of its hashes is of.
 *
 * @param content what is inside the work's border.
 */
export function variantBox(variant: VariantName, aspect: number, content: Box): Box {
  if (variant === 'full') return wholeBox;
  if (variant === 'trim') return content;
  return cropBox(variant, aspect) ?? wholeBox;
}

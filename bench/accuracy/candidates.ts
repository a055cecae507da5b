import type { Box } from '../../src/images/pdq-luma.ts';

/** Every crop that was considered for a registered work; the report says what each buys. */
export interface Candidate {
  name: string;
  /** null where the crop would be the whole picture. */
  boxOf(aspect: number): Box | null;
}

const inset = (left: number, top: number, right: number, bottom: number) => (): Box => ({
  left,
  top,
  right: 1 - right,
  bottom: 1 - bottom,
});

const percent = (share: number) => String(Math.round(share * 100)).padStart(2, '0');

const centred = [0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.16].map(
  (share): Candidate => ({
    name: `centre${percent(share)}`,
    boxOf: inset(share / 2, share / 2, share / 2, share / 2),
  }),
);

const sides = [0.04, 0.05, 0.08, 0.1].flatMap((p): Candidate[] => [
  { name: `left${percent(p)}`, boxOf: inset(p, 0, 0, 0) },
  { name: `right${percent(p)}`, boxOf: inset(0, 0, p, 0) },
  { name: `top${percent(p)}`, boxOf: inset(0, p, 0, 0) },
  { name: `bottom${percent(p)}`, boxOf: inset(0, 0, 0, p) },
]);

const corners = [0.05, 0.1].flatMap((p): Candidate[] => [
  { name: `topleft${percent(p)}`, boxOf: inset(p, p, 0, 0) },
  { name: `topright${percent(p)}`, boxOf: inset(0, p, p, 0) },
  { name: `bottomleft${percent(p)}`, boxOf: inset(p, 0, 0, p) },
  { name: `bottomright${percent(p)}`, boxOf: inset(0, 0, p, p) },
]);

/** Off one side, and half as much off each of the sides beside it: lies between two corners. */
const betweenCorners = [0.04, 0.05].flatMap((p): Candidate[] => [
  { name: `left${percent(p)}mid`, boxOf: inset(p, p / 2, 0, p / 2) },
  { name: `right${percent(p)}mid`, boxOf: inset(0, p / 2, p, p / 2) },
  { name: `top${percent(p)}mid`, boxOf: inset(p / 2, p, p / 2, 0) },
  { name: `bottom${percent(p)}mid`, boxOf: inset(p / 2, 0, p / 2, p) },
]);

/** The largest part of this aspect (width by height) in the middle; null when that is nearly the whole. */
const shaped = (name: string, shape: number): Candidate => ({
  name,
  boxOf(aspect) {
    const share = aspect > shape ? shape / aspect : aspect / shape;
    if (share > 0.98) return null;
    const cut = (1 - share) / 2;
    return aspect > shape
      ? { left: cut, top: 0, right: 1 - cut, bottom: 1 }
      : { left: 0, top: cut, right: 1, bottom: 1 - cut };
  },
});

export const candidates: readonly Candidate[] = [
  ...centred,
  ...sides,
  ...corners,
  ...betweenCorners,
  shaped('square', 1),
  shaped('4:5', 0.8),
  shaped('4:3', 4 / 3),
  shaped('16:9', 16 / 9),
];

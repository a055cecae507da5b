import { img2dataset } from './img2dataset.ts';
import { captionBar, smallText, watermark } from './lettering.ts';
import { type Rgb, rawOf, sharpOf } from './rgb.ts';

export type Group = 'robustness' | 'crops' | 'img2dataset' | 'platforms';

export interface Transformation {
  name: string;
  group: Group;
  /** Raised when it changes, so that copies kept from before are made anew. */
  revision: number;
  /**
   * @param random numbers from 0 to 1, the same ones for the same picture in every run.
   */
  apply(picture: Rgb, random: () => number): Promise<Rgb>;
}

type Apply = Transformation['apply'];

const resized = (picture: Rgb, share: number) =>
  sharpOf(picture).resize(
    Math.max(1, Math.round(picture.width * share)),
    Math.max(1, Math.round(picture.height * share)),
    { fit: 'fill' },
  );

const jpeg =
  (quality: number): Apply =>
  async (p) =>
    rawOf(await sharpOf(p).jpeg({ quality }).toBuffer());

/** Cuts shares of the width and height off the four sides. */
function cropped(p: Rgb, left: number, top: number, right: number, bottom: number): Promise<Rgb> {
  const [l, t] = [Math.round(p.width * left), Math.round(p.height * top)];
  const width = Math.max(1, p.width - l - Math.round(p.width * right));
  const height = Math.max(1, p.height - t - Math.round(p.height * bottom));
  return rawOf(sharpOf(p).extract({ left: l, top: t, width, height }));
}

/** `share` of each axis in all, half of it on each side. */
const centred =
  (share: number): Apply =>
  (p) =>
    cropped(p, share / 2, share / 2, share / 2, share / 2);

/** `share` of each axis, off two sides that meet in a corner chosen by chance. */
const corner =
  (share: number): Apply =>
  (p, random) => {
    const [left, top] = [random() < 0.5, random() < 0.5];
    return cropped(p, left ? share : 0, top ? share : 0, left ? 0 : share, top ? 0 : share);
  };

/** `share` of one axis, off one side chosen by chance. */
const side =
  (share: number): Apply =>
  (p, random) => {
    const which = Math.floor(random() * 4);
    const [l, t, r, b] = [0, 1, 2, 3].map((one) => (one === which ? share : 0)) as [
      number,
      number,
      number,
      number,
    ];
    return cropped(p, l, t, r, b);
  };

const bordered =
  (share: number, background: string): Apply =>
  (p) => {
    const [x, y] = [Math.round(p.width * share), Math.round(p.height * share)];
    return rawOf(sharpOf(p).extend({ left: x, right: x, top: y, bottom: y, background }));
  };

/** Turned by some degrees on white and cut to its former size. */
const turned =
  (degrees: number): Apply =>
  async (p) => {
    const big = await rawOf(sharpOf(p).rotate(degrees, { background: '#fff' }));
    return rawOf(
      sharpOf(big).extract({
        left: Math.floor((big.width - p.width) / 2),
        top: Math.floor((big.height - p.height) / 2),
        width: Math.min(p.width, big.width),
        height: Math.min(p.height, big.height),
      }),
    );
  };

const noisy =
  (deviation: number): Apply =>
  async (p, random) => {
    const data = new Uint8Array(p.data.length);
    for (let i = 0; i < data.length; i++) {
      // Sum of four uniform numbers: near enough to a bell, and cheap.
      const bell = (random() + random() + random() + random() - 2) * Math.sqrt(3);
      data[i] = Math.min(255, Math.max(0, Math.round((p.data[i] as number) + bell * deviation)));
    }
    return { ...p, data };
  };

const screenshot: Apply = async (p) => {
  const small = await rawOf(resized(p, 0.71));
  const shifted = await rawOf(sharpOf(small).linear([1.03, 1, 0.96], [2, 0, -2]).gamma(1.1, 1));
  return rawOf(await resized(shifted, 1.2).jpeg({ quality: 70 }).toBuffer());
};

/** The 33 of the published comparison of hashes, in its order and by its names. */
const robustness: Record<string, Apply> = {
  jpeg90: jpeg(90),
  jpeg50: jpeg(50),
  jpeg20: jpeg(20),
  webp75: async (p) => rawOf(await sharpOf(p).webp({ quality: 75, effort: 2 }).toBuffer()),
  avif50: async (p) => rawOf(await sharpOf(p).avif({ quality: 50, effort: 0 }).toBuffer()),
  resize50: (p) => rawOf(resized(p, 0.5)),
  resize25: (p) => rawOf(resized(p, 0.25)),
  to256: (p) => rawOf(resized(p, 256 / Math.max(p.width, p.height))),
  gray: (p) => rawOf(sharpOf(p).grayscale()),
  bright_up20: (p) => rawOf(sharpOf(p).linear(1.2, 0)),
  bright_dn20: (p) => rawOf(sharpOf(p).linear(0.8, 0)),
  contrast_up: (p) => rawOf(sharpOf(p).linear(1.3, -0.3 * 128)),
  contrast_dn: (p) => rawOf(sharpOf(p).linear(0.7, 0.3 * 128)),
  gamma: (p) => rawOf(sharpOf(p).gamma(1.5, 1)),
  blur2: (p) => rawOf(sharpOf(p).blur(2)),
  sharpen: (p) => rawOf(sharpOf(p).sharpen({ sigma: 1.5 })),
  noise12: noisy(12),
  text_small: smallText,
  watermark,
  caption_bar: captionBar,
  crop2: centred(0.02),
  crop5: centred(0.05),
  crop10: centred(0.1),
  crop5corner: corner(0.05),
  border5white: bordered(0.05, '#fff'),
  border5black: bordered(0.05, '#000'),
  rotate1: turned(1),
  rotate5: turned(5),
  rot90: (p) => rawOf(sharpOf(p).rotate(90)),
  rot180: (p) => rawOf(sharpOf(p).rotate(180)),
  mirror: (p) => rawOf(sharpOf(p).flop()),
  squash10: (p) => rawOf(sharpOf(p).resize(Math.round(p.width * 0.9), p.height, { fit: 'fill' })),
  screenshot,
};

const crops: Record<string, Apply> = {
  crop15: centred(0.15),
  crop5side: side(0.05),
  crop10corner: corner(0.1),
};

/** Longest side, then an encoder: what sites do to what is uploaded. */
function upload(sidePxMax: number, quality: number, format: 'jpeg' | 'webp'): Apply {
  return async (p) => {
    const fitted = sharpOf(p).resize(sidePxMax, sidePxMax, { fit: 'inside', withoutEnlargement: true });
    const options = format === 'jpeg' ? { quality, chromaSubsampling: '4:2:0' } : { quality, effort: 2 };
    return rawOf(await fitted.toFormat(format, options).toBuffer());
  };
}

const repost: Apply = async (p, random) => jpeg(70)(await upload(720, 75, 'webp')(p, random), random);

const platforms: Record<string, Apply> = {
  'side 2048, JPEG 85': upload(2048, 85, 'jpeg'),
  'side 1080, JPEG 75': upload(1080, 75, 'jpeg'),
  'side 960, JPEG 70': upload(960, 70, 'jpeg'),
  'side 640, WebP 80': upload(640, 80, 'webp'),
  'side 320, JPEG 80': upload(320, 80, 'jpeg'),
  'reposted: 720 WebP 75, JPEG 70': repost,
};

const revisions: Record<string, number> = { watermark: 2 };

const grouped = (group: Group, applies: Record<string, Apply>): Transformation[] =>
  Object.entries(applies).map(([name, apply]) => ({ name, group, revision: revisions[name] ?? 1, apply }));

export const transformations: readonly Transformation[] = [
  ...grouped('robustness', robustness),
  ...grouped('crops', crops),
  ...grouped('img2dataset', img2dataset),
  ...grouped('platforms', platforms),
];

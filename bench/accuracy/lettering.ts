import { type Rgb, rawOf, sharpOf } from './rgb.ts';

/** Text on pictures, from letters of our own: which fonts a machine has must not change the figures. */

/** Five columns of seven dots, top bit first. */
const letters: Record<string, readonly number[]> = {
  A: [0x3f, 0x48, 0x48, 0x48, 0x3f],
  C: [0x3e, 0x41, 0x41, 0x41, 0x22],
  D: [0x7f, 0x41, 0x41, 0x41, 0x3e],
  E: [0x7f, 0x49, 0x49, 0x49, 0x41],
  I: [0x00, 0x41, 0x7f, 0x41, 0x00],
  L: [0x7f, 0x01, 0x01, 0x01, 0x01],
  M: [0x7f, 0x20, 0x10, 0x20, 0x7f],
  O: [0x3e, 0x41, 0x41, 0x41, 0x3e],
  P: [0x7f, 0x48, 0x48, 0x48, 0x30],
  R: [0x7f, 0x48, 0x4c, 0x4a, 0x31],
  S: [0x31, 0x49, 0x49, 0x49, 0x46],
  T: [0x40, 0x40, 0x7f, 0x40, 0x40],
  V: [0x78, 0x06, 0x01, 0x06, 0x78],
  W: [0x7e, 0x01, 0x0e, 0x01, 0x7e],
  ' ': [0, 0, 0, 0, 0],
};

const advance = 6;

/** An SVG path of a line of text, `height` pixels high, its top left at (x, y). */
function line(text: string, x: number, y: number, height: number): string {
  const dot = height / 7;
  let path = '';
  for (const [index, letter] of [...text].entries()) {
    for (const [column, bits] of (letters[letter] ?? []).entries()) {
      for (let row = 0; row < 7; row++) {
        if (((bits >> (6 - row)) & 1) === 0) continue;
        const left = x + (index * advance + column) * dot;
        path += `M${left.toFixed(1)} ${(y + row * dot).toFixed(1)}h${dot.toFixed(2)}v${dot.toFixed(2)}h${(-dot).toFixed(2)}z`;
      }
    }
  }
  return path;
}

const widthOf = (text: string, height: number) => (text.length * advance * height) / 7;

function drawn(p: Rgb, content: string): Promise<Rgb> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${p.width}" height="${p.height}">${content}</svg>`;
  return rawOf(sharpOf(p).composite([{ input: Buffer.from(svg) }]));
}

/** A signature in the lower right corner, 3 % of the height. */
export function smallText(p: Rgb): Promise<Rgb> {
  const text = 'ADA EXAMPLE';
  const height = Math.max(7, p.height * 0.03);
  const path = line(text, p.width * 0.97 - widthOf(text, height), p.height * 0.94, height);
  return drawn(p, `<path d="${path}" fill="#fff" stroke="#000" stroke-width="0.5"/>`);
}

/** A word across the middle, over half the width, a third opaque. */
export function watermark(p: Rgb): Promise<Rgb> {
  const text = 'SAMPLE';
  const height = (p.width * 0.6 * 7) / (text.length * advance);
  const bounded = Math.min(height, p.height * 0.3);
  const path = line(text, (p.width - widthOf(text, bounded)) / 2, (p.height - bounded) / 2, bounded);
  return drawn(p, `<path d="${path}" fill="#fff" fill-opacity="0.35"/>`);
}

/** A white bar with a line of text over the lowest tenth. */
export function captionBar(p: Rgb): Promise<Rgb> {
  const bar = p.height * 0.1;
  const text = 'ALL WORDS AT ODDS';
  const path = line(text, p.width * 0.04, p.height - bar * 0.75, Math.min(bar * 0.5, p.width * 0.06));
  return drawn(
    p,
    `<path d="M0 ${p.height - bar}h${p.width}v${bar}h${-p.width}z" fill="#fff"/><path d="${path}" fill="#111"/>`,
  );
}

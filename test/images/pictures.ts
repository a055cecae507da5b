import type { Pixels } from '../../src/images/canonical.ts';

type Colour = readonly [number, number, number];
type Painter = (x: number, y: number) => Colour;

/** A seeded generator of whole numbers from 0 to 2³² − 1 (mulberry32), the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Opaque pixels, each coloured by its place. Whole numbers only, so the result is the same everywhere. */
export function paint(width: number, height: number, colourAt: Painter): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [r, g, b] = colourAt(x, y);
      data[at] = r;
      data[at + 1] = g;
      data[at + 2] = b;
      data[at + 3] = 255;
    }
  }
  return { data, width, height };
}

export function flat(width: number, height: number, colour: Colour): Pixels {
  return paint(width, height, () => colour);
}

export function noise(width: number, height: number, seed: number): Pixels {
  const next = seeded(seed);
  return paint(width, height, () => {
    const value = next();
    return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255];
  });
}

export function checkerboard(width: number, height: number, side: number): Pixels {
  return paint(width, height, (x, y) =>
    (Math.floor(x / side) + Math.floor(y / side)) % 2 === 0 ? [250, 250, 250] : [20, 20, 20],
  );
}

/** Left to right black to white, top to bottom no blue to full blue. */
export function gradient(width: number, height: number): Pixels {
  return paint(width, height, (x, y) => {
    const across = Math.floor((x * 255) / Math.max(1, width - 1));
    return [across, across, Math.floor((y * 255) / Math.max(1, height - 1))];
  });
}

/**
 * A scene with structure at many scales and no symmetry: forty seeded discs of random place, size and colour on a
 * shaded ground. It stands in for a photograph wherever a test needs one.
 */
export function scene(width: number, height: number, seed: number): Pixels {
  const next = seeded(seed);
  const upTo = (n: number) => next() % n;
  // Places are in thousandths of a side, so one seed is one picture at every size.
  const discs = Array.from({ length: 40 }, () => ({
    x: upTo(1000),
    y: upTo(1000),
    radius: 20 + upTo(160),
    colour: [upTo(256), upTo(256), upTo(256)] as const,
  }));
  return paint(width, height, (x, y) => {
    const u = Math.floor((x * 1000) / width);
    const v = Math.floor((y * 1000) / height);
    for (const disc of discs) {
      if ((u - disc.x) ** 2 + (v - disc.y) ** 2 < disc.radius ** 2) return disc.colour;
    }
    return [Math.floor(u / 5), Math.floor(v / 5), Math.floor((u + v) / 10)];
  });
}

/** New pixels whose pixel at (x, y) is the source's pixel at `from(x, y)`. */
function remap(
  source: Pixels,
  width: number,
  height: number,
  from: (x: number, y: number) => [number, number],
) {
  return paint(width, height, (x, y) => {
    const [sx, sy] = from(x, y);
    const at = (sy * source.width + sx) * 4;
    return [source.data[at] as number, source.data[at + 1] as number, source.data[at + 2] as number];
  });
}

/** A picture turned and mirrored, by the names of the PDQ reference (rotations are counter-clockwise). */
export function turned(p: Pixels): Record<string, Pixels> {
  const { width: w, height: h } = p;
  return {
    orig: p,
    rot90: remap(p, h, w, (x, y) => [w - 1 - y, x]),
    rot180: remap(p, w, h, (x, y) => [w - 1 - x, h - 1 - y]),
    rot270: remap(p, h, w, (x, y) => [y, h - 1 - x]),
    flipx: remap(p, w, h, (x, y) => [x, h - 1 - y]),
    flipy: remap(p, w, h, (x, y) => [w - 1 - x, y]),
    flipp: remap(p, h, w, (x, y) => [y, x]),
    flipm: remap(p, h, w, (x, y) => [w - 1 - y, h - 1 - x]),
  };
}

/** The picture in a frame of one colour, `thickness` pixels on every side. */
export function framed(p: Pixels, thickness: number, colour: Colour): Pixels {
  return paint(p.width + 2 * thickness, p.height + 2 * thickness, (x, y) => {
    const sx = x - thickness;
    const sy = y - thickness;
    if (sx < 0 || sy < 0 || sx >= p.width || sy >= p.height) return colour;
    const at = (sy * p.width + sx) * 4;
    return [p.data[at] as number, p.data[at + 1] as number, p.data[at + 2] as number];
  });
}

/** The pictures whose fingerprints `test/vectors/pdq-own.json` fixes. */
export const ownPictures: Record<string, () => Pixels> = {
  'scene 1, 320 × 240': () => scene(320, 240, 1),
  'scene 2, 64 × 64: its own miniature': () => scene(64, 64, 2),
  'scene 3, 65 × 63: just filtered': () => scene(65, 63, 3),
  'scene 4, 512 × 512: not resized': () => scene(512, 512, 4),
  'scene 5, 513 × 90: one side resized up, one down': () => scene(513, 90, 5),
  'scene 6, 90 × 700: the other side': () => scene(90, 700, 6),
  'scene 7, 1201 × 803': () => scene(1201, 803, 7),
  'scene 8, 128 × 129: windows of one and two': () => scene(128, 129, 8),
  'noise 1, 100 × 100': () => noise(100, 100, 1),
  'noise 2, 700 × 500': () => noise(700, 500, 2),
  'noise 3, 5 × 5: the smallest hashed': () => noise(5, 5, 3),
  'noise 4, 4 × 9: too small to hash': () => noise(4, 9, 4),
  'checkerboard of 8, 256 × 256': () => checkerboard(256, 256, 8),
  'checkerboard of 37, 300 × 200': () => checkerboard(300, 200, 37),
  'gradient, 200 × 120': () => gradient(200, 120),
  'flat grey, 300 × 200': () => flat(300, 200, [128, 128, 128]),
  'flat white, 16 × 16': () => flat(16, 16, [255, 255, 255]),
  'scene 1 framed': () => framed(scene(320, 240, 1), 24, [255, 255, 255]),
};

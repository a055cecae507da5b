import { clouds, type Noise, noise } from './noise.ts';
import { type Seeded, seeded } from './seeded.ts';

/** Red, green and blue, 0 to 255; values outside are cut. */
export type Colour = readonly [number, number, number];

/** The colour at a place of a picture; both coordinates go from 0 to 1. */
export type Scene = (x: number, y: number) => Colour;

export const sceneNames = ['hills', 'harbour', 'town', 'still-life', 'marble', 'forest'] as const;
export type SceneName = (typeof sceneNames)[number];

/** A made-up picture with structure at many scales, as photographs and paintings have. One seed is one picture. */
export function sceneOf(name: SceneName, seed: number): Scene {
  const chance = seeded(seed);
  const scene = scenes[name](chance, seed);
  const grain = noise(seed + 7);
  const flipped = chance.chance(0.5);
  return (x, y) => {
    const g = (grain(x * 700, y * 700) - 0.5) * 8;
    const [red, green, blue] = scene(flipped ? 1 - x : x, y);
    return [red + g, green + g, blue + g];
  };
}

const scenes: Record<SceneName, (chance: Seeded, seed: number) => Scene> = {
  hills,
  harbour,
  town,
  'still-life': stillLife,
  marble,
  forest,
};

/** Ridges behind each other under a sky with clouds and a sun. */
function hills(chance: Seeded, seed: number): Scene {
  const sky = skyOf(chance, seed);
  const near = anyColour(chance, 10, 150);
  const far = anyColour(chance, 90, 230);
  const base = chance.between(0.25, 0.55);
  const rough = chance.between(0.25, 0.6);
  const meadow = clouds(seed + 31, 4);
  const ridges = Array.from({ length: 5 }, (_, index) => ({
    line: clouds(seed + 500 + index * 13, 4),
    scale: chance.between(1.5, 5),
    colour: mix(far, near, index / 4),
    height: base + index * 0.14,
  })).reverse();
  return (x, y) => {
    for (const { line, scale, colour, height } of ridges) {
      if (y > height - rough * (line(x * scale, height) - 0.3))
        return shade(colour, 0.55 + 0.9 * meadow(x * 14, y * 20));
    }
    return sky(x, y);
  };
}

/** Boats on water that gives the sky back in strips. */
function harbour(chance: Seeded, seed: number): Scene {
  const sky = skyOf(chance, seed);
  const horizon = chance.between(0.3, 0.6);
  const waves = clouds(seed + 41, 3);
  const quay = clouds(seed + 43, 3);
  const quayHeight = chance.between(0.04, 0.2);
  const quayColour = anyColour(chance, 20, 130);
  const boats = Array.from({ length: 3 + chance.below(5) }, () => ({
    x: chance.between(0.02, 0.98),
    y: chance.between(horizon + 0.06, 0.95),
    size: chance.between(0.06, 0.22),
    hull: anyColour(chance, 10, 190),
    sail: anyColour(chance, 120, 255),
  }));
  boats.sort((a, b) => b.y - a.y);
  const water: Scene = (x, y) => {
    const depth = (y - horizon) / (1 - horizon);
    const ripple = waves(x * (6 + 10 * (1 - depth)), y * 60);
    const mirrored = sky(x + (ripple - 0.5) * 0.12, Math.max(0, horizon - depth * horizon));
    return shade(mirrored, 0.35 + 0.75 * ripple);
  };
  return (x, y) => {
    for (const { x: middle, y: line, size, hull, sail } of boats) {
      const across = (x - middle) / size;
      const up = (line - y) / size;
      if (up > 0 && up < 0.35 && Math.abs(across) < 0.6 + up * 0.7) return shade(hull, 0.7 + up);
      if (up > 0.4 && up < 2.2 && across > 0.03 && across < (2.2 - up) * 0.42) return sail;
    }
    if (y > horizon) return water(x, y);
    if (y > horizon - quayHeight * (0.3 + quay(x * 9, 3)))
      return shade(quayColour, 0.6 + quay(x * 40, y * 40));
    return sky(x, y);
  };
}

/** Houses of many heights, with windows lit or dark. */
function town(chance: Seeded, seed: number): Scene {
  const sky = skyOf(chance, seed);
  const wall = clouds(seed + 51, 3);
  const lit = noise(seed + 52);
  const glow = anyColour(chance, 120, 255);
  const rows = [1, 0].map((row) => {
    const houses: { from: number; to: number; top: number; colour: Colour; columns: number }[] = [];
    for (let from = -0.05; from < 1.05; ) {
      const to = from + chance.between(0.06, 0.2);
      const top = chance.between(0.12, 0.55) + row * 0.28;
      houses.push({ from, to, top, colour: anyColour(chance, 20, 220), columns: 2 + chance.below(5) });
      from = to;
    }
    return houses;
  });
  return (x, y) => {
    for (const houses of rows) {
      const house = houses.find(({ from, to }) => x >= from && x < to);
      if (house === undefined || y < house.top) continue;
      const column = ((x - house.from) / (house.to - house.from)) * house.columns;
      const floor = (y - house.top) * 22;
      const isWindow = column % 1 > 0.25 && column % 1 < 0.75 && floor % 1 > 0.3 && floor % 1 < 0.8;
      const isLit = lit(Math.floor(column) + house.from * 91, Math.floor(floor) * 1.7) > 0.5;
      if (isWindow) return isLit ? glow : shade(house.colour, 0.3);
      return shade(house.colour, 0.75 + 0.5 * wall(x * 30, y * 30));
    }
    return sky(x, y);
  };
}

/** Round things with light and shadow on a table. */
function stillLife(chance: Seeded, seed: number): Scene {
  const edge = chance.between(0.35, 0.7);
  const wall = anyColour(chance, 20, 220);
  const table = anyColour(chance, 20, 220);
  const grain = clouds(seed + 61, 4);
  const light = { x: chance.between(-0.6, 0.6), y: -chance.between(0.2, 0.7) };
  const fruit = Array.from({ length: 7 + chance.below(9) }, () => ({
    x: chance.between(0, 1),
    y: chance.between(0.15, 0.95),
    radius: chance.between(0.05, 0.19),
    squat: chance.between(0.7, 1.5),
    colour: anyColour(chance, 40, 255),
  }));
  fruit.sort((a, b) => b.y - a.y);
  return (x, y) => {
    for (const { x: middle, y: centre, radius, squat, colour } of fruit) {
      const across = (x - middle) / radius;
      const down = ((y - centre) / radius) * squat;
      const out = across * across + down * down;
      if (out > 1) continue;
      const facing = across * light.x + down * light.y + Math.sqrt(1 - out) * 0.75;
      return shade(colour, 0.15 + 1.1 * Math.max(0, facing));
    }
    return y < edge ? shade(wall, 0.5 + 0.8 * grain(x * 5, y * 5)) : shade(table, 0.4 + grain(x * 4, y * 50));
  };
}

/** Veins of several colours, folded into each other. */
function marble(chance: Seeded, seed: number): Scene {
  const fold = clouds(seed + 71, 4);
  const veins = clouds(seed + 72, 5);
  const scale = chance.between(2.5, 6);
  const colours = Array.from({ length: 5 }, () => anyColour(chance, 0, 255));
  return (x, y) => {
    const warped = veins(
      x * scale + 4 * fold(x * scale, y * scale),
      y * scale + 4 * fold(y * scale + 9, x * scale),
    );
    const place = Math.min(0.999, Math.max(0, (warped - 0.2) / 0.6)) * (colours.length - 1);
    const index = Math.floor(place);
    return mix(colours[index] as Colour, colours[index + 1] as Colour, place - index);
  };
}

/** Trunks before leaves, with light falling through. */
function forest(chance: Seeded, seed: number): Scene {
  const leaves = clouds(seed + 81, 5);
  const bend = noise(seed + 82);
  const bark = clouds(seed + 83, 3);
  const dark = anyColour(chance, 0, 110);
  const bright = anyColour(chance, 110, 255);
  const clearing = { x: chance.between(0.1, 0.9), y: chance.between(0.1, 0.6), size: chance.between(2, 5) };
  const trunks = Array.from({ length: 6 + chance.below(8) }, () => ({
    x: chance.between(0, 1),
    width: chance.between(0.012, 0.06),
    foot: chance.between(0.6, 1.05),
    lean: chance.between(-0.2, 0.2),
    colour: anyColour(chance, 15, 170),
  }));
  return (x, y) => {
    for (const { x: stem, width, foot, lean, colour } of trunks) {
      const middle = stem + lean * (y - 0.5) + (bend(stem * 50, y * 5) - 0.5) * 0.06;
      const across = (x - middle) / width;
      if (y < foot && Math.abs(across) < 1)
        return shade(colour, (0.5 + bark(x * 60, y * 12)) * (1 - 0.5 * across));
    }
    const far = Math.hypot(x - clearing.x, y - clearing.y) * clearing.size;
    return shade(mix(bright, dark, Math.min(1, far * 0.7)), 0.3 + 1.4 * leaves(x * 11, y * 11));
  };
}

/** Sky with a sun somewhere, day or night. */
function skyOf(chance: Seeded, seed: number): Scene {
  const high = anyColour(chance, 10, 245);
  const low = anyColour(chance, 10, 245);
  const cloudColour = anyColour(chance, 120, 255);
  const cover: Noise = clouds(seed + 91, 4);
  const much = chance.between(0.35, 0.6);
  const stretch = chance.between(2, 6);
  const sun = {
    x: chance.between(0.05, 0.95),
    y: chance.between(0.05, 0.35),
    size: chance.between(0.03, 0.1),
  };
  return (x, y) => {
    if (Math.hypot(x - sun.x, y - sun.y) < sun.size) return [255, 244, 214];
    const veil = Math.min(1, Math.max(0, (cover(x * stretch, y * stretch * 2) - much) * 5));
    return mix(mix(high, low, Math.min(1, y * 1.6)), cloudColour, veil);
  };
}

function anyColour(chance: Seeded, low: number, high: number): Colour {
  return [chance.between(low, high), chance.between(low, high), chance.between(low, high)];
}

function mix(a: Colour, b: Colour, share: number): Colour {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

function shade([red, green, blue]: Colour, light: number): Colour {
  return [red * light, green * light, blue * light];
}

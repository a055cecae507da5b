import type { Seeded } from '../../src/demo/seeded.ts';

const telling = [
  0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x23, 0x25, 0x2a, 0x2f, 0x3a, 0x3b, 0x3c, 0x3d, 0x7f, 0x80, 0xbf, 0xc3,
  0xef, 0xff,
];

/** Random bytes, every second one of a kind that parsers stumble over. */
export function noise(random: Seeded, bytesMax: number): Uint8Array {
  return Uint8Array.from({ length: random.below(bytesMax + 1) }, () =>
    random.chance(0.5) ? random.pick(telling) : random.below(256),
  );
}

/** A sample with a few bytes changed, put in, taken out or moved, or joined with a part of another. */
export function mutated(random: Seeded, samples: readonly Uint8Array[]): Uint8Array {
  let bytes = random.pick(samples);
  for (let times = 1 + random.below(4); times > 0; times--) bytes = mutatedOnce(random, bytes, samples);
  return bytes;
}

function mutatedOnce(random: Seeded, bytes: Uint8Array, samples: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(16));
  switch (random.below(5)) {
    case 0:
      return bytes.length === 0 ? bytes : bytes.with(at % bytes.length, random.below(256));
    case 1:
      return joined(bytes.subarray(0, at), noise(random, 6), bytes.subarray(at));
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(end));
    case 3:
      return joined(bytes.subarray(0, end), bytes.subarray(at));
    default: {
      const other = random.pick(samples);
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
    }
  }
}

/** Pieces one behind the other, in any order. */
export function sequence(random: Seeded, pieces: readonly string[], countMax: number): string {
  let text = '';
  for (let left = random.below(countMax + 1); left > 0; left--) text += random.pick(pieces);
  return text;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

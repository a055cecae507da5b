import { createHash } from 'node:crypto';

/** Numbers from 0 to 1 that follow from a text alone (xorshift128 on its SHA-256). */
export function seeded(text: string): () => number {
  const state = new Uint32Array(new Uint8Array(createHash('sha256').update(text).digest()).buffer, 0, 4);
  return () => {
    let t = state[3] as number;
    const s = state[0] as number;
    state[3] = state[2] as number;
    state[2] = state[1] as number;
    state[1] = s;
    t ^= t << 11;
    t ^= t >>> 8;
    state[0] = t ^ s ^ (s >>> 19);
    return (state[0] as number) / 2 ** 32;
  };
}

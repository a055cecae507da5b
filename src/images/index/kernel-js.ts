import { popcount32 } from '../hash256.ts';
import type { IndexMemory, Kernel } from './memory.ts';

/** Plain memory, searched by plain JavaScript: for hosts that compile no WebAssembly at run time. */
export function allocateJs(bytes: number): IndexMemory {
  const buffer = new ArrayBuffer(Math.ceil(bytes / 64) * 64);
  return { buffer, kernel: kernelOver(new Uint32Array(buffer)) };
}

function kernelOver(words: Uint32Array): Kernel {
  const at = (address: number): number => words[address >>> 2] as number;

  /** Whether the first three words settle it; unrelated hashes differ in half their bits. Above `radius` if so. */
  const distance = (row: number, query: number, radius: number): number => {
    const near =
      popcount32((words[row] as number) ^ (words[query] as number)) +
      popcount32((words[row + 1] as number) ^ (words[query + 1] as number)) +
      popcount32((words[row + 2] as number) ^ (words[query + 2] as number));
    if (near > radius) return near;
    return (
      near +
      popcount32((words[row + 3] as number) ^ (words[query + 3] as number)) +
      popcount32((words[row + 4] as number) ^ (words[query + 4] as number)) +
      popcount32((words[row + 5] as number) ^ (words[query + 5] as number)) +
      popcount32((words[row + 6] as number) ^ (words[query + 6] as number)) +
      popcount32((words[row + 7] as number) ^ (words[query + 7] as number))
    );
  };

  return {
    scan(rows, first, count, query, radius, out) {
      let to = out >>> 2;
      for (let row = first; row < first + count; row += 1) {
        const bits = distance((rows >>> 2) + row * 8, query >>> 2, radius);
        if (bits > radius) continue;
        words[to++] = row;
        words[to++] = bits;
      }
      return (to - (out >>> 2)) >>> 1;
    },

    probe(
      offsets,
      entries,
      flips,
      flipEnds,
      group,
      low,
      allowed,
      rows,
      query,
      radius,
      budget,
      work,
      _groups,
      _candidates,
      _candidatesEnd,
      out,
      outEnd,
    ) {
      const flipsEnd = at(flipEnds + allowed * 4);
      let total = 0;
      for (let flip = 0; flip < flipsEnd; flip += 1) {
        const place = (offsets >>> 2) + (group ^ at(flips + flip * 4));
        total += (words[place + 1] as number) - (words[place] as number);
      }
      words[work >>> 2] = total;
      if (total > budget) return -1;
      let to = out >>> 2;
      for (let weight = 0, flip = 0; weight <= allowed; weight += 1) {
        for (const end = at(flipEnds + weight * 4); flip < end; flip += 1) {
          const place = (offsets >>> 2) + (group ^ at(flips + flip * 4));
          for (let i = words[place] as number; i < (words[place + 1] as number); i += 1) {
            const entry = words[(entries >>> 2) + i] as number;
            if (popcount32((entry >>> 24) ^ low) > allowed - weight) continue;
            const row = entry & 0xffffff;
            const bits = distance((rows >>> 2) + row * 8, query >>> 2, radius);
            if (bits > radius) continue;
            if (to >= outEnd >>> 2) return -1;
            words[to++] = row;
            words[to++] = bits;
          }
        }
      }
      return (to - (out >>> 2)) >>> 1;
    },
  };
}

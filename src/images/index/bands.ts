/** A row's number and eight bits of its key share 32 bits. */
export const rowsPerSegmentMax = 2 ** 24;

/** Bits of a key that lie with the entry instead of choosing its group. */
export const lowBitsMax = 8;

/** Keys are looked up with this many flipped bits at most; beyond, a scan is cheaper. */
export const flippedMax = 4;

/** Some of the 256 bits of a hash: `width` of them from bit `start`, bit 0 being the lowest of the first byte. */
export interface Band {
  start: number;
  width: number;
}

/**
 * How rows are filed: under each band of their hash, in the group its upper bits name. Hashes at most r bits apart
 * are, by the pigeonhole principle, at most t(b) bits apart in some band b whenever the sum of t(b) + 1 is above r.
 */
export interface Plan {
  bands: Band[];
  /** Upper bits of a key that name its group; the rest, at most eight, lie with the entry. */
  groupBits: number;
}

/** Entries of a group, aimed at: they lie in one or two lines of memory. */
const entriesPerGroup = 10;

/**
 * The filing for so many rows: about one row to a key, so as many bands as keys of log2(rows) bits fit into a hash.
 * @param bandCount overrides that; 11 to 32.
 */
export function planFor(rows: number, bandCount: number = bandsFor(rows)): Plan {
  const bands: Band[] = [];
  for (let band = 0, start = 0; band < bandCount; band += 1) {
    const width = Math.floor(((band + 1) * 256) / bandCount) - start;
    bands.push({ start, width });
    start += width;
  }
  const narrowest = Math.floor(256 / bandCount);
  const widest = Math.ceil(256 / bandCount);
  const wanted = Math.round(Math.log2(Math.max(1, rows) / entriesPerGroup));
  return { bands, groupBits: Math.min(narrowest, Math.max(wanted, widest - lowBitsMax, 1)) };
}

function bandsFor(rows: number): number {
  return Math.min(16, Math.max(11, Math.floor(256 / Math.log2(Math.max(2, rows)))));
}

/** What it costs to look at one group, in comparisons of a hash that lies anywhere. */
const groupCost = 1.2;

/** What it costs to compare the next hash of a scan, the same way. */
export const scannedCost = 0.15;

/**
 * Shares a radius out over the bands, each next bit where it costs least.
 *
 * @returns how many bits may be flipped in each band's key, -1 where a band need not be looked at; null when a scan
 *   of all rows is cheaper.
 */
export function allotment(
  { bands, groupBits }: Plan,
  rows: number,
  radius: number,
  costOfScanned: number = scannedCost,
): number[] | null {
  const allowed = bands.map(() => -1);
  const costs = bands.map(({ width }) =>
    Array.from({ length: flippedMax + 1 }, (_none, weight) => {
      const entries = (rows * binomial(width, weight)) / 2 ** width;
      return binomial(groupBits, weight) * groupCost + entries;
    }),
  );
  let total = 0;
  for (let left = radius + 1; left > 0; left -= 1) {
    let best = -1;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const [band, cost] of costs.entries()) {
      const next = cost[(allowed[band] ?? 0) + 1] ?? Number.POSITIVE_INFINITY;
      if (next < bestCost) [best, bestCost] = [band, next];
    }
    if (best === -1) return null;
    allowed[best] = (allowed[best] ?? 0) + 1;
    total += bestCost;
  }
  return total > rows * costOfScanned ? null : allowed;
}

/** All keys of `bits` bits with at most `flippedMax` set, fewest first, and how many there are up to each number. */
export function flipsOf(bits: number): { flips: Uint32Array; ends: Uint32Array } {
  const byWeight: number[][] = [[0]];
  for (let weight = 1; weight <= flippedMax; weight += 1) {
    const before = byWeight[weight - 1] ?? [];
    byWeight.push(
      before.flatMap((flip) => {
        const lowest = flip === 0 ? bits : 31 - Math.clz32(flip & -flip);
        return Array.from({ length: lowest }, (_none, bit) => flip | (1 << bit));
      }),
    );
  }
  let end = 0;
  const ends = Uint32Array.from(byWeight, (flips) => {
    end += flips.length;
    return end;
  });
  return { flips: Uint32Array.from(byWeight.flat()), ends };
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 0; i < k; i += 1) value = (value * (n - i)) / (i + 1);
  return value;
}

/** The key of a row whose eight words start at `at`. */
export function keyOf(words: Uint32Array, at: number, { start, width }: Band): number {
  const word = at + (start >>> 5);
  const shift = start & 31;
  let key = (words[word] as number) >>> shift;
  if (shift + width > 32) key |= (words[word + 1] as number) << (32 - shift);
  return key & ((1 << width) - 1);
}

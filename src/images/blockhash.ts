import type { Pixels } from './canonical.ts';

/** The name and version of this hash. */
export const blockhashHasher = 'blockhash16/1';

const blocksPerSide = 16;
const blocks = blocksPerSide * blocksPerSide;
const bands = 4;

/**
 * Blockhash of flattened pixels, the hash `imghash` gives with 16 bits a side, in a fraction of its time. A second,
 * non-binding signal: flat pictures all share one, and one in sixteen pictures shares one with another.
 *
 * @returns 64 lower-case hex digits.
 */
export function blockhash(pixels: Pixels): string {
  const { width, height } = pixels;
  const isEven = width % blocksPerSide === 0 && height % blocksPerSide === 0;
  const sums = isEven ? wholeBlocks(pixels) : weightedBlocks(pixels);
  return hexOf(bitsOf(sums, (width / blocksPerSide) * (height / blocksPerSide)));
}

/** Sums of red, green and blue where every block has whole pixels. */
function wholeBlocks({ data, width, height }: Pixels): Float64Array {
  const sums = new Float64Array(blocks);
  const blockWidth = width / blocksPerSide;
  const blockHeight = height / blocksPerSide;
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / blockHeight) * blocksPerSide;
    for (let block = row; block < row + blocksPerSide; block++) {
      let sum = 0;
      for (const end = at + blockWidth * 4; at < end; at += 4) {
        sum += (data[at] as number) + (data[at + 1] as number) + (data[at + 2] as number);
      }
      sums[block] = (sums[block] as number) + sum;
    }
  }
  return sums;
}

/** How one line of pixels falls into blocks: the first and the last block each touches, and with which weight. */
interface Shares {
  first: Int32Array;
  last: Int32Array;
  firstWeight: Float64Array;
  lastWeight: Float64Array;
  /** Where the pixels that lie in a block alone begin and end; one that two blocks share follows the end. */
  innerStart: Int32Array;
  innerEnd: Int32Array;
}

function sharesOf(length: number): Shares {
  const first = new Int32Array(length);
  const last = new Int32Array(length);
  const firstWeight = new Float64Array(length).fill(1);
  const lastWeight = new Float64Array(length);
  const innerStart = new Int32Array(blocksPerSide).fill(length);
  const innerEnd = new Int32Array(blocksPerSide);
  const blockLength = length / blocksPerSide;
  for (let at = 0; at < length; at++) {
    const block = Math.floor(at / blockLength);
    first[at] = last[at] = block;
    if (length % blocksPerSide !== 0) {
      const place = (at + 1) % blockLength;
      const fraction = place - Math.floor(place);
      firstWeight[at] = 1 - fraction;
      lastWeight[at] = fraction;
      if (place - fraction <= 0 && at + 1 !== length) last[at] = Math.ceil(at / blockLength);
    }
    if (first[at] !== last[at]) continue;
    innerStart[block] = Math.min(at, innerStart[block] as number);
    innerEnd[block] = at + 1;
  }
  return { first, last, firstWeight, lastWeight, innerStart, innerEnd };
}

/**
 * The same where pixels lie on the edges of blocks. The order of additions to a block, also of both weights of a pixel
 * that lies within one, is the reference's, because in flat pictures the roundings decide.
 */
function weightedBlocks({ data, width, height }: Pixels): Float64Array {
  const sums = new Float64Array(blocks);
  const across = sharesOf(width);
  const down = sharesOf(height);
  const values = new Float64Array(width);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      values[x] = (data[at] as number) + (data[at + 1] as number) + (data[at + 2] as number);
    }
    const top = (down.first[y] as number) * blocksPerSide;
    const bottom = (down.last[y] as number) * blocksPerSide;
    const upper = down.firstWeight[y] as number;
    const lower = down.lastWeight[y] as number;
    // Below a certain width one pixel can touch three blocks.
    if (top === bottom && width >= blocksPerSide * 2) addRow(sums, values, across, top, upper, lower);
    else addEdgeRow(sums, values, across, top, bottom, upper, lower);
  }
  return sums;
}

/** Adds a row of pixels, one after the other, to the two rows of blocks in which it lies. */
function addEdgeRow(
  sums: Float64Array,
  values: Float64Array,
  { first, last, firstWeight, lastWeight }: Shares,
  top: number,
  bottom: number,
  upper: number,
  lower: number,
): void {
  for (let x = 0; x < values.length; x++) {
    const value = values[x] as number;
    const left = first[x] as number;
    const right = last[x] as number;
    const leftWeight = firstWeight[x] as number;
    const rightWeight = lastWeight[x] as number;
    sums[top + left] = (sums[top + left] as number) + value * upper * leftWeight;
    sums[top + right] = (sums[top + right] as number) + value * upper * rightWeight;
    sums[bottom + left] = (sums[bottom + left] as number) + value * lower * leftWeight;
    sums[bottom + right] = (sums[bottom + right] as number) + value * lower * rightWeight;
  }
}

/** The same for a row that lies in one row of blocks: each block gets its pixels in the same order, sooner. */
function addRow(
  sums: Float64Array,
  values: Float64Array,
  across: Shares,
  top: number,
  upper: number,
  lower: number,
): void {
  const { firstWeight, lastWeight, innerEnd } = across;
  for (let block = 1; block < blocksPerSide; block++) {
    const x = innerEnd[block - 1] as number;
    if (across.innerStart[block] === x) continue;
    const value = values[x] as number;
    const weight = lastWeight[x] as number;
    sums[top + block] = (sums[top + block] as number) + value * upper * weight + value * lower * weight;
  }
  for (let block = 0; block < blocksPerSide; block += 4) {
    addFourBlocks(sums, values, across, top, upper, lower, block);
  }
  for (let block = 0; block < blocksPerSide - 1; block++) {
    const x = innerEnd[block] as number;
    if (across.innerStart[block + 1] === x) continue;
    const value = values[x] as number;
    const weight = firstWeight[x] as number;
    sums[top + block] = (sums[top + block] as number) + value * upper * weight + value * lower * weight;
  }
}

/**
 * Adds the pixels that lie in one of four neighbouring blocks alone. The four go abreast: each addition to a block
 * waits for the one before it, and in the meantime the processor does those of the others.
 */
function addFourBlocks(
  sums: Float64Array,
  values: Float64Array,
  { firstWeight, lastWeight, innerStart, innerEnd }: Shares,
  top: number,
  upper: number,
  lower: number,
  block: number,
): void {
  const s0 = innerStart[block] as number;
  const s1 = innerStart[block + 1] as number;
  const s2 = innerStart[block + 2] as number;
  const s3 = innerStart[block + 3] as number;
  let abreast = values.length;
  for (let at = block; at < block + 4; at++) {
    abreast = Math.min(abreast, (innerEnd[at] as number) - (innerStart[at] as number));
  }
  let a = sums[top + block] as number;
  let b = sums[top + block + 1] as number;
  let c = sums[top + block + 2] as number;
  let d = sums[top + block + 3] as number;
  for (let k = 0; k < abreast; k++) {
    a = added(
      a,
      values[s0 + k] as number,
      upper,
      lower,
      firstWeight[s0 + k] as number,
      lastWeight[s0 + k] as number,
    );
    b = added(
      b,
      values[s1 + k] as number,
      upper,
      lower,
      firstWeight[s1 + k] as number,
      lastWeight[s1 + k] as number,
    );
    c = added(
      c,
      values[s2 + k] as number,
      upper,
      lower,
      firstWeight[s2 + k] as number,
      lastWeight[s2 + k] as number,
    );
    d = added(
      d,
      values[s3 + k] as number,
      upper,
      lower,
      firstWeight[s3 + k] as number,
      lastWeight[s3 + k] as number,
    );
  }
  sums[top + block] = a;
  sums[top + block + 1] = b;
  sums[top + block + 2] = c;
  sums[top + block + 3] = d;
  for (let at = block; at < block + 4; at++) {
    let sum = sums[top + at] as number;
    for (let x = (innerStart[at] as number) + abreast; x < (innerEnd[at] as number); x++) {
      sum = added(sum, values[x] as number, upper, lower, firstWeight[x] as number, lastWeight[x] as number);
    }
    sums[top + at] = sum;
  }
}

function added(
  sum: number,
  value: number,
  upper: number,
  lower: number,
  left: number,
  right: number,
): number {
  const above = value * upper;
  const below = value * lower;
  return sum + above * left + above * right + below * left + below * right;
}

/** One bit a block: brighter than the median of its band of four rows or not; where all are alike, bright is 1. */
function bitsOf(sums: Float64Array, pixelsPerBlock: number): Uint8Array {
  const bits = new Uint8Array(blocks);
  const half = (pixelsPerBlock * 256 * 3) / 2;
  const bandBlocks = blocks / bands;
  for (let from = 0; from < blocks; from += bandBlocks) {
    const sorted = sums.slice(from, from + bandBlocks).sort();
    const median = ((sorted[bandBlocks / 2 - 1] as number) + (sorted[bandBlocks / 2] as number)) / 2;
    for (let at = from; at < from + bandBlocks; at++) {
      const sum = sums[at] as number;
      bits[at] = sum > median || (Math.abs(sum - median) < 1 && median > half) ? 1 : 0;
    }
  }
  return bits;
}

function hexOf(bits: Uint8Array): string {
  let hex = '';
  for (let at = 0; at < bits.length; at += 4) {
    hex += Number.parseInt(bits.subarray(at, at + 4).join(''), 2).toString(16);
  }
  return hex;
}

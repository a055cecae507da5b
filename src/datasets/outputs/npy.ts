import { type FileHandle, open } from 'node:fs/promises';

const lineBytes = 33;
const bytesOfUid = 16;
/** Uids turned into bytes at once. */
const batchUids = 16_384;

/**
 * Writes a NumPy array file (NEP 1, format 1.0) of 128-bit uids, each a pair of little-endian unsigned numbers of
 * 64 bits, the upper half first: dtype `[('f0', '<u8'), ('f1', '<u8')]`, which is `np.dtype("u8,u8")`.
 * @param uids path of a file of 32 lower-case hex digits and a line feed each, in order; one that comes again is
 *   left out.
 * @returns how many there are.
 */
export async function writeNpy(uids: string, path: string): Promise<number> {
  const file = await open(path, 'w');
  const lines = await open(uids, 'r');
  try {
    let count = 0;
    let last: string | undefined;
    const block = Buffer.alloc(batchUids * lineBytes);
    for (let read = await fill(lines, block); read > 0; read = await fill(lines, block)) {
      const given = block.toString('latin1', 0, read - 1).split('\n');
      const fresh = given.filter((uid, at) => uid !== (at === 0 ? last : given[at - 1]));
      last = given.at(-1);
      const pairs = Buffer.from(fresh.join(''), 'hex').swap64();
      await writeAll(file, pairs, headerOf(0).length + count * bytesOfUid);
      count += fresh.length;
    }
    await writeAll(file, headerOf(count), 0);
    return count;
  } finally {
    await lines.close();
    await file.close();
  }
}

/** @returns how much of the block there was left to read for. */
async function fill(file: FileHandle, block: Buffer): Promise<number> {
  let filled = 0;
  while (filled < block.length) {
    const { bytesRead } = await file.read(block, filled, block.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** As long for any count, a multiple of 64 bytes. */
function headerOf(count: number): Buffer {
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  const what = `{'descr': [('f0', '<u8'), ('f1', '<u8')], 'fortran_order': False, 'shape': (${count},), }`;
  return Buffer.concat([start, Buffer.from(`${what.padEnd(117)}\n`)]);
}

async function writeAll(file: FileHandle, bytes: Buffer, place: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, place + at)).bytesWritten;
  }
}

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readLines } from '../lines.ts';

const digits = 32;
const bytesOfUid = 16;
/** Uids turned into bytes at once. */
const batchUids = 65_536;

/**
 * Writes a NumPy array file (NEP 1, format 1.0) of 128-bit uids, each a pair of little-endian unsigned numbers of
 * 64 bits, the upper half first: dtype `[('f0', '<u8'), ('f1', '<u8')]`, which is `np.dtype("u8,u8")`.
 * @param uids path of a file of 32 lower-case hex digits a line, in order; one that comes again is left out.
 * @returns how many there are.
 */
export async function writeNpy(uids: string, path: string): Promise<number> {
  const file = await open(path, 'w');
  try {
    let count = 0;
    let held: string[] = [];
    let last = '';
    const write = async () => {
      const batch = Buffer.from(held.join(''), 'hex').swap64();
      await writeAll(file, batch, headerOf(0).length + count * bytesOfUid);
      count += held.length;
      held = [];
    };
    for await (const { raw } of readLines(createReadStream(uids), digits + 2)) {
      const uid = raw?.toString('latin1', 0, digits) ?? '';
      if (uid === last) continue;
      last = uid;
      if (held.push(uid) === batchUids) await write();
    }
    await write();
    await writeAll(file, headerOf(count), 0);
    return count;
  } finally {
    await file.close();
  }
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

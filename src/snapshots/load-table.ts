import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  checkLength,
  headBytesMax,
  placesOf,
  type RecordTable,
  readHead,
  tableOver,
} from '../opt-outs/table/layout.ts';

/** Read at once; one call takes no more than 2 GiB. */
const bytesPerCall = 256 * 1024 * 1024;

/**
 * Reads a compiled table into one memory that threads can share: another thread makes its own of `table.buffer` with
 * `tableOver`. Nothing is allocated before the file's head and its length agree.
 * @throws RangeError when the file is none of ours, or cut short. Whether it is the one that was signed, its digest tells.
 */
export function loadTable(path: string): RecordTable {
  const file = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(file).size;
    const head = new Uint8Array(Math.min(headBytesMax, fileBytes));
    readInto(file, head);
    checkLength(fileBytes, placesOf(readHead(head)).end);
    const buffer = new SharedArrayBuffer(fileBytes);
    readInto(file, new Uint8Array(buffer));
    return tableOver(buffer);
  } finally {
    closeSync(file);
  }
}

function readInto(file: number, into: Uint8Array): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file, into, done, Math.min(bytesPerCall, into.length - done), done);
    if (read === 0) throw new RangeError('the file became shorter while it was read');
    done += read;
  }
}

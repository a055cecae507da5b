import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import type { FingerprintSet } from '../images/fingerprint-set.ts';
import { headBytesMax, sectionsOf, setFromFile } from '../images/index/file.ts';
import type { IndexOptions } from '../images/index/hash-index.ts';

/** Read or written at once; one call takes no more than 2 GiB. */
const bytesPerCall = 256 * 1024 * 1024;

/** Writes a set of fingerprints to a file that is there whole or not at all. */
export function saveFingerprints(path: string, set: FingerprintSet): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    for (const { at, bytes } of sectionsOf(set)) {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(file, bytes.subarray(done, done + bytesPerCall), 0, null, at + done);
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/**
 * Reads a set of fingerprints straight to where it is searched.
 * @throws RangeError when the file is none of ours or was cut short.
 */
export function loadFingerprints(path: string, options: IndexOptions): FingerprintSet {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(headBytesMax);
    readSync(file, head, 0, head.length, 0);
    return setFromFile(head, fstatSync(file).size, options, (into, at) => {
      for (let done = 0; done < into.length; ) {
        const read = readSync(file, into, done, Math.min(bytesPerCall, into.length - done), at + done);
        if (read === 0) throw new RangeError('the file became shorter while it was read');
        done += read;
      }
    });
  } finally {
    closeSync(file);
  }
}

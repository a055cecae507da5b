import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { FingerprintIndex, FingerprintThreads } from '../deps.ts';
import { descriptorBytes } from '../images/descriptor.ts';
import { createFingerprintSet } from '../images/fingerprint-set.ts';
import { worksDescriptorsName, worksIndexName } from './file-names.ts';
import { loadFingerprints } from './fingerprint-file.ts';

/** Works that may come up before the descriptors need larger memory, which for a moment is twice as much. */
const newWorksAtFirst = 65_536;
const bytesPerCall = 256 * 1024 * 1024;

/**
 * Loads the fingerprints of a snapshot.
 * @throws RangeError when a file is none of ours, was cut short, or does not fit the other.
 */
export function loadWorks(folder: string, threads: FingerprintThreads): FingerprintIndex {
  const set = loadFingerprints(join(folder, worksIndexName), threads.options);
  const descriptors = readDescriptors(join(folder, worksDescriptorsName), set.ids.count);
  return { set, descriptors, threads, catchUp: async () => {} };
}

/** No fingerprints, for who looks for none. */
export function noFingerprints(threads: FingerprintThreads): FingerprintIndex {
  const set = createFingerprintSet(threads.options);
  return { set, descriptors: new Uint8Array(0), threads, catchUp: async () => {} };
}

function readDescriptors(path: string, works: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const length = works * descriptorBytes;
    if (fstatSync(file).size !== length)
      throw new RangeError(`${path} does not have ${works} descriptors of ${descriptorBytes} bytes`);
    const descriptors = new Uint8Array((works + newWorksAtFirst) * descriptorBytes);
    for (let done = 0; done < length; ) {
      const read = readSync(file, descriptors, done, Math.min(bytesPerCall, length - done), done);
      if (read === 0) throw new RangeError('the file became shorter while it was read');
      done += read;
    }
    return descriptors;
  } finally {
    closeSync(file);
  }
}

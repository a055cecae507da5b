import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addFingerprint,
  compactFingerprints,
  createFingerprintSet,
  packedScan,
  removeFingerprints,
  searchFingerprints,
} from '../../src/images/fingerprint-set.ts';
import { planFor } from '../../src/images/index/bands.ts';
import type { IndexOptions } from '../../src/images/index/hash-index.ts';
import { allocateWasm } from '../../src/images/index/kernel-wasm.ts';
import { loadFingerprints, saveFingerprints } from '../../src/snapshots/fingerprint-file.ts';
import { flipped } from '../images/index/sets.ts';
import { seeded } from '../images/pictures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const filed: IndexOptions = { allocate: allocateWasm, planOf: (rows) => planFor(rows) };

/** Several segments, a delta, ids that are gone, and one that came back. */
function filled(options: IndexOptions) {
  const next = seeded(3);
  const hashes = Array.from({ length: 600 }, () => Uint8Array.from({ length: 32 }, () => next() & 255));
  const set = createFingerprintSet(options);
  for (const [at, pdq] of hashes.entries()) {
    addFingerprint(set, `werk ${at >> 1} ü`, {
      variant: at % 2 === 0 ? 'full' : 'trim',
      pdq,
      quality: at % 101,
    });
    if (at === 500 || at === 540) compactFingerprints(set);
  }
  for (let work = 0; work < 300; work += 7) removeFingerprints(set, `werk ${work} ü`);
  addFingerprint(set, 'werk 7 ü', { variant: 'full', pdq: hashes[14] as Uint8Array, quality: 80 });
  return { set, hashes };
}

describe.each([
  ['packed', packedScan],
  ['filed', filed],
])('a file of a set, %s', (_name, options) => {
  const path = () => join(folder, 'fingerprints');

  test('is searched as the set it was made of, and goes on changing', () => {
    const { set, hashes } = filled(options);
    saveFingerprints(path(), set);
    const loaded = loadFingerprints(path(), options);
    const answers = () => {
      for (const [at, hash] of hashes.entries()) {
        const query = flipped(hash, [at % 256, (at * 7) % 256]);
        expect(searchFingerprints(loaded, query, 31)).toEqual(searchFingerprints(set, query, 31));
      }
    };
    answers();
    for (const each of [set, loaded]) {
      expect(removeFingerprints(each, 'werk 7 ü')).toBe(1);
      expect(removeFingerprints(each, 'werk 8 ü')).toBe(2);
      addFingerprint(each, 'neu', { variant: 'full', pdq: hashes[9] as Uint8Array, quality: 60 });
    }
    answers();
    compactFingerprints(loaded);
    answers();
  });

  test('an empty set', () => {
    saveFingerprints(path(), createFingerprintSet(options));
    expect(searchFingerprints(loadFingerprints(path(), options), new Uint8Array(32), 256)).toEqual([]);
  });

  test('cut short or foreign is refused', () => {
    saveFingerprints(path(), filled(options).set);
    truncateSync(path(), 70_000);
    expect(() => loadFingerprints(path(), options)).toThrow(/bytes/);
    writeFileSync(path(), 'something else');
    expect(() => loadFingerprints(path(), options)).toThrow(/no file of fingerprints/);
  });
});

import { describe, expect, test } from 'vitest';
import {
  findByHash,
  findByPixels,
  hashMatchMax,
  hashPossibleMax,
  pixelsMatchMax,
  possibleMax,
} from '../../src/images/find.ts';
import { fingerprint, registrableRows } from '../../src/images/fingerprint.ts';
import {
  addFingerprint,
  createFingerprintSet,
  removeFingerprints,
} from '../../src/images/fingerprint-set.ts';
import { framed, scene, turned } from './pictures.ts';

const works = [1, 2, 3, 4, 5].map((seed) => ({ id: `work ${seed}`, picture: scene(320, 320, seed) }));

function registry() {
  const set = createFingerprintSet();
  for (const { id, picture } of works) {
    for (const row of registrableRows(fingerprint(picture))) addFingerprint(set, id, row);
  }
  return set;
}

function flip(hash: Uint8Array, bits: number): Uint8Array {
  const copy = hash.slice();
  for (let bit = 0; bit < bits; bit++) copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

describe('by hash', () => {
  const work = fingerprint(scene(320, 320, 2));

  test.each([
    [0, 'match'],
    [hashMatchMax, 'match'],
    [hashMatchMax + 1, 'possible'],
    [hashPossibleMax, 'possible'],
    [hashPossibleMax + 1, undefined],
  ])('%i bits away: %s', (bits, kind) => {
    const found = findByHash(registry(), flip(work.pdq, bits));
    expect(found[0]?.match.kind).toBe(kind);
    if (kind !== undefined)
      expect(found[0]).toMatchObject({ id: 'work 2', match: { distance: bits, variant: 'full' } });
  });

  test('is stricter than by pixels', () => {
    expect(hashMatchMax).toBeLessThan(pixelsMatchMax);
    expect(pixelsMatchMax).toBeLessThan(possibleMax);
  });

  test('is not turned', () => {
    expect(findByHash(registry(), work.dihedral.rot90)).toEqual([]);
  });
});

describe('by pixels', () => {
  test.each(Object.entries(turned(scene(320, 320, 3))))('finds the work turned: %s', (name, picture) => {
    const [best, ...rest] = findByPixels(registry(), fingerprint(picture));
    expect(best).toMatchObject({
      id: 'work 3',
      match: { kind: 'match', variant: 'full' },
      queryVariant: 'full',
    });
    expect(best?.match.distance).toBeLessThanOrEqual(2);
    expect(rest).toEqual([]);
    // Undoing a quarter turn is a quarter turn the other way; every other form undoes itself.
    const undo: Record<string, string> = { rot90: 'rot270', rot270: 'rot90' };
    expect(best?.match.orientation).toBe(undo[name] ?? name);
  });

  test('finds the work in a frame that was not registered', () => {
    const found = findByPixels(registry(), fingerprint(framed(scene(320, 320, 4), 40, [0, 0, 0])));
    expect(found[0]).toMatchObject({
      id: 'work 4',
      match: { kind: 'match', distance: 0 },
      queryVariant: 'trim',
    });
  });

  test('finds a work registered in a frame by the picture inside it', () => {
    const set = createFingerprintSet();
    const framedWork = fingerprint(framed(scene(320, 320, 7), 40, [255, 255, 255]));
    for (const row of registrableRows(framedWork)) addFingerprint(set, 'framed', row);
    const found = findByPixels(set, fingerprint(scene(320, 320, 7)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ id: 'framed', match: { kind: 'match', distance: 0, variant: 'trim' } });
  });

  test('finds nothing like a picture nobody registered, and nothing that was withdrawn', () => {
    const set = registry();
    expect(findByPixels(set, fingerprint(scene(320, 320, 99)))).toEqual([]);
    removeFingerprints(set, 'work 3');
    expect(findByPixels(set, fingerprint(scene(320, 320, 3)))).toEqual([]);
  });

  test('the registered quality decides, not that of the query', () => {
    const set = createFingerprintSet();
    const { pdq } = fingerprint(scene(320, 320, 1));
    addFingerprint(set, 'plain', { variant: 'full', pdq, quality: 49 });
    expect(findByHash(set, pdq)).toEqual([]);
    addFingerprint(set, 'rich', { variant: 'full', pdq, quality: 50 });
    expect(findByHash(set, pdq)).toMatchObject([{ id: 'rich', quality: 50 }]);
  });

  test('nearest first', () => {
    const set = createFingerprintSet();
    const { pdq } = fingerprint(scene(320, 320, 1));
    for (const bits of [30, 0, 12])
      addFingerprint(set, `${bits} bits`, { variant: 'full', pdq: flip(pdq, bits), quality: 90 });
    expect(findByHash(set, pdq).map((f) => f.id)).toEqual(['0 bits', '12 bits', '30 bits']);
  });
});

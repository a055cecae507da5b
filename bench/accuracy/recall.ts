import { findByHash, findByPixels } from '../../src/images/find.ts';
import { addFingerprint, createFingerprintSet } from '../../src/images/fingerprint-set.ts';
import { coreForms, rowOf, type Subject } from './subject.ts';
import { transformations } from './transformations.ts';

/** How often copies are found, in shares of the copies asked about. */
export interface Recall {
  name: string;
  group: string;
  copies: number;
  /** Asked about by pixels: `match`, and `match` or `possible`. */
  match: number;
  reported: number;
  /** Asked about by the hash of the whole copy, as it stands. */
  byHash: number;
  /** By pixels with PDQ alone at 31 bits, for comparison. */
  pdqAlone: number;
  /** The same three-way answer for pictures from 4:3 to 16:9, upright or wide. */
  matchOnPhotoShapes: number;
}

const photoShape = { min: 1.3, max: 1.8 };

/** Registers each picture by itself and asks for each of its copies, the way the product does. */
export function measureRecall(subjects: readonly Subject[]): Recall[] {
  const asked = subjects.filter(({ copies }) => Object.keys(copies).length > 0);
  return transformations.map(({ name, group }) => {
    const outcomes = asked.map((subject) => ({
      ...outcomeOf(subject, name),
      isPhotoShape: hasPhotoShape(subject),
    }));
    const share = (is: (outcome: (typeof outcomes)[number]) => boolean, of = outcomes) =>
      of.filter(is).length / of.length;
    return {
      name,
      group,
      copies: outcomes.length,
      match: share(({ kind }) => kind === 'match'),
      reported: share(({ kind }) => kind !== null),
      byHash: share(({ byHash }) => byHash),
      pdqAlone: share(({ distance }) => distance <= 31),
      matchOnPhotoShapes: share(
        ({ kind }) => kind === 'match',
        outcomes.filter(({ isPhotoShape }) => isPhotoShape),
      ),
    };
  });
}

function outcomeOf(subject: Subject, name: string) {
  const set = createFingerprintSet();
  for (const row of subject.rows) addFingerprint(set, subject.sha256, rowOf(row));
  const forms = coreForms(subject.copies[name] ?? []);
  const [found] = findByPixels(set, { forms }, () => subject.descriptor);
  const [alone] = findByPixels(set, { forms }).toSorted((a, b) => a.match.distance - b.match.distance);
  const whole = forms[0]?.dihedral.orig;
  const byHash = whole !== undefined && findByHash(set, whole)[0]?.match.kind === 'match';
  return { kind: found?.match.kind ?? null, distance: alone?.match.distance ?? 256, byHash };
}

function hasPhotoShape({ width, height }: Subject): boolean {
  const shape = Math.max(width / height, height / width);
  return shape >= photoShape.min && shape <= photoShape.max;
}
